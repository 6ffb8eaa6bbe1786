"""Orders: takes an order from approved wish to its end. The only writer of orders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

from jts.contracts.orders import CancelAll, CancelOrder, CancelRequested, NothingToCancel, OrderQuery
from jts.contracts.risk import KillChanged
from jts.contracts.topics import KILL, ORDER_COMMANDS
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.order import Order
from jts.domain.orders.source import Origin
from jts.domain.orders.states import CancelPending, Pending, state_name
from jts.domain.orders.transitions import (
    Decided,
    OrderLife,
    apply,
    cancel_requested,
    cancelled,
    rejected,
)
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.verdict import Approved, is_genuine
from jts.domain.values import AccountId, BadInput, ClientOrderId
from jts.ports.broker import Broker
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, begin
from jts.ports.order_store import OrderStore
from jts.services.orders.account_desk import AccountDesk
from jts.services.orders.notices import NoticeWriter
from jts.services.orders.order_book import OrderBook

READER = "orders"
COMMANDS_BATCH_MAX = 64
KILL_SCOPE_ALL = "every account"


class OrdersService:
    """`contracts.orders.Orders`, and the reader of approved orders and of the kill switch.

    Start it after the bus has its other readers; `watch` raises whatever breaks it. `approval_key` is the key
    that risk signs with. `build` names the program version, which is written into the book at each start.
    `accounts` are compared with their brokers from the start, others from their first order on. `kill_state`
    tells how the kill switch stands at the start.
    """

    def __init__(
        self,
        *,
        store: OrderStore,
        broker_for: Callable[[AccountId], Broker],
        bus: Bus,
        clock: Clock,
        names: Names,
        approval_key: bytes,
        build: str,
        accounts: Sequence[AccountId] = (),
        kill_state: Callable[[], Awaitable[KillState]] | None = None,
    ) -> None:
        self._store = store
        self._broker_for = broker_for
        self._bus = bus
        self._clock = clock
        self._names = names
        self._approval_key = approval_key
        self._build = build
        self._accounts = tuple(accounts)
        self._kill_state = kill_state
        self._notices = NoticeWriter(clock=clock, names=names)
        self._book = OrderBook(store=store, clock=clock, notices=self._notices)
        self._desks: dict[AccountId, AccountDesk] = {}
        self._frozen: dict[str, str] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._running: asyncio.Task[None] | None = None
        self.forged = 0

    # ---- life of the service ----

    async def start(self) -> None:
        """Recover, then listen. Recovery is the only start-up path: it needs no clean stop before it."""
        assert self._running is None, "orders was started twice"
        await self._note_start()
        if self._kill_state is not None:
            self._remember_freeze(await self._kill_state())
        await self._book.recover()
        opened = asyncio.Event()
        self._running = asyncio.get_running_loop().create_task(self._run(opened), name="orders")
        await opened.wait()
        for account in (*self._accounts, *(life.order.account for life in self._book.open())):
            self._desk(account)
        self._bus.subscribe(ORDER_COMMANDS, self._on_commands, reader=READER, batch_max=COMMANDS_BATCH_MAX)
        self._bus.subscribe(KILL, self._on_kill, reader=READER)

    async def watch(self) -> None:
        """Wait until the service ends.
        Errors: what broke it; the process should then stop and start again.
        """
        assert self._running is not None, "start orders before watching it"
        await asyncio.shield(self._running)

    async def stop(self) -> None:
        """End at once. What is under way is settled by the next start, as after a crash."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def is_ready(self, account: AccountId) -> bool:
        """Whether this account was compared with its broker, so that its orders may leave."""
        desk = self._desks.get(account)
        return desk is not None and desk.sender.ready

    @property
    def sent(self) -> int:
        return sum(desk.sender.sent for desk in self._desks.values())

    @property
    def fills(self) -> int:
        return sum(desk.listener.fills for desk in self._desks.values())

    async def compare(self, account: AccountId) -> bool:
        """Compare an account with its broker now. False: the broker gave no complete answer."""
        return await self._desk(account).reconciler.compare()

    # ---- contracts.orders.Orders ----

    async def cancel(self, command: CancelOrder) -> CancelRequested | NothingToCancel:
        changed = await self._book.change(
            command.order, lambda life: self._cancel_decided(life, by=command.by, cause=command.provenance.id)
        )
        if changed is None:
            return NothingToCancel(
                order=None, reason=f"no order {command.order} is known here; look at the list of orders"
            )
        life, events = changed
        if not events and not life.order.is_open:
            return NothingToCancel(order=life.order, reason=f"it is {state_name(life.order.state)} already")
        if events and isinstance(life.order.state, CancelPending):
            self._desk(life.order.account).sender.cancel_soon(life)
        return CancelRequested(order=life.order)

    async def cancel_all(self, command: CancelAll) -> tuple[Order, ...]:
        inside = [life.order for life in self._book.open() if _is_in_scope(life.order, command)]
        answers = await asyncio.gather(
            *(
                self.cancel(CancelOrder(provenance=command.provenance, order=order.id, by=command.by))
                for order in inside
            )
        )
        return tuple(answer.order for answer in answers if isinstance(answer, CancelRequested))

    async def get(self, order: ClientOrderId) -> Order | None:
        return await self._store.get(order)

    async def find(self, query: OrderQuery) -> tuple[Order, ...]:
        return await self._store.find(
            account=query.account,
            instrument=query.instrument,
            run=query.run,
            open_only=query.open_only,
            limit=query.limit,
            before=query.before,
        )

    async def life(self, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
        return await self._store.life(order)

    # ---- private, in the order they are called ----

    async def _note_start(self) -> None:
        await self._store.note(
            stream="service/orders",
            kind="OrdersStarted",
            provenance=begin(self._names, self._clock.now_ns()),
            body=json.dumps({"build": self._build}),
        )

    async def _run(self, opened: asyncio.Event) -> None:
        """Owns every task of the service; ends when one of them breaks."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            opened.set()
            await asyncio.get_running_loop().create_future()

    def _desk(self, account: AccountId) -> AccountDesk:
        """The account's desk, opened at its first use.
        Errors: what `broker_for` raises for an unknown account.
        """
        desk = self._desks.get(account)
        if desk is None:
            assert self._tasks is not None, "start orders before using it"
            desk = AccountDesk(
                account=account,
                broker=self._broker_for(account),
                book=self._book,
                store=self._store,
                clock=self._clock,
                notices=self._notices,
                why_not=self._why_not,
            )
            self._desks[account] = desk
            self._tasks.create_task(desk.run(), name=f"desk {account}")
        return desk

    async def _on_commands(self, batch: Sequence[Approved]) -> None:
        """Store each intent once, then hand it to its account's desk. Returns when all intents are
        durable.
        """
        genuine = []
        for approved in batch:
            if is_genuine(approved, key=self._approval_key):
                genuine.append(approved)
            else:
                await self._refuse_forged(approved)
        stored = await asyncio.gather(
            *(self._book.begin(approved) for approved in genuine), return_exceptions=True
        )
        failures = []
        for approved, life in zip(genuine, stored, strict=True):
            if isinstance(life, BaseException):
                failures.append(life)
            elif isinstance(life.order.state, Pending):
                await self._hand_over(approved)
        if failures:
            raise failures[0]

    async def _refuse_forged(self, approved: Approved) -> None:
        """Never sent, and never an order: a forged command must not use up the id of a genuine one, nor
        have risk release what it reserved for it.
        """
        self.forged += 1
        notice = self._notices.forged(approved)
        await self._store.note(
            stream=f"account/{approved.command.account}/strange",
            kind="ForgedApprovalSeen",
            provenance=notice.provenance,
            body=notice.body.decode(),
            say=(notice.outgoing,),
        )

    async def _hand_over(self, approved: Approved) -> None:
        try:
            desk = self._desk(approved.command.account)
        except (BadInput, LookupError):
            reason = f"never sent: no broker holds account {approved.command.account}"
            await self._book.change(
                approved.command.order,
                lambda life: rejected(life, reason=reason, at_ns=self._clock.now_ns()),
            )
            return
        await desk.sender.hand_over(approved)

    async def _on_kill(self, batch: Sequence[KillChanged]) -> None:
        for changed in batch:
            state = changed.state
            self._remember_freeze(state)
            if state.engaged and KillAct.CANCEL in state.acts:
                await self.cancel_all(
                    CancelAll(
                        provenance=changed.provenance, by=f"kill switch ({state.by})", account=state.account
                    )
                )

    def _remember_freeze(self, state: KillState) -> None:
        scope = state.account or KILL_SCOPE_ALL
        if state.engaged and KillAct.FREEZE in state.acts:
            self._frozen[scope] = state.reason
        elif not state.engaged:
            if state.account is None:
                self._frozen.clear()
            else:
                self._frozen.pop(scope, None)

    def _why_not(self, life: OrderLife) -> str | None:
        """The kill switch stops what risk had approved just before it. Its own closing orders pass."""
        if life.order.source.origin is Origin.KILL_SWITCH:
            return None
        for scope in (KILL_SCOPE_ALL, life.order.account):
            if scope in self._frozen:
                return f"the kill switch froze {scope} ({self._frozen[scope] or 'no reason given'})"
        return None

    def _cancel_decided(self, life: OrderLife, *, by: str, cause: str) -> Decided:
        now_ns = self._clock.now_ns()
        requested = cancel_requested(life, by=by, at_ns=now_ns, cause=cause)
        if not requested or not isinstance(life.order.state, Pending):
            return requested
        # Nothing was sent, so there is nobody to ask: it ends here and now.
        wanted = apply(life, requested[0])
        return (*requested, *cancelled(wanted, reason=f"cancelled before it was sent, by {by}", at_ns=now_ns))


def _is_in_scope(order: Order, command: CancelAll) -> bool:
    return (
        (command.account is None or order.account == command.account)
        and (command.instrument is None or order.terms.instrument == command.instrument)
        and (command.run is None or order.source.run == command.run)
    )
