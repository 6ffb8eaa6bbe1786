"""Bars: one as a value, many as columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast

from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One finished bar. Prices in integer units at the instrument's price scale; volume exact.

    `open_ns` labels the bar (its opening instant); it is known only at `close_ns`.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    open_ns: Nanos
    close_ns: Nanos
    open_units: int
    high_units: int
    low_units: int
    close_units: int
    volume: Decimal

    def __post_init__(self) -> None:
        top, bottom = max(self.open_units, self.close_units), min(self.open_units, self.close_units)
        assert self.low_units <= bottom and top <= self.high_units, f"low <= open, close <= high, was {self}"
        assert self.open_ns < self.close_ns, "a bar closes after it opens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Many bars of one instrument and timeframe as columns, oldest first, strictly ascending in `open_ns`.

    Shapes: all columns have n entries. `open_ns` is a view of int64 ('q'); the prices are views of int64
    units ('q') at `price_scale` decimals; `volume` is a view of float64 ('d'), in base units.
    Wrap with numpy.frombuffer or numpy.asarray for arithmetic; no copy is made.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    price_scale: int
    open_ns: memoryview
    open_units: memoryview
    high_units: memoryview
    low_units: memoryview
    close_units: memoryview
    volume: memoryview

    def __post_init__(self) -> None:
        n = len(self.open_ns)
        for name in ("open_units", "high_units", "low_units", "close_units", "volume"):
            column = getattr(self, name)
            assert len(column) == n, f"{name} has {len(column)} entries, open_ns has {n}"
            assert column.itemsize == 8, f"{name} has 8-byte entries"

    def __len__(self) -> int:
        return len(self.open_ns)

    @staticmethod
    def of(
        *,
        instrument: InstrumentId,
        timeframe: Timeframe,
        price_scale: int,
        open_ns: ReadableBuffer,
        open_units: ReadableBuffer,
        high_units: ReadableBuffer,
        low_units: ReadableBuffer,
        close_units: ReadableBuffer,
        volume: ReadableBuffer,
    ) -> Bars:
        """Bars over contiguous buffers of int64 (instants and units) and float64 (volume); nothing is
        copied."""
        return Bars(
            instrument=instrument,
            timeframe=timeframe,
            price_scale=price_scale,
            open_ns=_view(open_ns, "q"),
            open_units=_view(open_units, "q"),
            high_units=_view(high_units, "q"),
            low_units=_view(low_units, "q"),
            close_units=_view(close_units, "q"),
            volume=_view(volume, "d"),
        )


def _view(buffer: ReadableBuffer, form: Literal["q", "d"]) -> memoryview:
    # By way of bytes, because numpy calls int64 'l', and an empty view cannot be cast.
    plain = memoryview(buffer)
    assert plain.itemsize in (1, 8), f"a column has 8-byte entries, was {plain.itemsize}"
    raw = memoryview(b"") if plain.nbytes == 0 else plain.cast("B")
    return cast(memoryview, raw.cast("q") if form == "q" else raw.cast("d"))
