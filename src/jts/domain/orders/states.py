"""The states an order can be in. Only evidence from the venue leads out of `Unknown`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, assert_never

from jts.domain.values import Nanos, Quantity, VenueOrderId

NONE_LEFT = Quantity(Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Stored and reserved; nothing has been sent."""

    leaves: Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """`Send started` is stored; the broker has not answered. After a crash this is `Unknown`."""

    leaves: Quantity
    since_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The broker may or may not hold this order. Exposure stays reserved; nothing is sent again."""

    leaves: Quantity
    since_ns: Nanos
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """The venue holds it."""

    leaves: Quantity
    venue_order_id: VenueOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPending:
    """A cancel was sent; the order may still fill."""

    leaves: Quantity
    venue_order_id: VenueOrderId
    since_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Nothing is left to trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Ended by us; `cancelled` is what never traded."""

    cancelled: Quantity
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The venue, or we before sending, said no. Nothing traded."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Its validity ended; `expired` is what never traded."""

    expired: Quantity
    reason: str


OrderState: TypeAlias = (
    Pending | Sending | Unknown | Working | CancelPending | Filled | Cancelled | Rejected | Expired
)


def leaves(state: OrderState) -> Quantity:
    """The quantity still able to trade."""
    match state:
        case Pending() | Sending() | Unknown() | Working() | CancelPending():
            return state.leaves
        case Filled() | Cancelled() | Rejected() | Expired():
            return NONE_LEFT
        case _:
            assert_never(state)


def is_terminal(state: OrderState) -> bool:
    return isinstance(state, Filled | Cancelled | Rejected | Expired)


def state_name(state: OrderState) -> str:
    """The word people and APIs see: pending, sending, unknown, working, cancel_pending, filled, cancelled,
    rejected, expired."""
    return "cancel_pending" if isinstance(state, CancelPending) else type(state).__name__.lower()
