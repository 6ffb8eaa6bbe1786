"""Bars to store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId

BTC = InstrumentId("BINANCE:BTCUSDT")
MINUTE = Timeframe(1, "m")
MINUTE_NS = 60_000_000_000
DAY_NS = 86_400_000_000_000


def minutes(
    closes: Sequence[int],
    *,
    first: int = 0,
    instrument: InstrumentId = BTC,
    scale: int = 2,
    volume: float = 1.5,
) -> Bars:
    """Minute bars from minute number `first` on; high and low stand 5 units off the close."""
    open_ns = [(first + n) * MINUTE_NS for n in range(len(closes))]
    return at(open_ns, closes, instrument=instrument, scale=scale, volume=volume)


def at(
    open_ns: Sequence[int],
    closes: Sequence[int],
    *,
    instrument: InstrumentId = BTC,
    timeframe: Timeframe = MINUTE,
    scale: int = 2,
    volume: float = 1.5,
) -> Bars:
    close = np.array(closes, dtype=np.int64)
    columns: dict[str, Any] = {
        "open_ns": np.array(open_ns, dtype=np.int64),
        "open_units": close,
        "high_units": close + 5,
        "low_units": close - 5,
        "close_units": close,
        "volume": np.full(len(close), volume),
    }
    return Bars.of(instrument=instrument, timeframe=timeframe, price_scale=scale, **columns)
