"""Compares our orders with the venue's own listings. Only complete listings count; nothing is ever
invented.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jts.domain.ledger.fill import Fill
from jts.domain.orders.states import CancelPending, Pending, Sending, Unknown, Working, is_terminal
from jts.domain.orders.transitions import Decided, OrderLife, accepted, cancelled, rejected
from jts.domain.values import NANOS_PER_SECOND, AccountId, ClientOrderId, Nanos, VenueOrderId
from jts.ports.broker import Broker, Evidence, Grade, VenueOrder
from jts.ports.clock import Clock
from jts.ports.order_store import OrderStore
from jts.services.orders.deadline import within
from jts.services.orders.listening import Listener
from jts.services.orders.notices import NoticeWriter, Told
from jts.services.orders.order_book import OrderBook

LISTING_MAX_S = 15.0
EVERY_S = 30.0
AFTER_DOUBT_S = 2.0
FIRST_RETRY_S = 0.5
RETRY_MAX_S = 10.0
OVERLAP_NS = 10 * NANOS_PER_SECOND
LOOK_BACK_NS = 600 * NANOS_PER_SECOND
ABSENCE_AFTER_NS = NANOS_PER_SECOND
"""A request that was cut off may still be under way; absence counts only in a listing asked for this much
later.
"""

CANCEL_AGAIN_NS = 5 * NANOS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the venue says of one account, and when we asked for it: `asked_ns`, for everything since
    `since_ns`.
    """

    orders: Evidence[VenueOrder]
    fills: Evidence[Fill]
    asked_ns: Nanos
    since_ns: Nanos

    @property
    def is_complete(self) -> bool:
        return self.orders.grade is Grade.COMPLETE and self.fills.grade is Grade.COMPLETE


