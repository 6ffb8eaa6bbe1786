"""Small files of bars, as people have them."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jts.adapters.bar_files.bar_file import BarFile, Wishes
from jts.adapters.bar_files.read import read_bar_bytes
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId

SAMSUNG = InstrumentId("KRX:005930")
DAY = Timeframe(1, "d")
SAMSUNG_DAILY = Wishes(instrument=SAMSUNG, timeframe=DAY)


def csv(*rows: str, header: str = "date,open,high,low,close,volume") -> bytes:
    return "\n".join((header, *rows)).encode()


def read(data: bytes, name: str = "bars.csv", wishes: Wishes = SAMSUNG_DAILY) -> BarFile:
    return read_bar_bytes(data, name, wishes)


def opens(file: BarFile) -> list[str]:
    """The opening instants, in UTC."""
    return [f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%d %H:%M}" for ns in file.bars.open_ns]


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def parquet(columns: dict[str, Any], **said: str) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns).replace_schema_metadata(dict(said)), sink)
    return sink.getvalue().to_pybytes()


def house_columns(*, close: list[float], ts: list[int] | None = None) -> dict[str, Any]:
    """Columns of the house's schema with flat bars."""
    stamps = ts if ts is not None else [n * 60_000_000_000 for n in range(len(close))]
    prices = pa.array(close, pa.float64())
    return {
        "ts": pa.array(stamps, pa.int64()),
        **dict.fromkeys(("open", "high", "low", "close"), prices),
        "volume": pa.array([1.0] * len(close), pa.float64()),
    }
