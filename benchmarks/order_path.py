"""How long an order takes: approved command said -> intent stored -> sent -> accepted -> fill stored.

python benchmarks/order_path.py --seconds 10 --rate 300 --json

Everything is real but risk (a key signs at once) and the venue (it fills at once): bus, outbox relay, orders,
and SQLite with synchronous=FULL on a temporary file. Two figures: the latency of single orders with nothing
else going on, and the latency while `--rate` orders a second come in for `--seconds`. `--unpaced` sends as
fast as it can. A `Subject` says what is measured, so the same harness can be pointed at another road.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import uvloop

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock, SystemNames
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.order_store import SqliteOrderStore
from jts.adapters.sql.sqlite.outbox import OutboxRelay, SqliteOutbox
from jts.contracts.topics import ORDER_COMMANDS, ORDER_EVENTS
from jts.domain.ledger.fill import Fill
from jts.domain.orders.events import AnyOrderEvent, OrderFilled
from jts.domain.orders.order import Order
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms, Timing
from jts.domain.orders.transitions import OrderLife
from jts.domain.risk.verdict import Approval, Approved, SubmitOrder, order_digest, sign
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    Currency,
    FillId,
    InstrumentId,
    IntentId,
    Money,
    Nanos,
    Quantity,
    Side,
    VenueOrderId,
)
from jts.ports.broker import (
    BrokerEvent,
    CancelTaken,
    Capabilities,
    Evidence,
    Grade,
    Placed,
    VenueOrder,
)
from jts.ports.names import begin
from jts.ports.outbox import Outgoing
from jts.services.orders.service import OrdersService

ACCOUNT = AccountId("paper")
KEY = b"benchmark".ljust(32, b"-")
CONCURRENT_MAX = 200


class Subject(Protocol):
    """A road under measurement. `said`: order id -> perf_counter seconds; `stored`: the same by event."""

    said: dict[str, float]
    stored: dict[str, dict[str, float]]

    async def start(self) -> None: ...

    async def order(self, number: int) -> str:
        """Say one order; returns its id once it has been taken over."""
        ...

    async def filled(self, order: str) -> None: ...

    async def stop(self) -> None: ...


class InstantVenue:
    """A venue that fills every order at once, and is asked for nothing else."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[BrokerEvent] = asyncio.Queue()
        self._numbers = itertools.count(1)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            broker="instant",
            is_paper=True,
            kinds=frozenset(OrderKind),
            timings=frozenset(Timing),
            client_ids=True,
            amends=False,
        )

    async def place(self, approved: Approved) -> Placed:
        number, terms = next(self._numbers), approved.command.terms
        now_ns = Nanos(time.time_ns())
        self._news.put_nowait(
            Fill(
                id=FillId(f"INSTANT/{number}"),
                order=approved.command.order,
                account=ACCOUNT,
                instrument=terms.instrument,
                side=terms.side,
                quantity=terms.quantity,
                price=Decimal(70_000),
                notional=Money(amount=70_000 * terms.quantity, currency=KRW),
                fee=Money(amount=Decimal(0), currency=KRW),
                tax=Money(amount=Decimal(0), currency=KRW),
                venue_ns=now_ns,
                received_ns=now_ns,
            )
        )
        return Placed(venue_order_id=VenueOrderId(f"V{number}"), at_ns=now_ns)

    async def cancel(self, order: Order) -> CancelTaken:
        return CancelTaken()

    async def orders(self, account: AccountId, *, since_ns: Nanos) -> Evidence[VenueOrder]:
        return Evidence(grade=Grade.COMPLETE, items=(), at_ns=Nanos(time.time_ns()))

    async def fills(self, account: AccountId, *, since_ns: Nanos) -> Evidence[Fill]:
        return Evidence(grade=Grade.COMPLETE, items=(), at_ns=Nanos(time.time_ns()))

    async def balances(self, account: AccountId) -> Evidence[tuple[Currency, Decimal]]:
        return Evidence(grade=Grade.PARTIAL, items=(), at_ns=Nanos(time.time_ns()))

    async def positions(self, account: AccountId) -> Evidence[tuple[InstrumentId, Decimal]]:
        return Evidence(grade=Grade.PARTIAL, items=(), at_ns=Nanos(time.time_ns()))

    async def events(self, account: AccountId) -> AsyncIterator[BrokerEvent]:
        while True:
            yield await self._news.get()


