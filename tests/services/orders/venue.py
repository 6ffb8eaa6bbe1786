"""A small faithful venue: its own ledger, client ids, and the ways in which real ones fail to answer."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from jts.domain.ledger.fill import Fill
from jts.domain.orders.order import Order
from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.risk.verdict import Approved
from jts.domain.values import (
    KRW,
    AccountId,
    ClientOrderId,
    Currency,
    FillId,
    InstrumentId,
    Money,
    Nanos,
    Quantity,
    VenueOrderId,
)
from jts.ports.broker import (
    Broker,
    BrokerEvent,
    CancelDeclined,
    CancelTaken,
    Capabilities,
    Declined,
    Evidence,
    Grade,
    NeverSent,
    OrderEnded,
    OutcomeUnknown,
    Placed,
    VenueOrder,
)
from jts.ports.clock import Clock

PAPER = AccountId("paper")


class Place(StrEnum):
    """What becomes of the next placement."""

    TAKEN = "taken"
    DECLINED = "declined"
    NEVER_SENT = "never_sent"
    LOST_AFTER = "executed, answer lost"
    LOST_BEFORE = "not executed, answer lost"
    SILENT_AFTER = "executed, no answer at all"
    SILENT_BEFORE = "not executed, no answer at all"
    GARBLED_AFTER = "executed, the answer cannot be read"


@dataclass(slots=True)
class Venue:
    """One account's truth. It outlives every broker connection and every platform."""

    clock: Clock
    account: AccountId = PAPER
    orders: dict[VenueOrderId, VenueOrder] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    cancels: Counter[VenueOrderId] = field(default_factory=Counter)
    listeners: list[asyncio.Queue[BrokerEvent]] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    next_places: list[Place] = field(default_factory=list)
    next_cancels: list[CancelDeclined | Exception] = field(default_factory=list)
    fills_at_once: bool = True
    price: Decimal = Decimal(70_000)
    grade: Grade = Grade.COMPLETE
    is_down: bool = False
    client_ids: bool = True
    tells: bool = True

    def take(self, approved: Approved) -> VenueOrderId:
        command, terms = approved.command, approved.command.terms
        self.sent[command.order] += 1
        id = VenueOrderId(f"V{next(self.numbers)}")
        self.orders[id] = VenueOrder(
            venue_order_id=id,
            order=command.order if self.client_ids else None,
            instrument=terms.instrument,
            side=terms.side,
            quantity=terms.quantity,
            filled=Quantity(Decimal(0)),
            limit_price=terms.limit_price,
            is_open=True,
            placed_ns=self.clock.now_ns(),
        )
        if self.fills_at_once:
            self.fill(id, terms.quantity, order=command.order)
        return id

    def fill(
        self,
        id: VenueOrderId,
        quantity: Decimal | int,
        *,
        order: ClientOrderId | None = None,
        tell: bool = True,
    ) -> Fill:
        there = self.orders[id]
        amount = Quantity(Decimal(quantity))
        name = order or there.order
        assert name is not None
        now_ns = self.clock.now_ns()
        fill = Fill(
            id=FillId(f"TEST/{len(self.fills) + 1}"),
            order=name,
            account=self.account,
            instrument=there.instrument,
            side=there.side,
            quantity=amount,
            price=self.price,
            notional=Money(amount=self.price * amount, currency=KRW),
            fee=Money(amount=Decimal(10), currency=KRW),
            tax=Money(amount=Decimal(0), currency=KRW),
            venue_ns=now_ns,
            received_ns=now_ns,
        )
        self.fills.append(fill)
        filled = Quantity(there.filled + amount)
        self.orders[id] = replace(there, filled=filled, is_open=there.is_open and filled < there.quantity)
        if tell:
            self.tell(fill)
        return fill

    def end(self, id: VenueOrderId, how: str = "cancelled", *, tell: bool = True) -> None:
        there = self.orders[id]
        self.orders[id] = replace(there, is_open=False)
        if tell and there.order is not None:
            self.tell(
                OrderEnded(
                    order=there.order,
                    venue_order_id=id,
                    how=how,
                    left=Quantity(there.quantity - there.filled),
                    reason=how,
                    at_ns=self.clock.now_ns(),
                )
            )

    def tell(self, event: BrokerEvent) -> None:
        if self.tells:
            for listener in self.listeners:
                listener.put_nowait(event)

    def only(self) -> VenueOrderId:
        (id,) = self.orders
        return id


class VenueBroker:
    """`ports.broker.Broker` for one connection to the venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            broker="test",
            is_paper=True,
            kinds=frozenset(OrderKind),
            timings=frozenset(Timing),
            client_ids=self.venue.client_ids,
            amends=False,
        )

    async def place(self, approved: Approved) -> Placed | Declined:
        venue = self.venue
        mode = venue.next_places.pop(0) if venue.next_places else Place.TAKEN
        match mode:
            case Place.DECLINED:
                return Declined(code="E1", reason="insufficient cash at the venue")
            case Place.NEVER_SENT:
                raise NeverSent("connection refused")
            case Place.LOST_BEFORE:
                raise OutcomeUnknown("the connection broke")
            case Place.SILENT_BEFORE:
                await asyncio.get_running_loop().create_future()
        id = venue.take(approved)
        match mode:
            case Place.LOST_AFTER:
                raise OutcomeUnknown("the connection broke")
            case Place.SILENT_AFTER:
                await asyncio.get_running_loop().create_future()
            case Place.GARBLED_AFTER:
                raise ValueError("key=SECRET expected a number, found <html>")
        return Placed(venue_order_id=id, at_ns=venue.clock.now_ns())

    async def cancel(self, order: Order) -> CancelTaken | CancelDeclined:
        venue = self.venue
        if venue.next_cancels:
            answer = venue.next_cancels.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        id = order.venue_order_id
        assert id is not None
        venue.cancels[id] += 1
        if not venue.orders[id].is_open:
            return CancelDeclined(reason="already ended")
        venue.end(id)
        return CancelTaken()

    async def orders(self, account: AccountId, *, since_ns: Nanos) -> Evidence[VenueOrder]:
        self._answer()
        items = tuple(
            item for item in self.venue.orders.values() if item.is_open or item.placed_ns >= since_ns
        )
        return Evidence(grade=self.venue.grade, items=items, at_ns=self.venue.clock.now_ns())

    async def fills(self, account: AccountId, *, since_ns: Nanos) -> Evidence[Fill]:
        self._answer()
        items = tuple(fill for fill in self.venue.fills if fill.venue_ns >= since_ns)
        return Evidence(grade=self.venue.grade, items=items, at_ns=self.venue.clock.now_ns())

    async def balances(self, account: AccountId) -> Evidence[tuple[Currency, Decimal]]:
        return Evidence(grade=Grade.PARTIAL, items=(), at_ns=self.venue.clock.now_ns())

    async def positions(self, account: AccountId) -> Evidence[tuple[InstrumentId, Decimal]]:
        return Evidence(grade=Grade.PARTIAL, items=(), at_ns=self.venue.clock.now_ns())

    async def events(self, account: AccountId) -> AsyncIterator[BrokerEvent]:
        queue: asyncio.Queue[BrokerEvent] = asyncio.Queue()
        self.venue.listeners.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self.venue.listeners.remove(queue)

    def _answer(self) -> None:
        if self.venue.is_down:
            raise OutcomeUnknown("the venue does not answer")


def _is_a_broker(broker: VenueBroker) -> Broker:
    return broker
