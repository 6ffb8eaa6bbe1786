"""How fast a backtest is: warm runs through the library, a cold start of the command, one live decision.

    python benchmarks/backtest_speed.py [--bars 10000,1000000]

Prints one JSON object. Times are medians in seconds of a machine that may be busy: compare ratios within
one run
(`yardstick_s` is a cumulative sum over the same number of bars), never absolute figures between days.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jts.backtest.bars_file import read_bars
from jts.backtest.history import History
from jts.backtest.run import backtest
from jts.domain.market.bars import Bar, Bars
from jts.domain.values import Nanos
from jts.language.check import check
from jts.language.evaluate.live import LiveProgram

PROGRAM = """strategy "Speed" version 1
trade BINANCE:BTCUSDT on 1m
buy size 10 BTC when sma(close, 10) crosses above sma(close, 30)
sell when sma(close, 10) crosses below sma(close, 30)
"""
MINUTE_NS = 60_000_000_000
LIVE_BARS = 300
SEED = 20240101
METADATA = {
    "symbol": "SPEED",
    "venue": "SIM",
    "timeframe": "1m",
    "currency": "USDT",
    "tick": "0.01",
    "lot": "1",
    "calendar": "from-data",
}


def write_bars(path: Path, count: int) -> None:
    """A seeded walk of one-minute bars with two decimals."""
    chance = np.random.default_rng(SEED)
    close = np.round(100.0 * np.exp(np.cumsum(chance.normal(0, 0.0005, count))), 2)
    open_ = np.round(np.concatenate(([100.0], close[:-1])), 2)
    high = np.round(np.maximum(open_, close) + 0.01, 2)
    low = np.round(np.minimum(open_, close) - 0.01, 2)
    table = pa.table(
        {
            "ts": np.arange(count, dtype=np.int64) * MINUTE_NS,
            "open": open_,
            "high": high,
            "low": low,
            "close": close,
            "volume": np.ones(count),
        }
    )
    pq.write_table(table.replace_schema_metadata(METADATA), path)


def median(repeats: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def library(bars: History) -> dict[str, float]:
    plan = check(PROGRAM).plan
    assert plan is not None

    def run() -> object:
        return backtest(plan, bars, cash=Decimal(1_000_000), fee_bps=Decimal(10))

    started = time.perf_counter()
    result = backtest(plan, bars, cash=Decimal(1_000_000), fee_bps=Decimal(10))
    first = time.perf_counter() - started
    close = bars.column("close")
    seconds = median(5 if len(bars) >= 1_000_000 else 51, run)
    return {
        "bars": len(bars),
        "fills": result.fills,
        "first_s": first,
        "warm_s": seconds,
        "bars_per_s": len(bars) / seconds,
        "yardstick_s": median(9, lambda: np.cumsum(close.astype(np.float64))),
    }


def cold_start(path: Path, folder: Path) -> float:
    """Process start to result of a strategy never seen before."""
    program = folder / "speed.jts"
    program.write_text(PROGRAM, encoding="utf-8")
    code = "import sys; from jts.cli.main import main; sys.argv = ['jts', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", code, "backtest", str(program), "--bars", str(path), "--json"]
    return median(5, lambda: subprocess.run(command, check=True, capture_output=True))


def live(bars: History) -> float:
    """One close of one bar: columns, rules, and the explanation of each rule."""
    plan = check(PROGRAM).plan
    assert plan is not None
    instrument = replace(bars.instrument, price_scale=bars.bars.price_scale)
    program = LiveProgram(
        plan=plan, instrument=instrument, parameters={}, cash=Decimal(1_000_000), fee_bps=Decimal(10)
    )
    program.warm(_first(bars.bars, 1_000))
    columns = {name: bars.column(name).tolist() for name in ("open", "high", "low", "close")}
    finished = [
        Bar(
            instrument=instrument.id,
            timeframe=bars.timeframe,
            open_ns=Nanos(at * MINUTE_NS),
            close_ns=Nanos((at + 1) * MINUTE_NS),
            open_units=columns["open"][at],
            high_units=columns["high"][at],
            low_units=columns["low"][at],
            close_units=columns["close"][at],
            volume=Decimal(1),
        )
        for at in range(1_000, 1_000 + LIVE_BARS)
    ]
    each = iter(finished)
    return median(LIVE_BARS, lambda: program.close_bar(next(each)))


def _first(bars: Bars, count: int) -> Bars:
    names = ("open_ns", "open_units", "high_units", "low_units", "close_units", "volume")
    columns = {name: getattr(bars, name)[:count] for name in names}
    return Bars(instrument=bars.instrument, timeframe=bars.timeframe, price_scale=bars.price_scale, **columns)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bars", default="10000,1000000")
    sizes = [int(one) for one in parser.parse_args().bars.split(",")]
    out: dict[str, object] = {"benchmark": "backtest_speed", "seed": SEED}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in sizes:
            path = folder / f"{count}.parquet"
            write_bars(path, count)
            bars = read_bars(path)
            out[f"library_{count}"] = library(bars)
            if count == min(sizes):
                out["cold_start_s"] = cold_start(path, folder)
                out["live_close_s"] = live(bars)
    print(json.dumps(out, indent=2))


if __name__ == "__main__":
    main()
