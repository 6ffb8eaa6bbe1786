"""How long a million bars take from a file into the store: read, checked, graded, stored, safe on disk.

python benchmarks/import_speed.py [--bars 1000000] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jts.adapters.bar_files.read import read_bar_file
from jts.adapters.timeseries.chdb_store import ChdbBarStore
from jts.services.market_data.keep_series import grade_of
from machine import facts, tell

AIM_S = 5.0
_MINUTE_NS = 60_000_000_000


def write_files(folder: Path, count: int) -> tuple[Path, Path]:
    """The same seeded random walk as Parquet and as a Binance CSV, under two symbols."""
    chance = np.random.default_rng(7)
    close = np.round(60_000 + np.cumsum(chance.integers(-50, 51, count)) / 100, 2)
    open_ns = 1_600_000_020_000_000_000 + np.arange(count) * _MINUTE_NS
    high, low = np.round(close + 0.5, 2), np.round(close - 0.5, 2)
    volume = np.round(chance.random(count), 5)
    columns = {"ts": open_ns, "open": close, "high": high, "low": low, "close": close, "volume": volume}
    said = {"symbol": "ETHUSDT", "venue": "BINANCE", "timeframe": "1m"}
    parquet, text = folder / "ETHUSDT_1m.parquet", folder / "BTCUSDT-1m.csv"
    pq.write_table(pa.table(columns).replace_schema_metadata(said), parquet)
    lines = (
        f"{at},{c:.8f},{h:.8f},{lo:.8f},{c:.8f},{v:.8f},{at + 59_999},0,0,0,0,0"
        for at, c, h, lo, v in zip((open_ns // 1_000_000).tolist(), close, high, low, volume, strict=True)
    )
    text.write_text("\n".join(lines) + "\n")
    return parquet, text


async def measure(count: int) -> dict[str, Any]:
    machine = facts()
    with tempfile.TemporaryDirectory() as folder:
        parquet, text = write_files(Path(folder), count)
        store = ChdbBarStore(Path(folder) / "bars")
        await store.open()
        result: dict[str, Any] = {"benchmark": "import_speed", "bars": count, "machine": machine}
        for name, path in (("parquet", parquet), ("csv", text), ("parquet_again", parquet)):
            began, busy = time.perf_counter(), time.process_time()
            file = await asyncio.to_thread(read_bar_file, path)
            letter, _ = grade_of(file.bars, [file.findings])
            stored = await store.append(file.bars)
            result[f"{name}_s"] = round(time.perf_counter() - began, 3)
            result[f"{name}_cpu_s"] = round(time.process_time() - busy, 3)  # what other work cannot change
            expected = 0 if name == "parquet_again" else count
            assert stored.added == expected and letter == "A", (name, stored, letter)
        await store.close()
    slowest = max(result["parquet_s"], result["csv_s"], result["parquet_again_s"])
    return result | {"aim_s": AIM_S, "ok": count > 1_000_000 or slowest < AIM_S}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    tell(asyncio.run(measure(asked.bars)), as_json=asked.json)
