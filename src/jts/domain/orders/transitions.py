"""What may happen to an order, and what it then is: pure decisions (`…ed` verbs make events) and `apply`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any, TypeAlias, assert_never

from jts.domain.ledger.fill import Fill
from jts.domain.orders.events import (
    AnyOrderEvent,
    OrderAccepted,
    OrderBecameUnknown,
    OrderCancelled,
    OrderCancelRefused,
    OrderCancelRequested,
    OrderExpired,
    OrderFilled,
    OrderIntended,
    OrderLateFilled,
    OrderRejected,
    OrderSendStarted,
)
from jts.domain.orders.order import Order
from jts.domain.orders.source import OrderSource
from jts.domain.orders.states import (
    NONE_LEFT,
    Cancelled,
    CancelPending,
    Expired,
    Filled,
    OrderState,
    Pending,
    Rejected,
    Sending,
    Unknown,
    Working,
    is_terminal,
    state_name,
)
from jts.domain.orders.terms import OrderTerms
from jts.domain.values import (
    AccountId,
    ClientOrderId,
    FillId,
    IntentId,
    MessageId,
    Nanos,
    Provenance,
    Quantity,
    VenueOrderId,
)

_EXACT = Context(prec=34)
"""Quantity-weighted prices are carried with 34 digits (decimal128); quantities and money stay exact."""

LEGAL: dict[str, tuple[type, ...]] = {
    "pending": (OrderSendStarted, OrderRejected, OrderCancelRequested, OrderCancelled),
    "sending": (
        OrderAccepted, OrderRejected, OrderBecameUnknown, OrderFilled, OrderCancelRequested, OrderCancelled,
        OrderExpired,
    ),
    "unknown": (
        OrderAccepted, OrderRejected, OrderFilled, OrderCancelRequested, OrderCancelled, OrderExpired,
    ),
    "working": (OrderFilled, OrderCancelRequested, OrderCancelled, OrderExpired, OrderRejected),
    "cancel_pending": (OrderFilled, OrderCancelRefused, OrderCancelled, OrderExpired, OrderRejected),
    "filled": (OrderAccepted, OrderLateFilled),
    "cancelled": (OrderAccepted, OrderLateFilled),
    "expired": (OrderAccepted, OrderLateFilled),
    "rejected": (OrderAccepted, OrderLateFilled),
}  # fmt: skip
"""The state graph: which events each state admits. Acceptance after the end only adds the venue's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLife:
    """An order with what must be remembered to judge its next event.

    `fill_ids` are the executions booked so far. `cancel_wanted`: a cancel was asked for before the venue had
    answered; it is sent as soon as the venue holds the order. `approval_id` names the reservation.
    """

    order: Order
    fill_ids: frozenset[FillId] = frozenset()
    cancel_wanted: bool = False
    approval_id: str = ""


Decided: TypeAlias = tuple[AnyOrderEvent, ...]
"""The events that follow from a decision: none where there is nothing new."""


# ---- decisions: what has happened, as events ----


def intended(
    *,
    order: ClientOrderId,
    intent: IntentId,
    account: AccountId,
    terms: OrderTerms,
    source: OrderSource,
    approval_id: str,
    cause: Provenance,
    at_ns: Nanos,
) -> OrderIntended:
    """The first event of an order: the wish as risk approved it, caused by its command."""
    return OrderIntended(
        provenance=cause.caused(id=event_id(order, 1), at_ns=at_ns),
        order=order,
        account=account,
        version=1,
        intent=intent,
        terms=terms,
        source=source,
        approval_id=approval_id,
    )


def send_started(life: OrderLife, *, at_ns: Nanos) -> Decided:
    """The order is about to leave. Only an order of which nothing was sent may."""
    assert isinstance(life.order.state, Pending), _illegal(life.order, "send started")
    return (OrderSendStarted(**_next(life, at_ns)),)


