"""A paper venue in a temporary file: print a tape, place orders, hear what happens, kill it and start it
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.paper_book import SqlitePaperBook
from jts.brokers.paper.broker import PaperBroker
from jts.domain.instruments.markets import describe
from jts.domain.market.prices import MarketTrade
from jts.domain.orders.order import Order
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.states import Working
from jts.domain.orders.terms import OrderTerms
from jts.domain.risk.verdict import Approval, Approved, SubmitOrder, order_digest
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    IntentId,
    MessageId,
    Nanos,
    Provenance,
    Quantity,
    VenueOrderId,
)
from jts.ports.broker import BrokerEvent, Placed
from tests.simulation.makers import ACCEPTED

PAPER = AccountId("paper")
OPENING_CASH = Decimal(100_000_000)
SILENCE_S = 0.05


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at_ns: Nanos = ACCEPTED) -> None:
        self.at_ns = at_ns

    def now_ns(self) -> Nanos:
        return self.at_ns

    def monotonic_ns(self) -> int:
        return self.at_ns

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        self.at_ns = Nanos(self.at_ns + int(seconds * NANOS_PER_SECOND))


def approved(terms: OrderTerms, *, id: str = "order-1", account: AccountId = PAPER) -> Approved:
    """An order with risk's approval; brokers trust the type, the signature is the orders service's to
    check.
    """
    command = SubmitOrder(
        provenance=Provenance(id=MessageId(f"m-{id}"), at_ns=ACCEPTED, correlation_id="c", causation_id="c"),
        intent=IntentId(f"intent-{id}"),
        order=ClientOrderId(id),
        account=account,
        terms=terms,
        source=OrderSource(origin=Origin.PERSON, actor="owner"),
        deadline_ns=Nanos(ACCEPTED + NANOS_PER_SECOND),
    )
    approval = Approval(
        id=f"a-{id}",
        order=command.order,
        account=account,
        order_digest=order_digest(command),
        expires_ns=Nanos(ACCEPTED + NANOS_PER_SECOND),
        signature="of risk",
    )
    return Approved(command=command, approval=approval)


def working(placed: Approved) -> Order:
    """The same order as the orders service knows it once the venue holds it."""
    command = placed.command
    return Order(
        id=command.order,
        intent=command.intent,
        account=command.account,
        terms=command.terms,
        source=command.source,
        state=Working(leaves=command.terms.quantity, venue_order_id=VenueOrderId("whatever")),
        filled=Quantity(Decimal(0)),
        average_price=Decimal(0),
        created_ns=ACCEPTED,
        updated_ns=ACCEPTED,
        correlation_id="c",
        version=3,
    )


class PaperVenue:
    """One paper broker over one database file."""

    def __init__(self, folder: Path, *, participation: Decimal | None = None) -> None:
        self.clock = HandClock()
        self._folder = folder
        self._participation = participation
        self._events: AsyncIterator[BrokerEvent] | None = None

    async def open(self) -> None:
        self._database = SqliteDatabase(self._folder / "jts.sqlite", synchronous="OFF")
        self._database.open(migrations())
        self.book = SqlitePaperBook(self._database)
        self.broker = PaperBroker(
            account=PAPER,
            instruments=describe,
            clock=self.clock,
            book=self.book,
            deposits={KRW: OPENING_CASH},
            participation=self._participation,
        )
        await self.broker.start()
        self._events = self.broker.events(PAPER)

    def close(self) -> None:
        self._database.close()

    async def kill_and_start(self) -> None:
        """The process dies without a word; another begins on the same file."""
        self.close()
        await self.open()

    async def place(self, terms: OrderTerms, *, id: str = "order-1") -> Approved:
        """Place it and expect it to be taken."""
        wish = approved(terms, id=id)
        answer = await self.broker.place(wish)
        assert isinstance(answer, Placed), answer
        return wish

    async def print(self, *trades: MarketTrade) -> None:
        """These trades happen, and the clock goes on to the last of them."""
        self.clock.at_ns = max(self.clock.at_ns, *(trade.received_ns for trade in trades))
        await self.broker.on_trades(trades)

    async def heard(self) -> list[BrokerEvent]:
        """What the stream has told since the last time."""
        assert self._events is not None
        told: list[BrokerEvent] = []
        pending: asyncio.Task[BrokerEvent] | None = None
        while True:
            pending = pending or asyncio.ensure_future(anext(self._events))
            done, _ = await asyncio.wait([pending], timeout=SILENCE_S)
            if not done:
                pending.cancel()
                await asyncio.gather(pending, return_exceptions=True)
                self._events = self.broker.events(PAPER)
                return told
            told.append(pending.result())
            pending = None


@asynccontextmanager
async def paper_venue(folder: Path, *, participation: Decimal | None = None) -> AsyncIterator[PaperVenue]:
    venue = PaperVenue(folder, participation=participation)
    await venue.open()
    try:
        yield venue
    finally:
        venue.close()
