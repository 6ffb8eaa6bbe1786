"""A whole small house for strategies: real risk, orders, paper broker, stores and bus, and a market told by
hand."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock, SystemNames
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.order_store import SqliteOrderStore
from jts.adapters.sql.sqlite.outbox import OutboxRelay, SqliteOutbox
from jts.adapters.sql.sqlite.paper_book import SqlitePaperBook
from jts.adapters.sql.sqlite.portfolio_store import SqlitePortfolioStore
from jts.adapters.sql.sqlite.risk_store import SqliteRiskStore
from jts.adapters.sql.sqlite.strategy_store import SqliteStrategyStore
from jts.brokers.paper.broker import PaperBroker
from jts.contracts import topics
from jts.contracts.market_data import BarClosed, FeedStatus, SeriesInfo
from jts.contracts.orders import OrderQuery
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bar, Bars
from jts.domain.market.prices import MarketTrade, ReferencePrice, SessionState
from jts.domain.market.timeframe import Timeframe
from jts.domain.orders.order import Order
from jts.domain.orders.states import state_name
from jts.domain.risk.limits import Limits
from jts.domain.values import USDT, AccountId, InstrumentId, Nanos, Price, Quantity
from jts.ports.names import begin
from jts.services.orders.service import OrdersService
from jts.services.portfolio.account_setting import AccountSetting
from jts.services.portfolio.service import PortfolioService
from jts.services.risk.service import RiskService
from jts.services.strategy.service import StrategyService

BITCOIN = InstrumentId("BINANCE:BTCUSDT")
MINUTE = Timeframe.parse("1m")
PAPER = AccountId("paper")
BEGAN_NS = 1_800_000_000_000_000_000 // MINUTE.nanos * MINUTE.nanos
PATIENCE_S = 5.0
ON_THEIR_WAY = ("pending", "sending", "cancel_pending")


class HandMarket:
    """`contracts.market_data.MarketData` whose every print and bar is told by the test."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._price: Price | None = None
        self.history: list[tuple[int, int]] = []

    def printed(self, price: str) -> MarketTrade:
        self._price = Price(Decimal(price))
        now_ns = self._clock.now_ns()
        return MarketTrade(
            instrument=BITCOIN,
            price=self._price,
            quantity=Quantity(Decimal(1000)),
            venue_ns=now_ns,
            received_ns=now_ns,
            trade_id=f"t{now_ns}",
        )

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        if self._price is None:
            return None
        now_ns = self._clock.now_ns()
        return ReferencePrice(
            instrument=id,
            price=self._price,
            venue_ns=now_ns,
            received_ns=now_ns,
            session=SessionState.OPEN,
            stale_after_ns=10_000_000_000,
        )

    async def instruments(self) -> tuple[Instrument, ...]:
        return (describe(BITCOIN),)

    async def instrument(self, id: InstrumentId) -> Instrument | None:
        return describe(BITCOIN) if id == BITCOIN else None

    async def bars(
        self, id: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos | None = None, limit: int = 500
    ) -> Bars:
        scale = describe(BITCOIN).price_scale
        times = memoryview(_longs([open_ns for open_ns, _ in self.history]))
        closes = memoryview(_longs([close for _, close in self.history]))
        return Bars(
            instrument=id,
            timeframe=timeframe,
            price_scale=scale,
            open_ns=times,
            open_units=closes,
            high_units=closes,
            low_units=closes,
            close_units=closes,
            volume=memoryview(_doubles([1.0] * len(self.history))),
        )

    async def last_trades(self, id: InstrumentId, *, limit: int = 50) -> tuple[MarketTrade, ...]:
        return ()

    async def series(self) -> tuple[SeriesInfo, ...]:
        return ()

    async def feeds(self) -> tuple[FeedStatus, ...]:
        return ()

    async def follow(self, id: InstrumentId, timeframe: Timeframe) -> None:
        return None