def accepted(life: OrderLife, *, venue_order_id: VenueOrderId, at_ns: Nanos, cause: str = "") -> Decided:
    """The venue holds the order. Nothing new if its number is known already."""
    if life.order.venue_order_id is not None:
        return ()
    return (OrderAccepted(**_next(life, at_ns, cause), venue_order_id=venue_order_id),)


def rejected(life: OrderLife, *, reason: str, at_ns: Nanos, cause: str = "") -> Decided:
    """A proven no. An order that traded in part and then got a no has ended as cancelled."""
    if is_terminal(life.order.state):
        return ()
    if life.order.filled > 0:
        return cancelled(life, reason=reason, at_ns=at_ns, cause=cause)
    return (OrderRejected(**_next(life, at_ns, cause), reason=reason),)


def became_unknown(life: OrderLife, *, reason: str, at_ns: Nanos) -> Decided:
    """No answer that can be trusted. Says nothing new of an order whose fate is known by other evidence."""
    if not isinstance(life.order.state, Sending):
        return ()
    return (OrderBecameUnknown(**_next(life, at_ns), reason=reason),)


def filled(life: OrderLife, *, fill: Fill, at_ns: Nanos) -> Decided:
    """An execution, applied once by its id; after the order's end it is a late fill.

    More than was left is booked whole, since it is the venue's word: `filled` then exceeds the quantity and
    `overfilled` says by how much. Errors: AssertionError if the fill is another order's, or nothing was sent.
    """
    order = life.order
    assert fill.order == order.id and fill.account == order.account, f"fill {fill.id} is not of {order.id}"
    assert fill.instrument == order.terms.instrument and fill.side is order.terms.side, (
        f"fill {fill.id} is {fill.side} {fill.instrument}, its order {order.terms.side} "
        f"{order.terms.instrument}"
    )
    assert fill.quantity > 0, f"a fill trades something, {fill.id} was {fill.quantity}"
    if fill.id in life.fill_ids:
        return ()
    total = Quantity(order.filled + fill.quantity)
    average = _average(order, fill)
    if is_terminal(order.state):
        return (
            OrderLateFilled(**_next(life, at_ns, fill.id), fill=fill, filled=total, average_price=average),
        )
    left = Quantity(max(NONE_LEFT, order.terms.quantity - total))
    return (
        OrderFilled(
            **_next(life, at_ns, fill.id), fill=fill, filled=total, leaves=left, average_price=average
        ),
    )


def cancel_requested(life: OrderLife, *, by: str, at_ns: Nanos, cause: str = "") -> Decided:
    """Somebody wants it to end. Nothing new if it has ended, or if that was wanted already."""
    if is_terminal(life.order.state) or isinstance(life.order.state, CancelPending) or life.cancel_wanted:
        return ()
    return (OrderCancelRequested(**_next(life, at_ns, cause), by=by),)


def cancel_refused(life: OrderLife, *, reason: str, at_ns: Nanos) -> Decided:
    if not isinstance(life.order.state, CancelPending):
        return ()
    return (OrderCancelRefused(**_next(life, at_ns), reason=reason),)


def cancelled(life: OrderLife, *, reason: str, at_ns: Nanos, cause: str = "") -> Decided:
    """What has not traded will not trade any more."""
    if is_terminal(life.order.state):
        return ()
    rest = life.order.leaves
    return (OrderCancelled(**_next(life, at_ns, cause), cancelled=rest, reason=reason),)


def expired(life: OrderLife, *, reason: str, at_ns: Nanos, cause: str = "") -> Decided:
    if is_terminal(life.order.state):
        return ()
    rest = life.order.leaves
    return (OrderExpired(**_next(life, at_ns, cause), expired=rest, reason=reason),)


# ---- what the order is after its events ----


def rebuild(events: Iterable[AnyOrderEvent]) -> OrderLife:
    """The order after all its events, oldest first.
    Errors: AssertionError if they do not begin with the intent or break the state graph.
    """
    life: OrderLife | None = None
    for event in events:
        life = apply(life, event)
    assert life is not None, "an order has at least one event: its intent"
    return life


