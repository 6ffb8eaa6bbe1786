"""A portfolio on a temporary file, a real bus, a still market, and a clock set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.portfolio_store import SqlitePortfolioStore
from jts.contracts.market_data import FeedStatus, SeriesInfo
from jts.contracts.portfolio import PortfolioChanged
from jts.contracts.topics import PORTFOLIO
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.ledger.fill import Fill
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade, ReferencePrice, SessionState
from jts.domain.market.timeframe import Timeframe
from jts.domain.orders.events import OrderFilled, OrderLateFilled
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    Currency,
    InstrumentId,
    MessageId,
    Nanos,
    Price,
    Provenance,
    Quantity,
)
from jts.services.portfolio.account_setting import AccountSetting
from jts.services.portfolio.service import PortfolioService

PAPER = AccountId("paper")
SAMSUNG = InstrumentId("KRX:005930")
# Friday, 2026-11-20, 10:00 in Seoul.
FRIDAY_TEN = Nanos(1_795_136_400 * NANOS_PER_SECOND)
TEN_MILLION = Decimal(10_000_000)


class HandClock:
    """A clock that stands still until it is moved; nobody who sleeps by it wakes up."""

    def __init__(self, at_ns: Nanos = FRIDAY_TEN) -> None:
        self.at_ns = at_ns

    def now_ns(self) -> Nanos:
        return self.at_ns

    def monotonic_ns(self) -> int:
        return self.at_ns

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()

    def move(self, seconds: float) -> None:
        self.at_ns = Nanos(self.at_ns + int(seconds * NANOS_PER_SECOND))


class CountedNames:
    """Names that are the same in every run of a test."""

    def __init__(self) -> None:
        self._count = 0

    def message_id(self) -> MessageId:
        self._count += 1
        return MessageId(f"message-{self._count}")

    def secret(self, size_bytes: int = 32) -> str:
        return "s" * size_bytes


class StillMarket:
    """`contracts.market_data.MarketData` of a market in which these last prices are known and nothing
    moves.
    """

    def __init__(self, references: Mapping[InstrumentId, ReferencePrice] | None = None) -> None:
        self.references = dict(references or {})

    async def instruments(self) -> tuple[Instrument, ...]:
        return tuple(describe(id) for id in self.references)

    async def instrument(self, id: InstrumentId) -> Instrument | None:
        return describe(id)

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        return self.references.get(id)

    async def last_trades(self, id: InstrumentId, *, limit: int = 50) -> tuple[MarketTrade, ...]:
        return ()

    async def bars(
        self, id: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos | None = None, limit: int = 500
    ) -> Bars:
        empty = memoryview(b"").cast("q")
        return Bars(
            instrument=id, timeframe=timeframe, price_scale=0, open_ns=empty, open_units=empty,
            high_units=empty, low_units=empty, close_units=empty, volume=empty,
        )  # fmt: skip

    async def series(self) -> tuple[SeriesInfo, ...]:
        return ()

    async def feeds(self) -> tuple[FeedStatus, ...]:
        return ()

    async def follow(self, id: InstrumentId, timeframe: Timeframe) -> None:
        return None


def reference(price: str, *, at_ns: Nanos = FRIDAY_TEN) -> ReferencePrice:
    return ReferencePrice(
        instrument=SAMSUNG,
        price=Price(Decimal(price)),
        venue_ns=at_ns,
        received_ns=at_ns,
        session=SessionState.OPEN,
        stale_after_ns=60 * NANOS_PER_SECOND,
    )


def provenance(id: str = "cause") -> Provenance:
    return Provenance(
        id=MessageId(id), at_ns=FRIDAY_TEN, correlation_id=f"began-{id}", causation_id=f"by-{id}"
    )


def filled(fill: Fill) -> OrderFilled:
    return OrderFilled(
        provenance=provenance(fill.id),
        order=fill.order,
        account=fill.account,
        version=4,
        fill=fill,
        filled=fill.quantity,
        leaves=Quantity(Decimal(0)),
        average_price=fill.price,
    )


def filled_late(fill: Fill) -> OrderLateFilled:
    return OrderLateFilled(
        provenance=provenance(fill.id),
        order=fill.order,
        account=fill.account,
        version=5,
        fill=fill,
        filled=fill.quantity,
        average_price=fill.price,
    )


def trade(price: str, *, at_ns: Nanos = FRIDAY_TEN, of: InstrumentId = SAMSUNG) -> MarketTrade:
    return MarketTrade(
        instrument=of,
        price=Price(Decimal(price)),
        quantity=Quantity(Decimal(1)),
        venue_ns=at_ns,
        received_ns=at_ns,
        trade_id="t",
    )


class Desk:
    """A portfolio service over one database file, with what it said on the bus."""

    def __init__(self, folder: Path, accounts: Sequence[AccountSetting] | None = None) -> None:
        self.clock = HandClock()
        self.market = StillMarket()
        self._folder = folder
        self._accounts = accounts or (
            AccountSetting(account=PAPER, kind="paper", broker="paper", deposits={KRW: TEN_MILLION}),
        )

    async def open(self) -> None:
        self.said: list[PortfolioChanged] = []
        self.database = SqliteDatabase(self._folder / "jts.sqlite", synchronous="OFF")
        self.database.open(migrations())
        self.store = SqlitePortfolioStore(self.database)
        self.bus = InProcessBus(clock=self.clock)
        self.bus.subscribe(PORTFOLIO, self._hear, reader="test")
        self.portfolio = PortfolioService(
            store=self.store,
            market=self.market,
            bus=self.bus,
            clock=self.clock,
            names=CountedNames(),
            accounts=self._accounts,
        )
        await self.portfolio.start()
        await self.bus.start()

    async def close(self, *, politely: bool = True) -> None:
        """`politely` False: the process dies; the service never hears of it."""
        if politely:
            await self.portfolio.stop()
        await self.bus.stop()
        self.database.close()

    async def kill_and_start(self) -> None:
        await self.close(politely=False)
        await self.open()

    async def hear(self) -> list[PortfolioChanged]:
        """What was said since the last time."""
        for _ in range(5):
            await asyncio.sleep(0)
        said, self.said = self.said, []
        return said

    async def figures(self, account: AccountId = PAPER, currency: Currency = KRW) -> dict[str, Decimal]:
        view = await self.portfolio.account(account)
        assert view is not None
        found = next(each for each in view.currencies if each.currency == currency)
        names = ("cash", "positions", "equity", "realised", "unrealised", "fees", "today", "deposits")
        return {name: getattr(found, name) for name in names}

    async def _hear(self, batch: Sequence[PortfolioChanged]) -> None:
        self.said.extend(batch)


@asynccontextmanager
async def desk_in(folder: Path, accounts: Sequence[AccountSetting] | None = None) -> AsyncIterator[Desk]:
    desk = Desk(folder, accounts)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()
