"""How fast the newest bars of a large store are read: the last 500 of ten million, and bars computed from
minutes.

python benchmarks/bar_store_speed.py [--bars 10000000] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from jts.adapters.timeseries.chdb_store import ChdbBarStore
from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId
from machine import facts, percentile, tell

AIM_P95_MS = 20.0
SERIES = 10
READS = 200
_MINUTE_NS = 60_000_000_000
_MINUTE = Timeframe(1, "m")


def walk(number: int, count: int) -> Bars:
    chance = np.random.default_rng(number)
    close = 6_000_000 + np.cumsum(chance.integers(-50, 51, count))
    columns: dict[str, Any] = {
        "open_ns": np.arange(count) * _MINUTE_NS,
        "open_units": close,
        "high_units": close + 50,
        "low_units": close - 50,
        "close_units": close,
        "volume": np.round(chance.random(count), 5),
    }
    return Bars.of(
        instrument=InstrumentId(f"BINANCE:S{number}USDT"), timeframe=_MINUTE, price_scale=2, **columns
    )


async def newest(
    store: ChdbBarStore, timeframe: Timeframe, reads: int, names: list[InstrumentId]
) -> dict[str, float]:
    took: list[float] = []
    for number in range(reads):
        began = time.perf_counter()
        bars = await store.read(names[number % len(names)], timeframe, limit=500)
        took.append((time.perf_counter() - began) * 1000)
        assert bars is not None and len(bars) == 500
    return {"p50_ms": round(percentile(took, 0.5), 2), "p95_ms": round(percentile(took, 0.95), 2)}


async def measure(count: int) -> dict[str, Any]:
    machine = facts()
    with tempfile.TemporaryDirectory() as folder:
        store = ChdbBarStore(Path(folder) / "bars")
        await store.open()
        began = time.perf_counter()
        names = []
        for number in range(SERIES):
            bars = walk(number, count // SERIES)
            names.append(bars.instrument)
            await store.append(bars)
        loaded_s = time.perf_counter() - began
        await newest(store, _MINUTE, 10, names)  # warm
        result: dict[str, Any] = {
            "benchmark": "bar_store_speed",
            "bars": count,
            "series": SERIES,
            "machine": machine,
            "load_s": round(loaded_s, 2),
            "last_500_of_1m": await newest(store, _MINUTE, READS, names),
            "last_500_of_5m": await newest(store, Timeframe(5, "m"), 30, names),
            "last_500_of_1h": await newest(store, Timeframe(1, "h"), 30, names),
        }
        await store.close()
    return result | {"aim_p95_ms": AIM_P95_MS, "ok": result["last_500_of_1m"]["p95_ms"] < AIM_P95_MS}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=10_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    tell(asyncio.run(measure(asked.bars)), as_json=asked.json)