def apply(life: OrderLife | None, event: AnyOrderEvent) -> OrderLife:
    """The order after one more event. Errors: AssertionError for an event the state graph does not admit."""
    if life is None:
        assert isinstance(event, OrderIntended), (
            f"an order begins with its intent, not {type(event).__name__}"
        )
        return _begin(event)
    order = life.order
    assert event.order == order.id, f"{type(event).__name__} of {event.order} applied to {order.id}"
    assert event.version == order.version + 1, (
        f"{order.id} is at version {order.version}, the event is version {event.version}"
    )
    assert isinstance(event, LEGAL[state_name(order.state)]), _illegal(order, type(event).__name__)
    life = replace(
        life,
        order=replace(order, version=event.version, updated_ns=event.provenance.at_ns),
    )
    match event:
        case OrderFilled() | OrderLateFilled():
            return _book(life, event)
        case OrderAccepted(venue_order_id=venue_order_id):
            return _hold(life, venue_order_id)
        case OrderCancelRequested():
            return _want_cancel(life, event)
        case _:
            return _with_state(life, _plain_state(order, event))


def untraded(order: Order) -> Quantity:
    """What ended without trading: cancelled, expired, or refused."""
    match order.state:
        case Cancelled(cancelled=rest) | Expired(expired=rest):
            return rest
        case Rejected():
            return Quantity(max(NONE_LEFT, order.terms.quantity - order.filled))
        case Pending() | Sending() | Unknown() | Working() | CancelPending() | Filled():
            return NONE_LEFT
        case _:
            assert_never(order.state)


def overfilled(order: Order) -> Quantity:
    """What traded beyond the order's quantity, by the venue's word. Not zero is a matter for a person."""
    return Quantity(max(NONE_LEFT, order.filled - order.terms.quantity))


def event_id(order: str, version: int) -> MessageId:
    """An order event's id is a pure function of the fact, so that a repeat carries the same one (I-14)."""
    return MessageId(f"{order}/{version}")


# ---- private, in the order they are called ----


def _next(life: OrderLife, at_ns: Nanos, cause: str = "") -> dict[str, Any]:
    """The fields of the order's next event; caused by its last event unless something else is named."""
    order = life.order
    version = order.version + 1
    provenance = Provenance(
        id=event_id(order.id, version),
        at_ns=at_ns,
        correlation_id=order.correlation_id,
        causation_id=cause or event_id(order.id, order.version),
    )
    return {"provenance": provenance, "order": order.id, "account": order.account, "version": version}


def _average(order: Order, fill: Fill) -> Decimal:
    before = _EXACT.multiply(order.average_price, order.filled)
    worth = _EXACT.add(before, _EXACT.multiply(fill.price, fill.quantity))
    return _EXACT.divide(worth, order.filled + fill.quantity)


def _begin(event: OrderIntended) -> OrderLife:
    assert event.version == 1, f"an intent is version 1, was {event.version}"
    assert event.terms.quantity > 0, f"an order is for something, was {event.terms.quantity}"
    order = Order(
        id=event.order,
        intent=event.intent,
        account=event.account,
        terms=event.terms,
        source=event.source,
        state=Pending(leaves=event.terms.quantity),
        filled=NONE_LEFT,
        average_price=Decimal(0),
        created_ns=event.provenance.at_ns,
        updated_ns=event.provenance.at_ns,
        correlation_id=event.provenance.correlation_id,
        version=1,
    )
    return OrderLife(order=order, approval_id=event.approval_id)


def _with_state(life: OrderLife, state: OrderState) -> OrderLife:
    return replace(life, order=replace(life.order, state=state))


