"""What orders says: each order's state and its life, and the cancelling of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.order import Order
from jts.domain.values import AccountId, ClientOrderId, InstrumentId, Provenance, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """A wish that an order should end. Cancelling what has ended already is answered, not an error."""

    provenance: Provenance
    order: ClientOrderId
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll:
    """A wish that all open orders in scope should end. None means no restriction."""

    provenance: Provenance
    by: str
    account: AccountId | None = None
    instrument: InstrumentId | None = None
    run: RunId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """The cancel is stored and on its way; the order as it stood. The outcome arrives as an order event."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToCancel:
    """The order has ended already, or nobody knows it (`order` None)."""

    order: Order | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """Which orders: newest first. `before` is the id of the last one seen, for the next page."""

    account: AccountId | None = None
    instrument: InstrumentId | None = None
    run: RunId | None = None
    open_only: bool = False
    limit: int = 100
    before: ClientOrderId | None = None


class Orders(Protocol):
    async def cancel(self, command: CancelOrder) -> CancelRequested | NothingToCancel: ...

    async def cancel_all(self, command: CancelAll) -> tuple[Order, ...]:
        """The orders for which a cancel was sent."""
        ...

    async def get(self, order: ClientOrderId) -> Order | None: ...

    async def find(self, query: OrderQuery) -> tuple[Order, ...]: ...

    async def life(self, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
        """Every event of one order, oldest first: its life line."""
        ...
