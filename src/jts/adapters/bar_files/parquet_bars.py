"""Parquet in the house's own schema: `ts` int64 (UTC nanoseconds at the bar's opening), float64 prices and
volume."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jts.adapters.bar_files.bar_file import Labels, RefusedFile, RowNumbers, Rows
from jts.adapters.bar_files.exact_prices import units_from_floats
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId

ROWS_MAX = 50_000_000
_COLUMNS = ("ts", "open", "high", "low", "close", "volume")


def read_parquet_bars(data: bytes) -> Rows:
    """Errors: RefusedFile naming the column or the row."""
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        if file.metadata.num_rows > ROWS_MAX:
            raise RefusedFile(
                f"expected at most {ROWS_MAX:,} rows, found {file.metadata.num_rows:,}: split it"
            )
        missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
        if missing:
            raise RefusedFile(
                f"expected the columns {', '.join(_COLUMNS)}; missing {', '.join(missing)}; "
                f"found {', '.join(file.schema_arrow.names)[:120]}"
            )
        table = file.read(columns=list(_COLUMNS))
    except (pa.ArrowException, OSError) as error:
        raise RefusedFile(f"expected a readable Parquet file: {str(error)[:160]}") from None
    if table.num_rows == 0:
        raise RefusedFile("expected at least one row of prices; the file has none")
    _check_types(table)
    row_of = RowNumbers()
    columns = {name: np.asarray(table.column(name).to_numpy(), dtype=np.float64) for name in _COLUMNS[1:]}
    units, scale = units_from_floats({name: columns[name] for name in _COLUMNS[1:5]}, row_of)
    said = {k.decode(): v.decode("utf-8", "replace") for k, v in (table.schema.metadata or {}).items()}
    return Rows(
        form="Parquet",
        wall_ns=np.asarray(table.column("ts").to_numpy(), dtype=np.int64),
        is_utc=True,
        dates_only=False,
        open_units=units["open"],
        high_units=units["high"],
        low_units=units["low"],
        close_units=units["close"],
        scale=scale,
        volume=columns["volume"],
        row_of=row_of,
        instrument=_instrument(said),
        timeframe=_timeframe(said),
        zone=said.get("exchange_tz"),
        labels=Labels.OPEN,
    )


def _check_types(table: pa.Table) -> None:
    for name in _COLUMNS:
        column = table.column(name)
        is_right = column.type == pa.int64() if name == "ts" else pa.types.is_floating(column.type)
        if not is_right:
            wanted = "int64 (UTC nanoseconds)" if name == "ts" else "float64"
            raise RefusedFile(f"the column {name!r} is {column.type}; expected {wanted}")
        if column.null_count:
            nulls = np.asarray(column.is_null().to_numpy(), dtype=np.bool_)
            raise RefusedFile(f"row {int(np.argmax(nulls)) + 1}: the {name} is empty; expected a number")


def _instrument(said: dict[str, str]) -> InstrumentId | None:
    venue, symbol = said.get("venue", ""), said.get("symbol", "")
    return InstrumentId(f"{venue}:{symbol}") if venue and symbol and " " not in venue else None


def _timeframe(said: dict[str, str]) -> Timeframe | None:
    try:
        return Timeframe.parse(said.get("timeframe", ""))
    except BadInput:
        return None
