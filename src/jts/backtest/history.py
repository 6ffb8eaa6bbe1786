"""Bars of the past as a backtest reads them: exact integer prices, and what they are bars of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput

DECIMALS_MAX = 8
UNITS_MAX = 4e18
_SAMPLE = 4_096
FIELDS = ("open", "high", "low", "close")

Floats = NDArray[numpy.float64]
Ints = NDArray[numpy.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Bars and their instrument. `symbol` is what the data call themselves, `adjusted` how prices were
    changed.
    """

    instrument: Instrument
    bars: Bars
    adjusted: str = ""

    @property
    def timeframe(self) -> Timeframe:
        return self.bars.timeframe

    def __len__(self) -> int:
        return len(self.bars)

    def column(self, name: str) -> Ints:
        """open, high, low or close in units; open_ns in nanoseconds."""
        field = name if name == "open_ns" else f"{name}_units"
        return numpy.asarray(getattr(self.bars, field))

    def volume(self) -> Floats:
        return numpy.asarray(self.bars.volume)

    def digest(self) -> str:
        """SHA-256 over the canonical columns: what was tested on, whatever file it came in."""
        bars = self.bars
        state = hashlib.sha256(
            f"jts bars "
            f"1\n{bars.instrument}\n{bars.timeframe.text}\n{bars.price_scale}\n{len(bars)}\n".encode()
        )
        for column in (bars.open_ns, *(getattr(bars, f"{name}_units") for name in FIELDS), bars.volume):
            state.update(column)
        return state.hexdigest()


def history(
    *,
    instrument: Instrument,
    timeframe: Timeframe,
    open_ns: Ints,
    prices: dict[str, Floats],
    volume: Floats,
    adjusted: str = "",
) -> History:
    """Bars from columns of doubles, oldest first. Errors: BadInput naming the first row that cannot be."""
    _check(open_ns, prices, volume)
    scale = price_scale([prices[name] for name in FIELDS])
    units = {name: numpy.rint(prices[name] * 10.0**scale).astype(numpy.int64) for name in FIELDS}
    bars = Bars(
        instrument=instrument.id,
        timeframe=timeframe,
        price_scale=scale,
        open_ns=_view(open_ns, "q"),
        open_units=_view(units["open"], "q"),
        high_units=_view(units["high"], "q"),
        low_units=_view(units["low"], "q"),
        close_units=_view(units["close"], "q"),
        volume=_view(volume, "d"),
    )
    return History(instrument=instrument, bars=bars, adjusted=adjusted)


def _view(column: NDArray[Any], form: str) -> memoryview:
    buffer: Any = numpy.ascontiguousarray(column)
    return memoryview(buffer).cast("B").cast(form)  # type: ignore[call-overload, no-any-return]


def price_scale(columns: list[Floats]) -> int:
    """The fewest decimals in which every price is exact. Errors: BadInput for a price finer than 8
    decimals.
    """
    scale = 0
    for column in columns:
        while scale < DECIMALS_MAX and not _is_exact(column[:_SAMPLE], scale).all():
            scale += 1
        while scale < DECIMALS_MAX and not _is_exact(column, scale).all():
            scale += 1
        if scale == DECIMALS_MAX and not (exact := _is_exact(column, scale)).all():
            row = int(numpy.argmin(exact))
            raise BadInput(
                f"expected prices of at most {DECIMALS_MAX} decimals; found {float(column[row])!r} in row "
                f"{row}"
            )
    return scale


def _is_exact(column: Floats, scale: int) -> NDArray[numpy.bool_]:
    one = 10.0**scale
    return numpy.asarray(numpy.rint(column * one) / one == column)


def _check(open_ns: Ints, prices: dict[str, Floats], volume: Floats) -> None:
    """Refuses what no market printed: the row, what was expected, what was found."""
    if not len(open_ns):
        raise BadInput("expected at least one bar; found none")
    steps = numpy.diff(open_ns)
    if (steps <= 0).any():
        row = int(numpy.argmax(steps <= 0)) + 1
        what = "a duplicate" if steps[row - 1] == 0 else "an earlier instant"
        raise BadInput(
            f"expected ts to ascend; found {what} in row {row} (ts {int(open_ns[row])}); sort the file "
            f"and drop "
            "duplicates"
        )
    for name, column in (*prices.items(), ("volume", volume)):
        finite = numpy.isfinite(column)
        if not finite.all():
            row = int(numpy.argmin(finite))
            raise BadInput(f"expected a finite {name}; found {float(column[row])} in row {row}")
    top = numpy.maximum(prices["open"], prices["close"])
    bottom = numpy.minimum(prices["open"], prices["close"])
    rules = (
        ("low above 0", prices["low"] > 0),
        (f"prices below {UNITS_MAX / 10**DECIMALS_MAX:g}", prices["high"] < UNITS_MAX / 10**DECIMALS_MAX),
        ("open and close not above high", top <= prices["high"]),
        ("open and close not below low", prices["low"] <= bottom),
        ("volume not negative", volume >= 0),
    )
    for expected, holds in rules:
        if not holds.all():
            row = int(numpy.argmin(holds))
            found = ", ".join(f"{name} {float(prices[name][row])!r}" for name in FIELDS)
            raise BadInput(
                f"expected {expected}; found {found}, volume {float(volume[row])!r} in row {row} "
                f"(ts {int(open_ns[row])}); mend or drop this bar"
            )