class Reconciler:
    """Keeps one account equal to its venue. Running it ten times equals running it once."""

    def __init__(
        self,
        *,
        account: AccountId,
        broker: Broker,
        book: OrderBook,
        store: OrderStore,
        listener: Listener,
        clock: Clock,
        notices: NoticeWriter,
        cancel: Callable[[OrderLife], None],
    ) -> None:
        self._account = account
        self._broker = broker
        self._book = book
        self._store = store
        self._listener = listener
        self._clock = clock
        self._notices = notices
        self._cancel = cancel
        self._due_ns = 0
        self._doubted = asyncio.Event()
        self._last_ns: Nanos | None = None
        self._told: set[str] = set()
        self.rounds = 0

    def soon(self) -> None:
        """Something is in doubt: compare in two seconds, not in thirty."""
        self._due_ns = min(self._due_ns, self._clock.monotonic_ns() + int(AFTER_DOUBT_S * NANOS_PER_SECOND))
        self._doubted.set()

    async def until_compared(self) -> None:
        """The comparison without which no order leaves. Asks until the venue gives a complete answer."""
        pause_s = FIRST_RETRY_S
        while not await self.compare():
            await self._clock.sleep(pause_s)
            pause_s = min(RETRY_MAX_S, pause_s * 2)

    async def run(self) -> None:
        """Until cancelled: every half minute, and sooner after a doubt."""
        while True:
            while (left_ns := self._due_ns - self._clock.monotonic_ns()) > 0:
                self._doubted.clear()
                with contextlib.suppress(TimeoutError):
                    await within(self._clock, left_ns / NANOS_PER_SECOND, self._doubted.wait())
            await self.compare()

    async def compare(self) -> bool:
        """Ask, and act on what is proven. False: no information, so nothing was changed (I-13)."""
        is_informed = await self._compare()
        if any(isinstance(life.order.state, Unknown) for life in self._book.open(self._account)):
            self.soon()
        return is_informed

    async def book_missed_of(self, life: OrderLife) -> None:
        """Book executions of one order that the venue has and we have not heard of."""
        try:
            fills = await within(
                self._clock,
                LISTING_MAX_S,
                self._broker.fills(self._account, since_ns=life.order.created_ns),
            )
        except Exception:
            self.soon()
            return
        await self._book_missed([fill for fill in fills.items if fill.order == life.order.id])

    # ---- private, in the order they are called ----

    async def _compare(self) -> bool:
        self._due_ns = self._clock.monotonic_ns() + int(EVERY_S * NANOS_PER_SECOND)
        since_ns = await self._since_ns()
        before = self._book.open(self._account)
        listing = await self._ask(since_ns)
        if listing is None or not listing.is_complete:
            return False
        await self._book_missed(listing.fills.items)
        by_order, by_venue = _index(listing.orders.items)
        for life in before:
            found = by_order.get(life.order.id)
            if found is None and life.order.venue_order_id is not None:
                found = by_venue.get(life.order.venue_order_id)
            if found is not None:
                await self._settle_found(life, found)
            else:
                await self._settle_absent(life, listing)
        await self._look_for_strangers(listing.orders.items)
        self._last_ns = listing.asked_ns
        self.rounds += 1
        return True

    async def _since_ns(self) -> Nanos:
        """Far enough back for every open order and for whatever was missed while we were away."""
        if self._last_ns is not None:
            start = self._last_ns - OVERLAP_NS
        else:
            newest_ns = await self._store.newest_ns()
            start = (self._clock.now_ns() if newest_ns is None else newest_ns) - LOOK_BACK_NS
        oldest = min((life.order.created_ns for life in self._book.open(self._account)), default=start)
        return Nanos(max(0, min(start, oldest - OVERLAP_NS)))

    async def _ask(self, since_ns: Nanos) -> Listing | None:
        asked_ns = self._clock.now_ns()
        try:
            # Orders first: a fill between the two listings is then heard of at least once, never twice.
            orders = await within(
                self._clock, LISTING_MAX_S, self._broker.orders(self._account, since_ns=since_ns)
            )
            fills = await within(
                self._clock, LISTING_MAX_S, self._broker.fills(self._account, since_ns=since_ns)
            )
        except Exception:
            return None  # a failed question is no information, never "flat"
        return Listing(orders=orders, fills=fills, asked_ns=asked_ns, since_ns=since_ns)

    async def _book_missed(self, fills: Sequence[Fill]) -> None:
        unbooked = await self._store.unbooked([fill.id for fill in fills])
        for fill in fills:
            if fill.id in unbooked:
                await self._listener.book_fill(fill)

    async def _settle_found(self, life: OrderLife, found: VenueOrder) -> None:
        """The venue lists this order: that ends any doubt about it."""
        changed = await self._book.change_surely(life.order.id, lambda now: self._found(now, found))
        if changed is None:
            return
        now, events = changed
        if isinstance(now.order.state, CancelPending) and found.is_open:
            waited_ns = self._clock.now_ns() - now.order.state.since_ns
            if events or waited_ns >= CANCEL_AGAIN_NS:
                self._cancel(now)
        if not found.is_open and not is_terminal(now.order.state):
            if now.order.filled >= found.filled:
                await self._book.change_surely(now.order.id, self._ended_there)
            else:
                self.soon()  # an execution is still on its way here: do not end the order before it

    def _found(self, life: OrderLife, found: VenueOrder) -> Decided:
        # While the answer to our own request is awaited, it has the first word.
        if isinstance(life.order.state, Pending | Sending):
            return ()
        return accepted(
            life,
            venue_order_id=found.venue_order_id,
            at_ns=self._clock.now_ns(),
            cause=f"listing/{found.venue_order_id}",
        )

    def _ended_there(self, life: OrderLife) -> Decided:
        if isinstance(life.order.state, Pending | Sending):
            return ()
        return cancelled(
            life, reason="the venue lists it as ended", at_ns=self._clock.now_ns(), cause="listing"
        )

    async def _settle_absent(self, life: OrderLife, listing: Listing) -> None:
        await self._book.change_surely(life.order.id, lambda now: self._absent(now, listing))
        state = life.order.state
        if isinstance(state, Working | CancelPending) and life.order.created_ns >= listing.since_ns:
            now = await self._book.life(life.order.id)
            if now is not None and isinstance(now.order.state, Working | CancelPending):
                await self._tell_once(f"missing {life.order.id}", self._notices.missing(now))

    def _absent(self, life: OrderLife, listing: Listing) -> Decided:
        """Absent from a complete listing, by a venue that keeps our ids, asked late enough: not there."""
        order = life.order
        if not isinstance(order.state, Unknown) or order.filled > 0:
            return ()
        is_covered = listing.since_ns <= order.created_ns
        is_late_enough = listing.asked_ns >= order.state.since_ns + ABSENCE_AFTER_NS
        if not (self._broker.capabilities.client_ids and is_covered and is_late_enough):
            return ()
        return rejected(life, reason="not at the venue", at_ns=self._clock.now_ns(), cause="listing")

    async def _look_for_strangers(self, items: Sequence[VenueOrder]) -> None:
        for item in items:
            if not item.is_open:
                continue
            life = None if item.order is None else await self._book.life(item.order)
            if life is None:
                if item.order is not None or not self._is_ours(item.venue_order_id):
                    key = f"external {item.venue_order_id}"
                    await self._tell_once(key, self._notices.external_order(self._account, item))
            elif is_terminal(life.order.state):
                await self._end_risen(life, item)

    def _is_ours(self, venue_order_id: VenueOrderId) -> bool:
        return any(life.order.venue_order_id == venue_order_id for life in self._book.open(self._account))

    async def _end_risen(self, life: OrderLife, item: VenueOrder) -> None:
        """We had closed it, and the venue holds it open: have it cancelled there, and shout."""
        if life.order.updated_ns >= self._clock.now_ns() - ABSENCE_AFTER_NS:
            return  # its end may be newer than the listing
        changed = await self._book.change_surely(life.order.id, lambda now: self._found(now, item))
        if changed is not None:
            self._cancel(changed[0])
        await self._tell_once(f"risen {life.order.id}", self._notices.risen(life, item))

    async def _tell_once(self, key: str, notice: Told) -> None:
        if key in self._told:
            return
        self._told.add(key)
        await self._store.note(
            stream=f"account/{self._account}/strange",
            kind="StrangeSeen",
            provenance=notice.provenance,
            body=notice.body.decode(),
            say=(notice.outgoing,),
        )


def _index(
    items: Sequence[VenueOrder],
) -> tuple[dict[ClientOrderId, VenueOrder], dict[VenueOrderId, VenueOrder]]:
    by_order = {item.order: item for item in items if item.order is not None}
    return by_order, {item.venue_order_id: item for item in items}
