"""A whole order road on a temporary SQLite file: bus, outbox relay, orders, and a venue that outlives
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.order_store import SqliteOrderStore
from jts.adapters.sql.sqlite.outbox import OutboxRelay, SqliteOutbox
from jts.contracts.notifications import Notice
from jts.contracts.topics import NOTICES, ORDER_COMMANDS, ORDER_EVENTS
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.order import Order
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.states import state_name
from jts.domain.orders.terms import OrderKind, OrderTerms
from jts.domain.risk.verdict import Approval, Approved, SubmitOrder, order_digest, sign
from jts.domain.values import (
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    InstrumentId,
    IntentId,
    MessageId,
    Nanos,
    Price,
    Provenance,
    Quantity,
    RunId,
    Side,
)
from jts.ports.broker import Broker
from jts.ports.bus import Bus
from jts.ports.order_store import OrderStore
from jts.services.orders.service import OrdersService
from tests.services.orders.clock import CountedNames, HandClock, settle
from tests.services.orders.venue import Venue, VenueBroker

PAPER = AccountId("paper")
SAMSUNG = InstrumentId("KRX:005930")
KEY = b"k" * 32


def approve(
    clock: HandClock,
    order: str = "A1",
    *,
    quantity: int = 10,
    side: Side = Side.BUY,
    limit: int | None = None,
    account: AccountId = PAPER,
    run: str | None = None,
    valid_s: float = 2.0,
    key: bytes = KEY,
    origin: Origin = Origin.PERSON,
    instrument: InstrumentId = SAMSUNG,
) -> Approved:
    """An order that risk has approved just now."""
    now_ns = clock.now_ns()
    command = SubmitOrder(
        provenance=Provenance(
            id=MessageId(f"cmd-{order}"),
            at_ns=now_ns,
            correlation_id=f"click-{order}",
            causation_id=f"click-{order}",
        ),
        intent=IntentId(f"intent-{order}"),
        order=ClientOrderId(order),
        account=account,
        terms=OrderTerms(
            instrument=instrument,
            side=side,
            kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
            quantity=Quantity(Decimal(quantity)),
            limit_price=None if limit is None else Price(Decimal(limit)),
        ),
        source=OrderSource(origin=origin, actor="owner", run=None if run is None else RunId(run)),
        deadline_ns=Nanos(now_ns + NANOS_PER_SECOND),
    )
    digest = order_digest(command)
    expires_ns = Nanos(now_ns + int(valid_s * NANOS_PER_SECOND))
    approval = Approval(
        id=f"ok-{order}",
        order=command.order,
        account=account,
        order_digest=digest,
        expires_ns=expires_ns,
        signature=sign(approval_id=f"ok-{order}", digest=digest, expires_ns=expires_ns, key=key),
    )
    return Approved(command=command, approval=approval)


def forge(approved: Approved, *, quantity: int) -> Approved:
    """The same signature under another quantity."""
    terms = replace(approved.command.terms, quantity=Quantity(Decimal(quantity)))
    return replace(approved, command=replace(approved.command, terms=terms))


class Road:
    """One run of the platform's order road. `crash` ends it as a power cut would; a new Road takes up the
    file.
    """

    def __init__(
        self,
        path: Path,
        venue: Venue,
        clock: HandClock,
        *,
        store: Callable[[OrderStore], OrderStore] = lambda store: store,
        broker: Callable[[Broker], Broker] = lambda broker: broker,
        bus: Callable[[Bus], Bus] = lambda bus: bus,
        make_bus: Callable[[], InProcessBus] | None = None,
    ) -> None:
        self.clock = clock
        self.venue = venue
        self.events: list[AnyOrderEvent] = []
        self.notices: list[Notice] = []
        self.database = SqliteDatabase(path, synchronous="OFF")
        self.database.open(migrations())
        self.bus = make_bus() if make_bus else InProcessBus(clock=clock, drain_max_s=0.2)
        self.store = SqliteOrderStore(self.database)
        self.relay = OutboxRelay(outbox=SqliteOutbox(self.database), bus=bus(self.bus), clock=clock)
        self.database.after_commit(self.relay.wake)
        self.service = OrdersService(
            store=store(self.store),
            broker_for=lambda account: broker(VenueBroker(self._known(account))),
            bus=self.bus,
            clock=clock,
            names=CountedNames(),
            approval_key=KEY,
            build="test",
        )

    async def start(self) -> Road:
        self.bus.subscribe(ORDER_EVENTS, self._on_events, reader="collector")
        self.bus.subscribe(NOTICES, self._on_notices, reader="collector")
        await self.bus.start()
        await self.service.start()
        await self.relay.start()
        return self

    async def stop(self) -> None:
        await self.service.stop()
        await self.bus.stop()
        await self.relay.stop()
        self.database.close()

    async def crash(self) -> None:
        """Nothing is finished, nothing is said good-bye to."""
        await self.service.stop()
        self.relay._to_forget.clear()
        await self.relay.stop()
        for reader in self.bus.readers:
            await reader.end()
        self.database.close()

    async def submit(self, *approved: Approved) -> None:
        await asyncio.gather(*(self.bus.publish(ORDER_COMMANDS, one) for one in approved))

    async def order(self, id: str = "A1") -> Order:
        order = await self.service.get(ClientOrderId(id))
        assert order is not None, f"{id} is not stored"
        return order

    async def state(self, id: str = "A1") -> str:
        order = await self.service.get(ClientOrderId(id))
        return "none" if order is None else state_name(order.state)

    async def until(self, id: str, state: str, *, within_s: float = 5.0) -> Order:
        """Wait, without moving the clock, until the order is in this state."""
        deadline = asyncio.get_running_loop().time() + within_s
        while (found := await self.state(id)) != state:
            assert asyncio.get_running_loop().time() < deadline, f"{id} is {found}, expected {state}"
            await asyncio.sleep(0.001)
        await settle()
        return await self.order(id)

    async def kinds(self, id: str = "A1") -> list[str]:
        """The order's life line, as class names."""
        return [type(event).__name__ for event in await self.service.life(ClientOrderId(id))]

    def _known(self, account: AccountId) -> Venue:
        if account != self.venue.account:
            raise LookupError(account)
        return self.venue

    async def _on_events(self, batch: Sequence[AnyOrderEvent]) -> None:
        self.events.extend(batch)

    async def _on_notices(self, batch: Sequence[Notice]) -> None:
        self.notices.extend(batch)


def subjects(notices: Sequence[Notice]) -> list[str]:
    return [notice.subject for notice in notices]


def unique(events: Sequence[Any]) -> list[Any]:
    """Events without their repeats, in the sequence they first came."""
    return list({event.provenance.id: event for event in events}.values())
