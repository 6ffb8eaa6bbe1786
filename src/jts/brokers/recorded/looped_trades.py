"""BTCUSDT as it traded for five minutes on 2024-08-09, played in a loop at the present time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jts.brokers.recorded.trade_loop import TradeLoop
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, Nanos, Quantity
from jts.ports.clock import Clock
from jts.ports.market_source import MarketEvent

BTCUSDT = InstrumentId("BINANCE:BTCUSDT")
HISTORY_BARS_MAX = 20_000

_FILE = "btcusdt_spot_20240809_trades.parquet"
# The prints span 304.36 s; the rest is a pause of 0.64 s at the seam, shorter than many in the recording.
_LOOP_NS = 305 * NANOS_PER_SECOND
_WAIT_S_MIN = 0.002  # at high speed prints go out in bunches rather than through a sleep each


class LoopedTrades:
    """`ports.market_source.MarketSource` over a recording of trades, stamped with the present.

    Every price, quantity and pause is as it was; only the date is not. Trade ids are `loop-id`, so they
    never repeat.
    """

    feed = "recorded-btcusdt"
    broker = "recorded"
    is_recorded = True
    description = "recording of 2024-08-09 (Binance spot BTCUSDT, five minutes), replayed in a loop"
    heartbeat_s = 5.0  # the longest pause in the recording is 2.0 s

    def __init__(self, *, clock: Clock, speed: float = 1.0) -> None:
        self._clock = clock
        self._speed = speed
        self._instrument = describe(BTCUSDT)
        table = _read()
        self._ids: list[int] = table.column("trade_id").to_numpy().tolist()
        stamps = table.column("ts").to_numpy()
        self._loop = TradeLoop(
            offsets_ns=stamps - stamps[0],
            price_units=_units(table, "price", self._instrument.price_scale),
            quantity_units=_units(table, "qty", self._instrument.quantity_scale),
            length_ns=_LOOP_NS,
            anchor_ns=int(stamps[0]),
            speed=speed,
        )

    @property
    def speed(self) -> float | None:
        return self._speed

    async def instruments(self) -> tuple[Instrument, ...]:
        return (self._instrument,)

    async def history(
        self, instrument: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos, limit: int
    ) -> Bars | None:
        """Bars of the loops before this one, computed; as many as asked for, up to HISTORY_BARS_MAX."""
        if instrument != BTCUSDT or timeframe.unit not in "smhd":
            return None
        length = timeframe.nanos
        newest_finished = self._clock.now_ns() // length * length - length
        newest_before = -(-before_ns // length) * length - length
        return self._loop.bars(
            instrument=instrument,
            timeframe=timeframe,
            price_scale=self._instrument.price_scale,
            quantity_scale=self._instrument.quantity_scale,
            last_open_ns=min(newest_finished, newest_before),
            limit=min(limit, HISTORY_BARS_MAX),
        )

    async def stream(self) -> AsyncIterator[MarketEvent]:
        number = self._loop.count_before(self._clock.now_ns())
        while True:
            now = self._clock.now_ns()
            due = self._loop.instant(number)
            if due > now:
                await self._clock.sleep(max((due - now) / NANOS_PER_SECOND, _WAIT_S_MIN))
                continue
            yield self._print(number, due)
            number += 1

    def _print(self, number: int, due: Nanos) -> MarketTrade:
        loop, at = divmod(number, len(self._loop))
        units = int(self._loop.quantity_units[at])
        return MarketTrade(
            instrument=BTCUSDT,
            price=self._instrument.price_from_units(int(self._loop.price_units[at])),
            quantity=Quantity(self._instrument.lot * units),
            venue_ns=due,
            received_ns=self._clock.now_ns(),
            trade_id=f"{loop}-{self._ids[at]}",
        )


def _read() -> pa.Table:
    with resources.as_file(resources.files("jts.brokers.recorded") / "data" / _FILE) as path:
        return pq.read_table(path, columns=["ts", "trade_id", "price", "qty"])


def _units(table: pa.Table, name: str, scale: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    exact = table.column(name).to_numpy()
    units = np.rint(exact * 10**scale)
    assert bool(np.all(units / 10**scale == exact)), f"every recorded {name} is exact at {scale} decimals"
    return np.asarray(units, dtype=np.int64)
