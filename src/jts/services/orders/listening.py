"""Hears one account's broker: books executions once, and ends what the venue has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from jts.domain.ledger.fill import Fill
from jts.domain.orders.states import Pending
from jts.domain.orders.transitions import Decided, OrderLife, cancelled, expired, filled, rejected
from jts.domain.values import AccountId, FillId
from jts.ports.broker import Broker, BrokerEvent, OrderEnded
from jts.ports.clock import Clock
from jts.ports.order_store import FillTaken, OrderStore
from jts.services.orders.notices import NoticeWriter
from jts.services.orders.order_book import OrderBook

HEARD_AT_ONCE = 64
LISTEN_AGAIN_S = 1.0
STRANGE_KEPT = 1024


class Listener:
    """Applies the broker's news to the book. What it cannot place is told to a person, once.

    `missed` asks the broker for executions we have not heard of; `doubt` has the account compared soon.
    """

    def __init__(
        self,
        *,
        account: AccountId,
        broker: Broker,
        book: OrderBook,
        store: OrderStore,
        clock: Clock,
        notices: NoticeWriter,
        doubt: Callable[[], None],
    ) -> None:
        self._account = account
        self._broker = broker
        self._book = book
        self._store = store
        self._clock = clock
        self._notices = notices
        self._doubt = doubt
        self._strange: dict[FillId, None] = {}
        self.missed: Callable[[OrderLife], Awaitable[None]] | None = None
        self.fills = 0

    async def run(self) -> None:
        """Until cancelled. News of one order is applied in the sequence it came."""
        at_once = asyncio.Semaphore(HEARD_AT_ONCE)
        while True:
            async with asyncio.TaskGroup() as tasks:
                try:
                    async for event in self._broker.events(self._account):
                        await at_once.acquire()
                        tasks.create_task(self._apply_and_release(event, at_once))
                except Exception:
                    self._doubt()  # whatever was said meanwhile is found in the listings
            await self._clock.sleep(LISTEN_AGAIN_S)
            self._doubt()

    async def book_fill(self, fill: Fill) -> None:
        """Book an execution once, wherever it was heard."""
        life = await self._book.life(fill.order)
        why = _why_not_ours(fill, life)
        if why is None:
            try:
                changed = await self._book.change_surely(
                    fill.order, lambda now: filled(now, fill=fill, at_ns=self._clock.now_ns())
                )
            except FillTaken as error:
                why = f"it is booked under order {error.order} already"
            else:
                self.fills += bool(changed and changed[1])
        if why is not None:
            await self._tell_strange(fill, why)

    # ---- private, in the order they are called ----

    async def _apply_and_release(self, event: BrokerEvent, at_once: asyncio.Semaphore) -> None:
        try:
            match event:
                case Fill():
                    await self.book_fill(event)
                case OrderEnded():
                    await self._end(event)
                case _:
                    assert_never(event)
        finally:
            at_once.release()

    async def _end(self, ended: OrderEnded) -> None:
        life = await self._book.life(ended.order)
        if life is None or life.order.account != self._account or isinstance(life.order.state, Pending):
            self._doubt()
            return
        if ended.left < life.order.leaves and self.missed is not None:
            await self.missed(life)  # the venue counts more executions than we have heard of
        await self._book.change_surely(ended.order, lambda now: self._ended(now, ended))

    def _ended(self, life: OrderLife, ended: OrderEnded) -> Decided:
        if isinstance(life.order.state, Pending):
            return ()
        verbs = {"expired": expired, "rejected": rejected}
        verb = verbs.get(ended.how, cancelled)
        return verb(
            life,
            reason=ended.reason or f"{ended.how} at the venue",
            at_ns=self._clock.now_ns(),
            cause=ended.venue_order_id,
        )

    async def _tell_strange(self, fill: Fill, why: str) -> None:
        if fill.id in self._strange:
            return
        self._strange[fill.id] = None
        while len(self._strange) > STRANGE_KEPT:
            del self._strange[next(iter(self._strange))]
        notice = self._notices.external_fill(fill, why)
        await self._store.note(
            stream=f"account/{self._account}/strange",
            kind="ExternalFillSeen",
            provenance=notice.provenance,
            body=notice.body.decode(),
            say=(notice.outgoing,),
        )


def _why_not_ours(fill: Fill, life: OrderLife | None) -> str | None:
    if life is None:
        return f"no order {fill.order or '(unnamed)'} is known here"
    order = life.order
    if order.account != fill.account:
        return f"order {order.id} is of account {order.account}"
    if order.terms.instrument != fill.instrument or order.terms.side is not fill.side:
        return f"order {order.id} is {order.terms.side} {order.terms.instrument}"
    if isinstance(order.state, Pending):
        return f"order {order.id} has not been sent"
    if fill.quantity <= 0:
        return "an execution trades something"
    return None
