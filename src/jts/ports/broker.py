"""What we need from a broker: place, cancel, tell what is there, and tell what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from jts.domain.ledger.fill import Fill
from jts.domain.orders.order import Order
from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.risk.verdict import Approved
from jts.domain.values import (
    AccountId,
    ClientOrderId,
    Currency,
    InstrumentId,
    Nanos,
    OutsideError,
    Quantity,
    Side,
    VenueOrderId,
)

T = TypeVar("T", covariant=True)


class OutcomeUnknown(OutsideError):
    """The broker did not answer in a way we can trust; whether it acted is unknown. Never ask again
    blindly."""

    retry_is_safe = False


class NeverSent(OutsideError):
    """The request certainly did not leave: connection refused, name not found, rate budget closed."""

    retry_is_safe = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What this broker can do on this account. `client_ids`: it keeps and returns our order ids."""

    broker: str
    is_paper: bool
    kinds: frozenset[OrderKind]
    timings: frozenset[Timing]
    client_ids: bool
    amends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The venue holds the order under its own number."""

    venue_order_id: VenueOrderId
    at_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A proven no, with the broker's own code and words. The order is not there."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTaken:
    """The venue took the cancel; the end of the order is told by an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDeclined:
    """The venue said no: most often the order has just filled or ended."""

    reason: str


class Grade(StrEnum):
    """How much a listing proves. Only `complete` may change state."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY_BUT_SUSPECT = "empty_but_suspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Generic[T]):
    """A listing from the broker, graded. A failed query is an exception, never an empty listing."""

    grade: Grade
    items: tuple[T, ...]
    at_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """An order as the venue lists it. `order` is our id where the venue keeps it."""

    venue_order_id: VenueOrderId
    order: ClientOrderId | None
    instrument: InstrumentId
    side: Side
    quantity: Quantity
    filled: Quantity
    limit_price: Decimal | None
    is_open: bool
    placed_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEnded:
    """The venue ended an order: cancelled (by us or by it), expired, or rejected after acceptance."""

    order: ClientOrderId
    venue_order_id: VenueOrderId
    how: str
    left: Quantity
    reason: str
    at_ns: Nanos


BrokerEvent: TypeAlias = Fill | OrderEnded


class Broker(Protocol):
    """One account's trading door. It knows neither the bus nor any service; its news is an async iterator."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def place(self, approved: Approved) -> Placed | Declined:
        """Send an order that risk has approved. Errors: OutcomeUnknown, NeverSent."""
        ...

    async def cancel(self, order: Order) -> CancelTaken | CancelDeclined:
        """Ask for the end of a working order. Errors: OutcomeUnknown, NeverSent."""
        ...

    async def orders(self, account: AccountId, *, since_ns: Nanos) -> Evidence[VenueOrder]:
        """Open orders, and all orders touched since the instant."""
        ...

    async def fills(self, account: AccountId, *, since_ns: Nanos) -> Evidence[Fill]: ...

    async def balances(self, account: AccountId) -> Evidence[tuple[Currency, Decimal]]: ...

    async def positions(self, account: AccountId) -> Evidence[tuple[InstrumentId, Decimal]]: ...

    def events(self, account: AccountId) -> AsyncIterator[BrokerEvent]:
        """What happens to our orders, as the venue tells it. May repeat after a reconnect; ids tell repeats
        apart."""
        ...
