"""A read file on its way to a running platform: Arrow bytes with what was understood in the schema's
metadata."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from jts.adapters.bar_files.bar_file import BarFile, Labels, RefusedFile, Understood
from jts.domain.market.bars import Bars
from jts.domain.market.grading import Finding
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId

_FORM = "jts-bars-1"
_PRICES = ("open_units", "high_units", "low_units", "close_units")
_COLUMNS = ("open_ns", *_PRICES, "volume")
_SCALE_MAX = 8
CONTENT_TYPE = "application/vnd.apache.arrow.stream"


def to_arrow(file: BarFile, name: str) -> bytes:
    """The bars of one file and all that is known of it."""
    said = {
        "form": _FORM,
        "instrument": file.bars.instrument,
        "timeframe": file.bars.timeframe.text,
        "price_scale": file.bars.price_scale,
        "name": name,
        "source_form": file.understood.form,
        "zone": file.understood.zone,
        "labels": file.understood.labels,
        "digest": file.digest,
        "rows": file.rows,
        "findings": file.findings,
    }
    table = pa.table({name: np.asarray(getattr(file.bars, name)) for name in _COLUMNS})
    table = table.replace_schema_metadata({"jts": json.dumps(said, ensure_ascii=False)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def from_arrow(body: bytes) -> tuple[BarFile, str]:
    """The file and its name, checked as if a stranger had sent it. Errors: RefusedFile, BadInput."""
    try:
        table = pa.ipc.open_stream(body).read_all()
        said: dict[str, Any] = json.loads((table.schema.metadata or {})[b"jts"])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise RefusedFile(f"expected bars as `jts data import` sends them: {str(error)[:120]}") from None
    columns = _columns(table)
    try:
        bars = Bars.of(
            instrument=InstrumentId(_text(said, "instrument")),
            timeframe=Timeframe.parse(_text(said, "timeframe")),
            price_scale=_count(said, "price_scale", _SCALE_MAX),
            **columns,
        )
        understood = Understood(
            form=_text(said, "source_form"),
            instrument=bars.instrument,
            timeframe=bars.timeframe,
            zone=_text(said, "zone"),
            labels=Labels(_text(said, "labels")),
        )
        findings = {Finding(kind).value: int(count) for kind, count in dict(said["findings"]).items()}
        file = BarFile(
            bars=bars,
            understood=understood,
            findings=findings,
            digest=_text(said, "digest"),
            rows=_count(said, "rows", 2**40),
        )
        return file, _text(said, "name")
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedFile(f"expected bars as `jts data import` sends them: {error}") from None


def _columns(table: pa.Table) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        wanted = pa.float64() if name == "volume" else pa.int64()
        if name not in table.column_names or table.column(name).type != wanted:
            raise RefusedFile(f"expected a column {name} of {wanted}")
        if table.column(name).null_count:
            raise RefusedFile(f"expected a number in every row of {name}")
        columns[name] = np.ascontiguousarray(table.column(name).to_numpy())
    if table.num_rows == 0 or not np.all(np.diff(columns["open_ns"]) > 0):
        raise RefusedFile("expected at least one bar, oldest first, each instant once")
    top = np.maximum(columns["open_units"], columns["close_units"])
    bottom = np.minimum(columns["open_units"], columns["close_units"])
    whole = (columns["low_units"] > 0) & (columns["low_units"] <= bottom) & (top <= columns["high_units"])
    whole &= np.isfinite(columns["volume"]) & (columns["volume"] >= 0)
    if not whole.all():
        raise RefusedFile(
            f"row {int(np.argmin(whole)) + 1}: expected 0 < low <= open, close <= high, volume >= 0"
        )
    return columns


def _text(said: dict[str, Any], key: str) -> str:
    value = said[key]
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise BadInput(f"expected a short text under {key!r}, found {str(value)[:40]!r}", code="bars_file")
    return value


def _count(said: dict[str, Any], key: str, most: int) -> int:
    value = said[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadInput(f"expected a number from 0 to {most} under {key!r}, found {value!r}", code="bars_file")
    return value