class StrategyHouse:
    """Tells the market what to do and looks at what became of it."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.names = SystemClock(), SystemNames()
        self.market = HandMarket(self.clock)
        self._folder = folder
        self._bar = 0
        self.troubles: list[str] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[StrategyHouse]:
        """Start everything on the folder's store, as the platform does: recovery is the only way."""
        database = SqliteDatabase(self._folder / "jts.db")
        database.open(migrations())
        self._database = database
        bus = InProcessBus(clock=self.clock, on_trouble=self._trouble)
        relay = OutboxRelay(outbox=SqliteOutbox(database), bus=bus, clock=self.clock)
        database.after_commit(relay.wake)
        key = b"k" * 32
        risk = RiskService(
            store=SqliteRiskStore(database),
            market=self.market,
            bus=bus,
            clock=self.clock,
            names=self.names,
            limits={PAPER: Limits()},
            approval_key=key,
            fees=lambda account, instrument: Decimal("0.001"),
        )
        paper = PaperBroker(
            account=PAPER, instruments=describe, clock=self.clock, book=SqlitePaperBook(database)
        )
        self.orders = OrdersService(
            store=SqliteOrderStore(database),
            broker_for=lambda account: paper,
            bus=bus,
            clock=self.clock,
            names=self.names,
            approval_key=key,
            build="test",
            accounts=(PAPER,),
        )
        portfolio = PortfolioService(
            store=SqlitePortfolioStore(database),
            market=self.market,
            bus=bus,
            clock=self.clock,
            names=self.names,
            accounts=(_account(),),
        )
        self.strategies = StrategyService(
            store=SqliteStrategyStore(database),
            risk=risk,
            orders=self.orders,
            market=self.market,
            bus=bus,
            clock=self.clock,
            names=self.names,
            fee_bps=lambda account, instrument: Decimal(10),
            accounts=frozenset({PAPER}),
        )
        self.bus = bus
        await risk.start()
        await portfolio.start()
        await self.strategies.recover()
        await paper.start()
        bus.subscribe(topics.TRADES, paper.on_trades, reader="paper")
        bus.subscribe(topics.BARS, self.strategies.on_bars, reader="strategy")
        bus.subscribe(topics.TRADES, self.strategies.on_trades, reader="strategy")
        bus.subscribe(topics.ORDER_EVENTS, self.strategies.on_order_events, reader="strategy")
        await bus.start()
        await self.orders.start()
        await relay.start()
        await self.strategies.resume()
        tending = asyncio.create_task(risk.run())
        try:
            yield self
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await self.orders.stop()
            await relay.stop()
            await bus.stop()
            await portfolio.stop()
            database.close()
        assert self.troubles == [], "every message was handled at the first try"

    def _trouble(self, reader: str, topic: str, times: int, error: BaseException) -> None:
        self.troubles.append(f"{reader} of {topic}: {error!r}")

    async def bar(self, close: str) -> None:
        """The next minute closes at this price."""
        instrument = describe(BITCOIN)
        units = instrument.price_units(Decimal(close))
        open_ns = BEGAN_NS + self._bar * MINUTE.nanos
        self._bar += 1
        self.market.printed(close)
        self.market.history.append((open_ns, units))
        bar = Bar(
            instrument=BITCOIN,
            timeframe=MINUTE,
            open_ns=Nanos(open_ns),
            close_ns=Nanos(open_ns + MINUTE.nanos),
            open_units=units,
            high_units=units,
            low_units=units,
            close_units=units,
            volume=Decimal(1),
        )
        provenance = begin(self.names, self.clock.now_ns())
        await self.bus.publish(topics.BARS, BarClosed(provenance=provenance, bar=bar))

    async def prints(self, price: str) -> None:
        """One trade happens at this price, after everything before it has arrived where it was going."""
        await self.settled()
        self.bus.offer(topics.TRADES, self.market.printed(price))
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is on its way: no message waits to be told, no order for its answer."""
        deadline = self.clock.monotonic_ns() + int(PATIENCE_S * 1e9)
        while self.clock.monotonic_ns() < deadline:
            await asyncio.sleep(0.005)
            told = await self._database.read(lambda c: c.execute("SELECT count(*) FROM outbox").fetchone()[0])
            moving = [each for each in await self.all_orders() if state_name(each.state) in ON_THEIR_WAY]
            if told == 0 and not moving:
                return

    async def all_orders(self) -> list[Order]:
        """Oldest first."""
        return list(reversed(await self.orders.find(OrderQuery())))

    async def until(self, look: Callable[[list[Order]], Any]) -> list[Order]:
        """Wait until the orders look so. Errors: AssertionError with the orders as they are."""
        deadline = self.clock.monotonic_ns() + int(PATIENCE_S * 1e9)
        while True:
            orders = await self.all_orders()
            if look(orders):
                await self.settled()
                return await self.all_orders()
            assert self.clock.monotonic_ns() < deadline, [
                (each.id, each.terms.kind, state_name(each.state)) for each in orders
            ]
            await asyncio.sleep(0.01)


def states(orders: list[Order]) -> list[tuple[str, str]]:
    """(kind, state) of each order, oldest first."""
    return [(each.terms.kind.value, state_name(each.state)) for each in orders]


def _account() -> AccountSetting:
    return AccountSetting(account=PAPER, kind="paper", broker="paper", deposits={USDT: Decimal(100_000)})


def _longs(values: list[int]) -> Any:
    return array("q", values)


def _doubles(values: list[float]) -> Any:
    return array("d", values)