class _Timed:
    """The store, noting when each event had become durable."""

    def __init__(self, inner: SqliteOrderStore, stored: dict[str, dict[str, float]]) -> None:
        self._inner = inner
        self._stored = stored

    async def append(
        self, after: OrderLife, events: Sequence[AnyOrderEvent], *, say: Sequence[Outgoing] = ()
    ) -> None:
        await self._inner.append(after, events, say=say)
        now = time.perf_counter()
        for event in events:
            self._stored.setdefault(event.order, {})[type(event).__name__] = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class OrdersRoad:
    """From the approved command on the bus to the stored fill said on the bus."""

    def __init__(self, home: Path) -> None:
        clock, self._names = SystemClock(), SystemNames()
        self._clock = clock
        self.said: dict[str, float] = {}
        self.stored: dict[str, dict[str, float]] = {}
        self._ends: dict[str, asyncio.Event] = {}
        self._database = SqliteDatabase(home / "jts.db")
        self._database.open(migrations())
        self._bus = InProcessBus(clock=clock)
        self._relay = OutboxRelay(outbox=SqliteOutbox(self._database), bus=self._bus, clock=clock)
        self._database.after_commit(self._relay.wake)
        self._service = OrdersService(
            store=_Timed(SqliteOrderStore(self._database), self.stored),
            broker_for=lambda account: InstantVenue(),
            bus=self._bus,
            clock=clock,
            names=self._names,
            approval_key=KEY,
            build="benchmark",
            accounts=(ACCOUNT,),
        )

    async def start(self) -> None:
        self._bus.subscribe(ORDER_EVENTS, self._on_events, reader="measure")
        await self._bus.start()
        await self._service.start()
        await self._relay.start()

    async def order(self, number: int) -> str:
        approved = self._approve(number)
        id = approved.command.order
        self._ends[id] = asyncio.Event()
        self.said[id] = time.perf_counter()
        await self._bus.publish(ORDER_COMMANDS, approved)
        return id

    async def filled(self, order: str) -> None:
        await self._ends[order].wait()

    async def stop(self) -> None:
        await self._service.stop()
        await self._relay.stop()
        await self._bus.stop()
        self._database.close()

    async def _on_events(self, batch: Sequence[AnyOrderEvent]) -> None:
        now = time.perf_counter()
        for event in batch:
            if isinstance(event, OrderFilled):
                self.stored[event.order]["heard"] = now
                self._ends[event.order].set()

    def _approve(self, number: int) -> Approved:
        now_ns = self._clock.now_ns()
        id = ClientOrderId(f"bench-{number}")
        command = SubmitOrder(
            provenance=begin(self._names, now_ns),
            intent=IntentId(f"intent-{number}"),
            order=id,
            account=ACCOUNT,
            terms=OrderTerms(
                instrument=InstrumentId("KRX:005930"),
                side=Side.BUY,
                kind=OrderKind.MARKET,
                quantity=Quantity(Decimal(1)),
            ),
            source=OrderSource(origin=Origin.PERSON, actor="benchmark"),
            deadline_ns=Nanos(now_ns + NANOS_PER_SECOND),
        )
        digest, expires_ns = order_digest(command), Nanos(now_ns + 30 * NANOS_PER_SECOND)
        signature = sign(approval_id=f"ok-{number}", digest=digest, expires_ns=expires_ns, key=KEY)
        approval = Approval(
            id=f"ok-{number}",
            order=id,
            account=ACCOUNT,
            order_digest=digest,
            expires_ns=expires_ns,
            signature=signature,
        )
        return Approved(command=command, approval=approval)


async def quiet(subject: Subject, first: int, count: int) -> list[str]:
    """One order after the other, each awaited to its end."""
    ids = []
    for number in range(first, first + count):
        id = await subject.order(number)
        await subject.filled(id)
        ids.append(id)
    return ids


async def sustained(subject: Subject, rate: float | None, seconds: float) -> tuple[list[str], float]:
    """Orders at a steady rate (None: as fast as they are taken). Returns ids and the rate that came out."""
    ids: list[str] = []
    room = asyncio.Semaphore(CONCURRENT_MAX)
    numbers = itertools.count(1_000_000)

    async def one() -> None:
        try:
            id = await subject.order(next(numbers))
            ids.append(id)
            await subject.filled(id)
        finally:
            room.release()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for turn in itertools.count():
            if time.perf_counter() - started >= seconds:
                break
            if rate is not None:
                await asyncio.sleep(max(0.0, started + turn / rate - time.perf_counter()))
            await room.acquire()
            tasks.create_task(one())
    return ids, len(ids) / (time.perf_counter() - started)


def percentiles(subject: Subject, ids: Sequence[str], what: str) -> dict[str, float]:
    """Milliseconds from saying the command until this event was durable, or the fill heard on the bus."""
    waits = sorted((subject.stored[id][what] - subject.said[id]) * 1_000 for id in ids)
    return {
        "p50_ms": round(waits[len(waits) // 2], 3),
        "p99_ms": round(waits[min(len(waits) - 1, int(len(waits) * 0.99))], 3),
        "max_ms": round(waits[-1], 3),
    }


async def measure(
    subject: Subject, *, rate: float | None, seconds: float, quiet_count: int
) -> dict[str, object]:
    await subject.start()
    try:
        await quiet(subject, 0, 20)  # the first orders pay for opening files and importing modules
        alone = await quiet(subject, 1_000, quiet_count)
        ids, out = await sustained(subject, rate, seconds)
    finally:
        await subject.stop()
    return {
        "quiet": {
            "orders": len(alone),
            "intent_stored": percentiles(subject, alone, "OrderIntended"),
            "send_started": percentiles(subject, alone, "OrderSendStarted"),
            "fill_stored": percentiles(subject, alone, "OrderFilled"),
            "fill_heard": percentiles(subject, alone, "heard"),
        },
        "sustained": {
            "orders": len(ids),
            "asked_per_s": rate,
            "orders_per_s": round(out, 1),
            "fill_stored": percentiles(subject, ids, "OrderFilled"),
            "fill_heard": percentiles(subject, ids, "heard"),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--unpaced", action="store_true", help="as fast as orders are taken")
    parser.add_argument("--quiet-orders", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        result = runner.run(
            measure(
                OrdersRoad(Path(home)),
                rate=None if arguments.unpaced else arguments.rate,
                seconds=arguments.seconds,
                quiet_count=arguments.quiet_orders,
            )
        )
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
