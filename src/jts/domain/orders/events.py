"""What has happened to an order: facts in the past tense, the truth from which its state is rebuilt."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from jts.domain.ledger.fill import Fill
from jts.domain.orders.source import OrderSource
from jts.domain.orders.terms import OrderTerms
from jts.domain.values import AccountId, ClientOrderId, IntentId, Nanos, Provenance, Quantity, VenueOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """Fields every order event has. `version` counts the events of this order from 1."""

    provenance: Provenance
    order: ClientOrderId
    account: AccountId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntended(OrderEvent):
    """The wish is stored, with the risk approval it came with. Nothing was sent."""

    intent: IntentId
    terms: OrderTerms
    source: OrderSource
    approval_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSendStarted(OrderEvent):
    """From here on the broker may hold the order, whatever we hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(OrderEvent):
    """The venue holds it under its own number."""

    venue_order_id: VenueOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected(OrderEvent):
    """A proven no: from the venue, or from us before anything was sent."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBecameUnknown(OrderEvent):
    """The answer is missing or unreadable."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(OrderEvent):
    """One execution. `filled` and `leaves` are the totals after it; `side` and the rest are in the fill."""

    fill: Fill
    filled: Quantity
    leaves: Quantity
    average_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelRequested(OrderEvent):
    """Somebody asked for it to end; the cancel is on its way."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelRefused(OrderEvent):
    """The cancel did not take; the order works on, or its end is about to be told."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    cancelled: Quantity
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OrderEvent):
    expired: Quantity
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLateFilled(OrderEvent):
    """A fill that came after the order's end. Booked, and shouted about."""

    fill: Fill
    filled: Quantity
    average_price: Decimal


AnyOrderEvent: TypeAlias = (
    OrderIntended
    | OrderSendStarted
    | OrderAccepted
    | OrderRejected
    | OrderBecameUnknown
    | OrderFilled
    | OrderCancelRequested
    | OrderCancelRefused
    | OrderCancelled
    | OrderExpired
    | OrderLateFilled
)


def happened_ns(event: OrderEvent) -> Nanos:
    return event.provenance.at_ns
