"""One row of the peer benchmark: our own engine on the common work, from programs in the language.

Run beside the peers' scripts (their folder on PYTHONPATH, for `common`): W1 all cash, W1F ten units an entry.
Loading the bars is outside the timed region, as for the other engines; compiling the program is reported as
`warmup_s`.
"""

from __future__ import annotations

# ruff: noqa: E402 -- the search path is mended before our own package is imported
import sys
import time
from decimal import Decimal
from pathlib import Path

# This file is called jts.py, as the peers' harness wants it, and would hide the package of that name.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]

import common  # type: ignore[import-not-found]  # the peers' harness
import numpy as np

from jts.backtest.history import History, history
from jts.backtest.run import backtest
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.tick_table import TickTable
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import Currency, InstrumentId, Venue
from jts.language.check import check

PROGRAM = """strategy "Peer work" version 1
trade BINANCE:BTCUSDT on 1m
prices unrounded
buy size {size} when sma(close, 10) crosses above sma(close, 30)
sell when sma(close, 10) crosses below sma(close, 30)
"""
# All cash is said as a little more than the cash: what the cash does not cover is cut at the fill.
SIZES = {"W1": "110% of cash", "W1F": "10 BTC"}
LOTS = {"W1": Decimal("0.00000001"), "W1F": Decimal(1)}
FEE_BPS = Decimal(10)
REPEATS_LARGE, REPEATS = 5, 51
LARGE_BARS = 1_000_000


def load(bars: int, lot: Decimal) -> History:
    """The seeded data as a history of a made instrument of 8 decimals."""
    data = common.load(bars)
    instrument = Instrument(
        id=InstrumentId("SIM:PEER"),
        venue=Venue("SIM"),
        name="peer",
        base="PEER",
        currency=Currency("USDT"),
        ticks=TickTable.flat(Decimal("0.00000001")),
        lot=lot,
        minimum_quantity=lot,
        minimum_notional=Decimal(0),
        price_scale=8,
        quantity_scale=8,
        calendar="from-data",
        kind="simulated",
    )
    return history(
        instrument=instrument,
        timeframe=Timeframe.parse("1m"),
        open_ns=data["ts"],
        prices={name: data[name] for name in ("open", "high", "low", "close")},
        volume=data["volume"],
    )


def main() -> None:
    a = common.args("jts", ["W1F", "W1"])
    checked = check(PROGRAM.format(size=SIZES[a.work]))
    assert checked.plan is not None, checked.diagnostics
    bars = load(a.bars, LOTS[a.work])
    started = time.perf_counter()
    backtest(checked.plan, bars, cash=Decimal(1_000_000), fee_bps=FEE_BPS)
    warm = time.perf_counter() - started
    seconds = []
    for _ in range(REPEATS_LARGE if a.bars >= LARGE_BARS else REPEATS):
        with common.Timer() as timer:
            result = backtest(checked.plan, bars, cash=Decimal(1_000_000), fee_bps=FEE_BPS)
        seconds.append(timer.seconds)
    common.emit(
        "jts",
        "0.1.0",
        a.work,
        a.bars,
        float(np.median(seconds)),
        result.fills,
        float(result.final_equity),
        warmup_s=warm,
    )


if __name__ == "__main__":
    main()
