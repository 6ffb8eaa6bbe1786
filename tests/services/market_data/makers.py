"""Prints, a clock that is moved by hand, and a source that says what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.timeseries.memory_store import MemoryBarStore
from jts.contracts.market_data import BarClosed, FeedChanged
from jts.contracts.topics import BARS, FEEDS, TRADES
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, MessageId, Nanos, Price, Quantity
from jts.ports.market_source import MarketEvent, MarketSource
from jts.ports.series_catalog import GradedSeries, ImportedFile
from jts.services.market_data.service import MarketDataService

BTC = InstrumentId("BINANCE:BTCUSDT")
SAMSUNG = InstrumentId("KRX:005930")
FIVE_SECONDS = Timeframe(5, "s")
DAY = Timeframe(1, "d")


def ns(text: str) -> Nanos:
    """An instant from ISO text with a zone: 2024-03-05T09:00:00+09:00."""
    return Nanos(int(datetime.fromisoformat(text).timestamp() * 1000) * 1_000_000)


START = ns("2024-03-05T00:00:00+00:00")


def seconds(after_start: float) -> Nanos:
    return Nanos(START + int(after_start * NANOS_PER_SECOND))


def trade(
    at: Nanos,
    price: str,
    quantity: str = "1",
    *,
    instrument: InstrumentId = BTC,
    received: Nanos | None = None,
    **marks: bool,
) -> MarketTrade:
    return MarketTrade(
        instrument=instrument,
        price=Price(Decimal(price)),
        quantity=Quantity(Decimal(quantity)),
        venue_ns=at,
        received_ns=received if received is not None else at,
        trade_id=f"{at}-{price}",
        **marks,
    )


class ManualClock:
    """Time moves when the test says so; sleepers wake in between."""

    def __init__(self, now: Nanos = START) -> None:
        self._now = now
        self._begun = now

    def now_ns(self) -> Nanos:
        return self._now

    def monotonic_ns(self) -> int:
        return self._now - self._begun

    async def sleep(self, seconds: float) -> None:
        until = self._now + int(seconds * NANOS_PER_SECOND)
        await asyncio.sleep(0)
        while self._now < until:
            await asyncio.sleep(0)

    async def move_to(self, at: Nanos) -> None:
        assert at >= self._now, "time does not go back"
        self._now = at
        for _ in range(200):
            await asyncio.sleep(0)


class CountedNames:
    def __init__(self) -> None:
        self._next = 0

    def message_id(self) -> MessageId:
        self._next += 1
        return MessageId(f"m{self._next}")

    def secret(self, size_bytes: int = 32) -> str:
        raise AssertionError("market data has no secrets")


class ToldSource:
    """A source that says what the test tells it: events, an exception to fail with, or None to end."""

    feed = "told"
    broker = "test"
    description = "told by a test"
    heartbeat_s = 5.0
    speed: float | None = None

    def __init__(
        self, *instruments: InstrumentId, is_recorded: bool = False, history: Sequence[Bars] = ()
    ) -> None:
        self.is_recorded = is_recorded
        self._instruments = tuple(describe(id) for id in instruments)
        self._history = {(bars.instrument, bars.timeframe): bars for bars in history}
        self._said: asyncio.Queue[MarketEvent | Exception | None] = asyncio.Queue()
        self.asked: list[tuple[Nanos, int]] = []

    def say(self, *events: MarketEvent | Exception | None) -> None:
        for event in events:
            self._said.put_nowait(event)

    def remember(self, bars: Bars) -> None:
        self._history[bars.instrument, bars.timeframe] = bars

    async def instruments(self) -> tuple[Instrument, ...]:
        return self._instruments

    async def history(
        self, instrument: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos, limit: int
    ) -> Bars | None:
        from jts.services.market_data.bar_columns import newest

        self.asked.append((before_ns, limit))
        bars = self._history.get((instrument, timeframe))
        return newest(bars, limit, before_ns=before_ns) if bars is not None else None

    async def stream(self) -> AsyncIterator[MarketEvent]:
        while True:
            event = await self._said.get()
            if event is None:
                return
            if isinstance(event, Exception):
                raise event
            yield event


class MemoryCatalog:
    """`ports.series_catalog.SeriesCatalog` in two dictionaries."""

    def __init__(self) -> None:
        self._files: dict[Any, ImportedFile] = {}
        self._grades: dict[Any, GradedSeries] = {}

    async def record(self, file: ImportedFile) -> None:
        self._files[file.instrument, file.timeframe, file.digest] = file

    async def files(self, instrument: InstrumentId, timeframe: Timeframe) -> tuple[ImportedFile, ...]:
        own = (f for f in self._files.values() if (f.instrument, f.timeframe) == (instrument, timeframe))
        return tuple(sorted(own, key=lambda f: (f.at_ns, f.digest)))

    async def grade(self, graded: GradedSeries) -> None:
        self._grades[graded.instrument, graded.timeframe] = graded

    async def graded(self) -> tuple[GradedSeries, ...]:
        return tuple(self._grades.values())


class Stage:
    """The service with everything around it, running until the block ends."""

    def __init__(self, *sources: MarketSource, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.store = MemoryBarStore()
        self.catalog = MemoryCatalog()
        self.bus = InProcessBus(clock=self.clock)
        self.bars: list[BarClosed] = []
        self.feeds: list[FeedChanged] = []
        self.trades: list[MarketTrade] = []
        self.service = MarketDataService(
            sources=sources,
            bars=self.store,
            catalog=self.catalog,
            bus=self.bus,
            clock=self.clock,
            names=CountedNames(),
        )

    async def __aenter__(self) -> Stage:
        async def bars(batch: Sequence[BarClosed]) -> None:
            self.bars.extend(batch)

        async def feeds(batch: Sequence[FeedChanged]) -> None:
            self.feeds.extend(batch)

        async def trades(batch: Sequence[MarketTrade]) -> None:
            self.trades.extend(batch)

        self.bus.subscribe(BARS, bars, reader="test")
        self.bus.subscribe(FEEDS, feeds, reader="test")
        self.bus.subscribe(TRADES, trades, reader="test")
        await self.bus.start()
        await self.service.start()
        self._running = asyncio.create_task(self.service.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        stopping = asyncio.create_task(self.bus.stop())
        while not stopping.done():
            await self.clock.move_to(Nanos(self.clock.now_ns() + NANOS_PER_SECOND))
        await stopping

    async def settle(self) -> None:
        await self.clock.move_to(self.clock.now_ns())

    def states(self) -> list[str]:
        return [changed.status.state.value for changed in self.feeds]
