"""Where orders are kept: their events are the truth, their newest state is read from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.order import Order
from jts.domain.orders.transitions import OrderLife
from jts.domain.values import AccountId, ClientOrderId, FillId, InstrumentId, Nanos, Provenance, RunId
from jts.ports.outbox import Outgoing


class FillTaken(Exception):
    """This execution is booked under another order already. Nothing was written."""

    def __init__(self, fill: FillId, order: str) -> None:
        super().__init__(f"expected fill {fill} to be new, found it booked under order {order}")
        self.fill = fill
        self.order = order


class OrderStore(Protocol):
    """One writer of orders at a time; versions catch a second one."""

    async def append(
        self, after: OrderLife, events: Sequence[AnyOrderEvent], *, say: Sequence[Outgoing] = ()
    ) -> None:
        """Write events of one order, the order after them, and what is to be said, in one transaction.

        The events themselves are queued for the topic of order events; `say` is queued besides. Durable when
        it returns.
        Errors: VersionTaken (somebody wrote this order meanwhile), FillTaken, StoreUnavailable.
        """
        ...

    async def note(
        self, *, stream: str, kind: str, provenance: Provenance, body: str, say: Sequence[Outgoing] = ()
    ) -> None:
        """Write a fact that is no order's event, such as a forged approval, with what is to be said of it."""
        ...

    async def load(self, order: ClientOrderId) -> OrderLife | None:
        """The order rebuilt from its events; None if nobody knows it."""
        ...

    async def load_open(self) -> tuple[OrderLife, ...]:
        """Every order that has not ended, oldest first."""
        ...

    async def get(self, order: ClientOrderId) -> Order | None: ...

    async def find(
        self,
        *,
        account: AccountId | None = None,
        instrument: InstrumentId | None = None,
        run: RunId | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: ClientOrderId | None = None,
    ) -> tuple[Order, ...]:
        """Newest first; `before` is the last order of the page before. Unknown `before`: nothing."""
        ...

    async def life(self, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
        """Every event of one order, oldest first; empty if nobody knows it."""
        ...

    async def unbooked(self, fills: Sequence[FillId]) -> frozenset[FillId]:
        """Which of these executions no order has booked."""
        ...

    async def newest_ns(self) -> Nanos | None:
        """When the newest order event was written; None while there are no orders."""
        ...

    async def rebuild(self) -> int:
        """Throw the newest states away and read them again from the events. Returns how many orders there
        are.
        """
        ...
