"""Sends one account's orders and cancels, once each, and stores whatever the broker says or fails to say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from jts.domain.orders.states import CancelPending, Pending, Sending
from jts.domain.orders.transitions import (
    Decided,
    OrderLife,
    accepted,
    became_unknown,
    cancel_refused,
    cancelled,
    rejected,
    send_started,
)
from jts.domain.risk.verdict import Approved
from jts.domain.values import NANOS_PER_SECOND, ClientOrderId, OutsideError
from jts.ports.broker import Broker, CancelDeclined, CancelTaken, Declined, NeverSent, Placed
from jts.ports.clock import Clock
from jts.services.orders.deadline import within
from jts.services.orders.order_book import OrderBook

SENDS_AT_ONCE = 32
COMMANDS_WAITING_MAX = 1024
BROKER_ANSWER_MAX_S = 10.0
CANCEL_TRIES = 3
CANCEL_RETRY_S = 0.5
REASON_MAX = 300


class Sender:
    """Nothing leaves before `open_door`, that is before the account was compared with its broker (I-16).

    `why_not` names a reason not to send an order that has nothing to do with the account, such as the kill
    switch; `doubt` is called when an answer is missing, so that the venue is asked soon.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        book: OrderBook,
        clock: Clock,
        why_not: Callable[[OrderLife], str | None],
        doubt: Callable[[], None],
    ) -> None:
        self._broker = broker
        self._book = book
        self._clock = clock
        self._why_not = why_not
        self._doubt = doubt
        self._waiting: asyncio.Queue[Approved] = asyncio.Queue(maxsize=COMMANDS_WAITING_MAX)
        self._cancels: asyncio.Queue[OrderLife] = asyncio.Queue()
        self._in_hand: set[ClientOrderId] = set()
        self._ready = asyncio.Event()
        self.sent = 0

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    def open_door(self) -> None:
        """The account was compared with its broker: orders may leave."""
        self._ready.set()

    async def hand_over(self, approved: Approved) -> None:
        """Send this order, whose intent is stored. A repeat while it is in hand changes nothing."""
        if approved.command.order in self._in_hand:
            return
        self._in_hand.add(approved.command.order)
        await self._waiting.put(approved)

    def cancel_soon(self, life: OrderLife) -> None:
        """Ask the broker to end an order that is cancel-pending. The queue is bounded by the open orders."""
        self._cancels.put_nowait(life)

    async def run(self) -> None:
        """Until cancelled. Orders leave in the sequence they came; answers may come in any."""
        at_once = asyncio.Semaphore(SENDS_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._cancel_all(tasks))
            while True:
                approved = await self._waiting.get()
                await at_once.acquire()
                tasks.create_task(self._send_and_release(approved, at_once))

    # ---- private, in the order they are called ----

    async def _send_and_release(self, approved: Approved, at_once: asyncio.Semaphore) -> None:
        try:
            await self._send(approved)
        finally:
            self._in_hand.discard(approved.command.order)
            at_once.release()

    async def _send(self, approved: Approved) -> None:
        id = approved.command.order
        await self._until_ready(approved)
        begun = await self._book.change_surely(id, lambda life: self._begin(life, approved))
        assert begun is not None, f"{id} was handed over before its intent was stored"
        life, events = begun
        if not events or not isinstance(life.order.state, Sending):
            return
        self.sent += 1
        decide = await self._ask(approved)
        answered = await self._book.change_surely(id, decide)
        assert answered is not None, f"{id} has an intent"
        life, _ = answered
        if isinstance(life.order.state, CancelPending):
            self.cancel_soon(life)

    async def _until_ready(self, approved: Approved) -> None:
        """Wait for the account to be compared with its broker, but no longer than the approval counts."""
        left_ns = approved.approval.expires_ns - self._clock.now_ns()
        if self.ready or left_ns <= 0:
            return
        with contextlib.suppress(TimeoutError):
            await within(self._clock, left_ns / NANOS_PER_SECOND, self._ready.wait())

    def _begin(self, life: OrderLife, approved: Approved) -> Decided:
        """Start sending, or say why not. Asked under the order's lock, on its newest state."""
        now_ns = self._clock.now_ns()
        if not isinstance(life.order.state, Pending):
            return ()
        if life.cancel_wanted:
            return cancelled(life, reason="cancelled before it was sent", at_ns=now_ns)
        reason = self._reason_not_to_send(life, approved, now_ns)
        if reason is not None:
            return rejected(life, reason=reason, at_ns=now_ns)
        return send_started(life, at_ns=now_ns)

    def _reason_not_to_send(self, life: OrderLife, approved: Approved, now_ns: int) -> str | None:
        late_ns = now_ns - approved.approval.expires_ns
        if late_ns >= 0:
            waited = "" if self.ready else " while the account was still being compared with its broker"
            return f"never sent: its approval had expired {late_ns / NANOS_PER_SECOND:.3f} s before{waited}"
        if not self.ready:
            return "never sent: the account was not yet compared with its broker"
        if (reason := self._why_not(life)) is not None:
            return f"never sent: {reason}"
        other = self._book.unknown_beside(life)
        if other is not None:
            terms = life.order.terms
            return (
                f"never sent: the fate of order {other.order.id} ({terms.side} {terms.instrument}) is "
                "unknown; until it is known, no other order of this side and instrument is sent"
            )
        return None

    async def _ask(self, approved: Approved) -> Callable[[OrderLife], Decided]:
        """Place the order and say what the answer means. Only a proven no is a no."""
        try:
            answer = await within(self._clock, BROKER_ANSWER_MAX_S, self._broker.place(approved))
        except NeverSent as error:
            return self._no(f"never sent: {error}")
        except Exception as error:
            self._doubt()
            return self._no_answer(in_words(error))
        match answer:
            case Placed(venue_order_id=venue_order_id):
                return lambda life: accepted(life, venue_order_id=venue_order_id, at_ns=self._clock.now_ns())
            case Declined(code=code, reason=reason):
                return self._no(f"{code}: {reason}" if code else reason)
        self._doubt()
        return self._no_answer(f"the broker answered with {type(answer).__name__}")

    def _no(self, reason: str) -> Callable[[OrderLife], Decided]:
        return lambda life: rejected(life, reason=reason[:REASON_MAX], at_ns=self._clock.now_ns())

    def _no_answer(self, reason: str) -> Callable[[OrderLife], Decided]:
        return lambda life: became_unknown(life, reason=reason[:REASON_MAX], at_ns=self._clock.now_ns())

    async def _cancel_all(self, tasks: asyncio.TaskGroup) -> None:
        # Cancels have a lane of their own: they leave although sends wait.
        at_once = asyncio.Semaphore(SENDS_AT_ONCE)
        while True:
            life = await self._cancels.get()
            await at_once.acquire()
            tasks.create_task(self._cancel_and_release(life, at_once))

    async def _cancel_and_release(self, life: OrderLife, at_once: asyncio.Semaphore) -> None:
        try:
            await self._cancel(life)
        finally:
            at_once.release()

    async def _cancel(self, life: OrderLife) -> None:
        for attempt in range(1, CANCEL_TRIES + 1):
            try:
                answer = await within(self._clock, BROKER_ANSWER_MAX_S, self._broker.cancel(life.order))
            except NeverSent as error:
                if attempt < CANCEL_TRIES:
                    await self._clock.sleep(CANCEL_RETRY_S)
                    continue
                await self._refuse_cancel(life, f"the cancel was never sent: {error}")
                return
            except Exception:
                self._doubt()  # it stays cancel-pending; what the venue lists decides
                return
            match answer:
                case CancelTaken():
                    return
                case CancelDeclined(reason=reason):
                    self._doubt()  # most often the order has just ended, and that news is on its way
                    await self._refuse_cancel(life, reason)
                    return

    async def _refuse_cancel(self, life: OrderLife, reason: str) -> None:
        await self._book.change_surely(
            life.order.id,
            lambda now: cancel_refused(now, reason=reason[:REASON_MAX], at_ns=self._clock.now_ns()),
        )


def in_words(error: Exception) -> str:
    """An error as a reason. Foreign errors may quote a request with its keys, so only their kind is told."""
    if isinstance(error, OutsideError | TimeoutError):
        return str(error) or type(error).__name__
    return f"{type(error).__name__} while waiting for the broker's answer"
