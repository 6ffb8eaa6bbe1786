"""A risk service on a real database and a real bus, in a market that stands still."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.risk_store import SqliteRiskStore
from jts.contracts import topics
from jts.contracts.json_form import from_json
from jts.contracts.market_data import FeedStatus, SeriesInfo
from jts.contracts.notifications import Notice
from jts.contracts.portfolio import CashMoved
from jts.contracts.risk import EngageKill, ResetKill
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade, ReferencePrice
from jts.domain.market.timeframe import Timeframe
from jts.domain.orders.events import (
    OrderCancelled,
    OrderFilled,
    OrderIntended,
    OrderLateFilled,
    OrderRejected,
)
from jts.domain.risk.kill_switch import KillAct
from jts.domain.risk.limits import Limits
from jts.domain.risk.verdict import Approved, SubmitOrder
from jts.domain.values import (
    KRW,
    AccountId,
    InstrumentId,
    MessageId,
    Money,
    Nanos,
    Provenance,
    Quantity,
    Side,
)
from jts.services.risk.service import RiskService
from tests.domain.risk.makers import NOW, PAPER, REFERENCE, SAMSUNG, fill, price, wish

KEY = b"k" * 32


class StandingClock:
    """Stands at NOW until it is moved; a sleep moves it by as much, at once."""

    def __init__(self) -> None:
        self.now = int(NOW)

    def now_ns(self) -> Nanos:
        return Nanos(self.now)

    def monotonic_ns(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += int(seconds * 1_000_000_000)
        await asyncio.sleep(0.001)


class CountedNames:
    def __init__(self) -> None:
        self._next = 0

    def message_id(self) -> MessageId:
        self._next += 1
        return MessageId(f"n-{self._next}")

    def secret(self, size_bytes: int = 32) -> str:
        return "s" * size_bytes


@dataclass
class StillMarket:
    """`contracts.market_data.MarketData` over a dictionary of references."""

    references: dict[InstrumentId, ReferencePrice] = field(default_factory=dict)
    known: set[InstrumentId] = field(default_factory=lambda: {SAMSUNG, InstrumentId("UPBIT:KRW-BTC")})
    trouble: Exception | None = None

    async def instruments(self) -> tuple[Instrument, ...]:
        return tuple(describe(id) for id in sorted(self.known))

    async def instrument(self, id: InstrumentId) -> Instrument | None:
        return describe(id) if id in self.known else None

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        if self.trouble is not None:
            raise self.trouble
        return self.references.get(id)

    async def last_trades(self, id: InstrumentId, *, limit: int = 50) -> tuple[MarketTrade, ...]:
        return ()

    async def bars(
        self, id: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos | None = None, limit: int = 500
    ) -> Bars:
        raise NotImplementedError("risk never asks for bars")

    async def series(self) -> tuple[SeriesInfo, ...]:
        return ()

    async def feeds(self) -> tuple[FeedStatus, ...]:
        return ()

    async def follow(self, id: InstrumentId, timeframe: Timeframe) -> None:
        return None


@dataclass
class House:
    """Everything one test holds in its hands."""

    risk: RiskService
    store: SqliteRiskStore
    database: SqliteDatabase
    bus: InProcessBus
    clock: StandingClock
    market: StillMarket
    notices: list[Notice]

    async def outbox(self) -> list[Any]:
        """What is waiting to be told, oldest first."""

        def do(connection: sqlite3.Connection) -> list[Any]:
            return [
                from_json(row[0]) for row in connection.execute("SELECT body FROM outbox ORDER BY number")
            ]

        return await self.database.read(do)

    async def pay_in(self, amount: str, *, id: str = "d-1", account: AccountId = PAPER) -> None:
        money = Money(amount=Decimal(amount), currency=KRW)
        moved = CashMoved(provenance=told(f"cash-{id}"), id=id, account=account, money=money, reason="start")
        await self.risk.on_cash([moved])

    async def fill_all(self, approved: Approved, *, at: str = "70000") -> None:
        """The whole order trades, and orders says so."""
        await self.risk.on_order_events([filled(approved.command, at=at)])

    async def buy(self, quantity: str, *, intent: str) -> None:
        """Be the owner of so many shares."""

        verdict = await self.risk.check(wish(Side.BUY, quantity, limit="70000", intent=intent))
        assert isinstance(verdict, Approved), verdict
        await self.fill_all(verdict)


@asynccontextmanager
async def house(
    folder: Path,
    *,
    limits: Mapping[AccountId, Limits] | None = None,
    fee_rate: str = "0",
    cash: str | None = "10000000",
) -> AsyncIterator[House]:
    """Opened on a folder; opened again on the same folder it is the same house after a restart."""
    database = SqliteDatabase(folder / "jts.db", synchronous="OFF")
    database.open(migrations())
    clock, names = StandingClock(), CountedNames()
    bus = InProcessBus(clock=clock)
    market = StillMarket(references={SAMSUNG: price(REFERENCE, stale_after_ns=10**18)})
    store = SqliteRiskStore(database)
    risk = RiskService(
        store=store,
        market=market,
        bus=bus,
        clock=clock,
        names=names,
        limits=limits or {PAPER: calm()},
        approval_key=KEY,
        fees=lambda account, instrument: Decimal(fee_rate),
    )
    notices: list[Notice] = []

    async def hear(heard: Any) -> None:
        notices.extend(heard)

    bus.subscribe(topics.NOTICES, hear, reader="test")
    await risk.start()
    await bus.start()
    made = House(risk, store, database, bus, clock, market, notices)
    try:
        if cash is not None:
            await made.pay_in(cash)
        yield made
    finally:
        await bus.stop()
        database.close()


def calm(**changes: Any) -> Limits:
    """Limits that hold nobody back by pace, so that a test may ask often while its clock stands."""
    return Limits(**{"orders_per_second": 100_000, "duplicate_window_ns": 0, **changes})


def told(id: str) -> Provenance:
    return Provenance(id=MessageId(id), at_ns=NOW, correlation_id=id, causation_id=id)


def engage(*acts: KillAct, account: AccountId | None = None, reason: str = "news") -> EngageKill:
    return EngageKill(provenance=told("kill"), acts=acts, by="owner", reason=reason, account=account)


def reset(reason: str = "all is well") -> ResetKill:
    return ResetKill(provenance=told("reset"), by="owner", reason=reason)


def intended(approved: Approved) -> OrderIntended:
    command = approved.command
    return OrderIntended(
        provenance=told(f"{command.order}-1"), order=command.order, account=command.account, version=1,
        intent=command.intent, terms=command.terms, source=command.source, approval_id=approved.approval.id,
    )  # fmt: skip


def filled(
    command: SubmitOrder, *, at: str = "70000", quantity: str | None = None, leaves: str = "0", n: int = 1
) -> OrderFilled:
    size = quantity or str(command.terms.quantity)
    return OrderFilled(
        provenance=told(f"{command.order}-f{n}"),
        order=command.order,
        account=command.account,
        version=2 + n,
        fill=fill(command.order, command.terms.side, size, at, id=f"KRX/{command.order}-{n}",
                  instrument=command.terms.instrument, account=command.account),
        filled=Quantity(Decimal(size)),
        leaves=Quantity(Decimal(leaves)),
        average_price=Decimal(at),
    )  # fmt: skip


def late(command: SubmitOrder, *, at: str = "70000") -> OrderLateFilled:
    made = filled(command, at=at, n=9)
    return OrderLateFilled(
        provenance=made.provenance, order=made.order, account=made.account, version=11,
        fill=made.fill, filled=made.filled, average_price=made.average_price,
    )  # fmt: skip


def cancelled(command: SubmitOrder, quantity: str = "10") -> OrderCancelled:
    return OrderCancelled(
        provenance=told(f"{command.order}-c"), order=command.order, account=command.account, version=10,
        cancelled=Quantity(Decimal(quantity)), reason="asked",
    )  # fmt: skip


def rejected(command: SubmitOrder) -> OrderRejected:
    return OrderRejected(
        provenance=told(f"{command.order}-r"), order=command.order, account=command.account, version=10,
        reason="never sent",
    )  # fmt: skip
