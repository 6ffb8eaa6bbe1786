"""Reads a Parquet file of bars, or says in one message why it cannot be one.

Schema: `ts` int64 UTC nanoseconds of the bar's open; open, high, low, close, volume float64; file metadata
symbol,
venue, timeframe, currency, adjusted. A file of the venue SIM also brings tick, lot and calendar.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy

from jts.backtest.history import FIELDS, History, history
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.instruments.tick_table import TickTable
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, Currency, InstrumentId, Venue

SIMULATED = "SIM"
KNOWN_VENUES = ("KRX", "UPBIT", "BINANCE")
COLUMNS = {
    "ts": "int64",
    "open": "double",
    "high": "double",
    "low": "double",
    "close": "double",
    "volume": "double",
}


def read_bars(path: Path) -> History:
    """The bars of a file. Errors: BadInput naming the file, what was expected, what was found."""
    try:
        return _read(path)
    except BadInput as error:
        raise BadInput(f"{path}: {error}", code="bars") from None


def _read(path: Path) -> History:
    import pyarrow
    import pyarrow.parquet

    if not path.exists():
        raise BadInput("expected a Parquet file of bars; there is no such file")
    if path.is_dir():
        raise BadInput("expected a Parquet file of bars; this is a folder")
    try:
        table = pyarrow.parquet.ParquetFile(path).read()  # read_table would load pandas, half a second
    except OSError as error:
        raise BadInput(f"expected a readable file; found {error.strerror or 'a damaged one'}") from None
    except pyarrow.ArrowException as error:
        reason = str(error).splitlines()[0][:120]
        raise BadInput(
            f"expected a whole Parquet file; found one that is cut or is something else ({reason}); "
            "copy it again, or import it with `jts data import`"
        ) from None
    metadata = {
        key.decode(errors="replace"): value.decode(errors="replace")
        for key, value in (table.schema.metadata or {}).items()
    }
    columns = {name: _column(table, name, kind) for name, kind in COLUMNS.items()}
    timeframe = Timeframe.parse(_meta(metadata, "timeframe"))
    return history(
        instrument=_instrument(metadata),
        timeframe=timeframe,
        open_ns=columns["ts"],
        prices={name: columns[name] for name in FIELDS},
        volume=columns["volume"],
        adjusted=metadata.get("adjusted", ""),
    )


def _column(table: Any, name: str, kind: str) -> Any:
    if name not in table.column_names:
        found = ", ".join(table.column_names[:12]) or "none"
        raise BadInput(f"expected the columns {', '.join(COLUMNS)}; `{name}` is missing (found {found})")
    column = table.column(name)
    if str(column.type) != kind:
        wanted = "float64" if kind == "double" else kind
        raise BadInput(f"expected column `{name}` as {wanted}; found {column.type}")
    if column.null_count:
        row = int(numpy.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise BadInput(f"expected a value in every row of `{name}`; row {row} is empty")
    # Straight from the buffers: the ready-made conversion would load pandas where it is installed.
    form = numpy.int64 if kind == "int64" else numpy.float64
    parts = [
        numpy.frombuffer(chunk.buffers()[1], dtype=form)[chunk.offset : chunk.offset + len(chunk)]
        for chunk in column.chunks
        if len(chunk)
    ]
    return numpy.concatenate(parts) if parts else numpy.zeros(0, dtype=form)


def _meta(metadata: dict[str, str], name: str) -> str:
    value = metadata.get(name)
    if not value:
        raise BadInput(
            f"expected the file metadata symbol, venue, timeframe and currency; `{name}` is missing; "
            "import the file with `jts data import`, or write the metadata"
        )
    return value


def _instrument(metadata: dict[str, str]) -> Instrument:
    venue, symbol = _meta(metadata, "venue"), _meta(metadata, "symbol")
    if venue in KNOWN_VENUES:
        return describe(InstrumentId(f"{venue}:{symbol}"))
    is_made = venue == SIMULATED
    tick = _decimal(metadata, "tick", None if is_made else "0.01")
    lot = _decimal(metadata, "lot", None if is_made else "1")
    return Instrument(
        id=InstrumentId(f"{venue}:{symbol}"),
        venue=Venue(venue),
        name=symbol,
        base=symbol,
        currency=Currency(_meta(metadata, "currency")),
        ticks=TickTable.flat(tick),
        lot=lot,
        minimum_quantity=lot,
        minimum_notional=Decimal(0),
        price_scale=0,
        quantity_scale=0,
        calendar=metadata.get("calendar", "from-data"),
        kind="simulated",
    )


def _decimal(metadata: dict[str, str], name: str, default: str | None) -> Decimal:
    text = metadata.get(name) or default or _meta(metadata, name)
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and value > 0):
        raise BadInput(f"expected the metadata `{name}` as a number above 0; found {text!r}")
    return value
