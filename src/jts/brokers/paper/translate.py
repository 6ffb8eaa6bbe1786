"""The paper venue's book in the words of the broker port."""

from __future__ import annotations

from jts.domain.values import Quantity
from jts.ports.broker import OrderEnded, VenueOrder
from jts.ports.paper_book import PaperOrder


def ended(order: PaperOrder) -> OrderEnded:
    """The news that this order is over."""
    assert not order.is_open, f"{order.id} is still open"
    return OrderEnded(
        order=order.id,
        venue_order_id=order.venue_order_id,
        how=order.standing.value,
        left=Quantity(order.resting.leaves),
        reason=order.reason,
        at_ns=order.touched_ns,
    )


def listed(order: PaperOrder) -> VenueOrder:
    """The order as a listing shows it."""
    terms = order.resting.terms
    return VenueOrder(
        venue_order_id=order.venue_order_id,
        order=order.id,
        instrument=terms.instrument,
        side=terms.side,
        quantity=terms.quantity,
        filled=Quantity(terms.quantity - order.resting.leaves),
        limit_price=terms.limit_price,
        is_open=order.is_open,
        placed_ns=order.placed_ns,
    )