def _book(life: OrderLife, event: OrderFilled | OrderLateFilled) -> OrderLife:
    order, fill = life.order, event.fill
    assert fill.id not in life.fill_ids, f"fill {fill.id} is booked already"
    assert event.filled == order.filled + fill.quantity, (
        f"{order.id} had {order.filled} filled, {fill.quantity} more is not {event.filled}"
    )
    order = replace(order, filled=event.filled, average_price=event.average_price)
    if isinstance(event, OrderFilled):
        left = Quantity(max(NONE_LEFT, order.terms.quantity - order.filled))
        assert event.leaves == left, f"{order.id} has {left} left, the event says {event.leaves}"
        state = _after_fill(order.state, left)
    else:
        state = _after_late_fill(order.state, fill.quantity)
    return replace(life, order=replace(order, state=state), fill_ids=life.fill_ids | {fill.id})


def _after_fill(state: OrderState, left: Quantity) -> OrderState:
    if left == 0:
        return Filled()
    assert isinstance(state, Sending | Unknown | Working | CancelPending), "the state graph was asked before"
    return replace(state, leaves=left)


def _after_late_fill(state: OrderState, quantity: Quantity) -> OrderState:
    match state:
        case Cancelled(cancelled=rest):
            return replace(state, cancelled=Quantity(max(NONE_LEFT, rest - quantity)))
        case Expired(expired=rest):
            return replace(state, expired=Quantity(max(NONE_LEFT, rest - quantity)))
        case _:
            return state


def _hold(life: OrderLife, venue_order_id: VenueOrderId) -> OrderLife:
    order = life.order
    assert order.venue_order_id is None, f"{order.id} is {order.venue_order_id} at its venue already"
    state = order.state
    if isinstance(state, Sending | Unknown):
        if life.cancel_wanted:
            state = CancelPending(
                leaves=state.leaves, venue_order_id=venue_order_id, since_ns=order.updated_ns
            )
        else:
            state = Working(leaves=state.leaves, venue_order_id=venue_order_id)
    return replace(
        life, cancel_wanted=False, order=replace(order, venue_order_id=venue_order_id, state=state)
    )


def _want_cancel(life: OrderLife, event: OrderCancelRequested) -> OrderLife:
    assert not life.cancel_wanted, f"a cancel of {event.order} is wanted already"
    state = life.order.state
    if isinstance(state, Working):
        return _with_state(
            life,
            CancelPending(
                leaves=state.leaves, venue_order_id=state.venue_order_id, since_ns=event.provenance.at_ns
            ),
        )
    return replace(life, cancel_wanted=True)


def _plain_state(order: Order, event: AnyOrderEvent) -> OrderState:
    """The state after an event that needs nothing but the order."""
    rest = order.leaves
    match event:
        case OrderSendStarted():
            return Sending(leaves=rest, since_ns=event.provenance.at_ns)
        case OrderBecameUnknown(reason=reason):
            return Unknown(leaves=rest, since_ns=event.provenance.at_ns, reason=reason)
        case OrderRejected(reason=reason):
            assert order.filled == 0, f"{order.id} has traded {order.filled}: it is cancelled, not rejected"
            return Rejected(reason=reason)
        case OrderCancelRefused():
            assert isinstance(order.state, CancelPending), "the state graph was asked before"
            return Working(leaves=rest, venue_order_id=order.state.venue_order_id)
        case OrderCancelled(cancelled=amount, reason=reason):
            assert amount == rest, f"{order.id} has {rest} left, the event cancels {amount}"
            return Cancelled(cancelled=amount, reason=reason)
        case OrderExpired(expired=amount, reason=reason):
            assert amount == rest, f"{order.id} has {rest} left, the event expires {amount}"
            return Expired(expired=amount, reason=reason)
        case _:
            raise AssertionError(f"{type(event).__name__} has a rule of its own")


def _illegal(order: Order, what: str) -> str:
    legal = ", ".join(kind.__name__ for kind in LEGAL[state_name(order.state)])
    return f"{order.id} is {state_name(order.state)} and admits {legal}; found {what}"
