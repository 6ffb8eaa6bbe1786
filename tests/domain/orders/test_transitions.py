"""The life of an order: every legal step, every illegal one, and sums that always hold."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

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
from jts.domain.orders.states import (
    Cancelled,
    CancelPending,
    Expired,
    Filled,
    OrderState,
    Sending,
    Unknown,
    Working,
    is_terminal,
    leaves,
    state_name,
)
from jts.domain.orders.transitions import (
    LEGAL,
    OrderLife,
    accepted,
    apply,
    became_unknown,
    cancel_refused,
    cancel_requested,
    cancelled,
    expired,
    filled,
    overfilled,
    rejected,
    send_started,
    untraded,
)
from jts.domain.values import ClientOrderId, Quantity, VenueOrderId
from tests.domain.orders.makers import (
    EVERY_STATE,
    NOW,
    V1,
    after,
    cancel_pending,
    ended,
    fill,
    pending,
    refused,
    sending,
    timed_out,
    unknown,
    whole,
    working,
)

ORDER_PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "order.md"


def test_the_makers_reach_every_state_there_is() -> None:
    names = {name: state_name(make().order.state) for name, make in EVERY_STATE.items()}

    assert all(name == found for name, found in names.items())
    assert len(names) == len(get_args(OrderState)) == len(LEGAL)


@pytest.mark.parametrize("name", EVERY_STATE)
@pytest.mark.parametrize("kind", get_args(AnyOrderEvent))
def test_the_state_graph_admits_exactly_its_events(name: str, kind: type) -> None:
    life = EVERY_STATE[name]()
    event = event_of(kind, life)

    if kind in LEGAL[name] and not (kind is OrderAccepted and life.order.venue_order_id is not None):
        assert apply(life, event).order.version == life.order.version + 1
    else:
        with pytest.raises(AssertionError):
            apply(life, event)


def test_the_drawing_on_the_order_page_is_the_graph_in_the_code() -> None:
    drawing = re.search(r"```mermaid\n(.*?)```", ORDER_PAGE.read_text(encoding="utf-8"), re.S)
    assert drawing is not None, "docs/concepts/order.md draws the states in a mermaid block"

    drawn = set(re.findall(r"^\s*(\w+|\[\*\]) --> (\w+) : (\w+)$", drawing.group(1), re.M))

    assert drawn == arrows()


def test_a_partial_fill_leaves_the_rest_working() -> None:
    life = working(10)

    life = after(life, filled(life, fill=fill(4), at_ns=NOW))

    assert life.order.state == Working(leaves=Quantity(Decimal(6)), venue_order_id=V1)
    assert life.order.filled == 4 and leaves(life.order.state) == 6


def test_the_average_price_is_weighted_by_quantity() -> None:
    life = working(10)

    life = after(life, filled(life, fill=fill(4, id="T/1", at=70_000), at_ns=NOW))
    life = after(life, filled(life, fill=fill(6, id="T/2", at=70_500), at_ns=NOW))

    assert life.order.average_price == Decimal(70_300)  # (4 * 70,000 + 6 * 70,500) / 10
    assert isinstance(life.order.state, Filled)


def test_the_same_fill_again_is_nothing_new() -> None:
    life = working(10)
    life = after(life, filled(life, fill=fill(4), at_ns=NOW))

    assert filled(life, fill=fill(4), at_ns=NOW) == ()


@pytest.mark.parametrize(
    ("make", "state"), [(sending, Sending), (unknown, Unknown), (cancel_pending, CancelPending)]
)
def test_a_fill_may_come_before_the_answer_and_leaves_the_doubt_as_it_is(make: object, state: type) -> None:
    life = make(10)  # type: ignore[operator]

    life = after(life, filled(life, fill=fill(4), at_ns=NOW))

    assert isinstance(life.order.state, state) and life.order.leaves == 6


def test_an_acceptance_after_the_last_fill_only_adds_the_venues_number() -> None:
    life = sending(10)
    life = after(life, filled(life, fill=fill(10), at_ns=NOW))

    life = after(life, accepted(life, venue_order_id=V1, at_ns=NOW))

    assert isinstance(life.order.state, Filled) and life.order.venue_order_id == V1


def test_an_answer_that_came_otherwise_makes_a_lost_one_no_news() -> None:
    assert became_unknown(working(), reason="timeout", at_ns=NOW) == ()
    assert became_unknown(whole(), reason="timeout", at_ns=NOW) == ()


def test_a_second_number_for_the_same_order_is_no_news() -> None:
    assert accepted(working(), venue_order_id=VenueOrderId("V2"), at_ns=NOW) == ()


@pytest.mark.parametrize(("make", "state"), [(ended, Cancelled), (timed_out, Expired)])
def test_a_fill_after_the_end_is_a_late_fill_and_takes_from_what_had_not_traded(
    make: object, state: type
) -> None:
    life = make(10)  # type: ignore[operator]

    decided = filled(life, fill=fill(3), at_ns=NOW)
    life = after(life, decided)

    assert isinstance(decided[0], OrderLateFilled)
    assert isinstance(life.order.state, state) and untraded(life.order) == 7 and life.order.filled == 3


def test_a_late_fill_of_a_rejected_order_is_booked_too() -> None:
    life = refused(10)

    life = after(life, filled(life, fill=fill(3), at_ns=NOW))

    assert life.order.filled == 3 and untraded(life.order) == 7


@pytest.mark.parametrize(("quantity", "over", "left"), [(9, 0, 1), (10, 0, 0), (11, 1, 0)])
def test_more_than_was_left_is_booked_whole_and_counted(quantity: int, over: int, left: int) -> None:
    life = working(10)

    life = after(life, filled(life, fill=fill(quantity), at_ns=NOW))

    assert life.order.filled == quantity and overfilled(life.order) == over and life.order.leaves == left
    assert is_terminal(life.order.state) == (quantity >= 10)


def test_a_no_after_a_part_had_traded_is_a_cancellation() -> None:
    life = working(10)
    life = after(life, filled(life, fill=fill(4), at_ns=NOW))

    decided = rejected(life, reason="halted", at_ns=NOW)

    assert isinstance(decided[0], OrderCancelled) and decided[0].cancelled == 6


def test_a_cancel_wanted_before_the_answer_is_pending_from_the_acceptance_on() -> None:
    life = unknown()
    life = after(life, cancel_requested(life, by="owner", at_ns=NOW))
    assert isinstance(life.order.state, Unknown) and life.cancel_wanted

    life = after(life, accepted(life, venue_order_id=V1, at_ns=NOW))

    assert isinstance(life.order.state, CancelPending) and not life.cancel_wanted


def test_a_cancel_asked_twice_is_stored_once() -> None:
    wanted = unknown()
    wanted = after(wanted, cancel_requested(wanted, by="owner", at_ns=NOW))

    assert cancel_requested(wanted, by="owner", at_ns=NOW) == ()
    assert cancel_requested(cancel_pending(), by="owner", at_ns=NOW) == ()
    assert cancel_requested(ended(), by="owner", at_ns=NOW) == ()


def test_a_refused_cancel_lets_the_order_work_on() -> None:
    life = cancel_pending(10)

    life = after(life, cancel_refused(life, reason="auction", at_ns=NOW))

    assert life.order.state == Working(leaves=Quantity(Decimal(10)), venue_order_id=V1)
    assert cancel_refused(working(), reason="auction", at_ns=NOW) == ()


@pytest.mark.parametrize("make", [whole, ended, timed_out, refused])
def test_what_has_ended_does_not_end_again(make: object) -> None:
    life = make()  # type: ignore[operator]

    assert cancelled(life, reason="r", at_ns=NOW) == ()
    assert expired(life, reason="r", at_ns=NOW) == ()
    assert rejected(life, reason="r", at_ns=NOW) == ()


def test_an_event_of_another_order_or_out_of_sequence_is_refused() -> None:
    life = pending()
    (event,) = send_started(life, at_ns=NOW)

    with pytest.raises(AssertionError, match="applied to A1"):
        apply(life, replace(event, order=ClientOrderId("A2")))
    with pytest.raises(AssertionError, match="version"):
        apply(life, replace(event, version=3))


def test_a_fill_of_another_instrument_is_refused() -> None:
    with pytest.raises(AssertionError, match="its order"):
        filled(working(), fill=replace(fill(1), instrument="KRX:000660"), at_ns=NOW)  # type: ignore[arg-type]


def event_of(kind: type, life: OrderLife) -> AnyOrderEvent:
    """An otherwise fitting event of this kind for this order."""
    order = life.order
    common = {
        "provenance": send_started(pending(), at_ns=NOW)[0].provenance,
        "order": order.id,
        "account": order.account,
        "version": order.version + 1,
    }
    one = fill(1, id="T/99")
    total = order.filled + 1
    fields: dict[type, dict[str, object]] = {
        OrderIntended: {
            "intent": order.intent, "terms": order.terms, "source": order.source, "approval_id": "ok",
        },
        OrderSendStarted: {},
        OrderAccepted: {"venue_order_id": V1},
        OrderRejected: {"reason": "r"},
        OrderBecameUnknown: {"reason": "r"},
        OrderFilled: {
            "fill": one, "filled": total, "leaves": order.terms.quantity - total, "average_price": one.price,
        },
        OrderCancelRequested: {"by": "owner"},
        OrderCancelRefused: {"reason": "r"},
        OrderCancelled: {"cancelled": order.leaves, "reason": "r"},
        OrderExpired: {"expired": order.leaves, "reason": "r"},
        OrderLateFilled: {"fill": one, "filled": total, "average_price": one.price},
    }  # fmt: skip
    event: AnyOrderEvent = kind(**common, **fields[kind])
    return event


def arrows() -> set[tuple[str, str, str]]:
    """(state, next state, event) for every legal step, taken from the code by doing each."""
    found = {("[*]", "pending", "OrderIntended")}
    for name, make in EVERY_STATE.items():
        for kind in LEGAL[name]:
            life = make()
            if kind is OrderAccepted and life.order.venue_order_id is not None:
                life = replace(life, order=replace(life.order, venue_order_id=None))
            found.add((name, state_name(apply(life, event_of(kind, life)).order.state), kind.__name__))
            if kind is OrderFilled:
                done = after(life, filled(life, fill=fill(10, id="T/98"), at_ns=NOW))
                found.add((name, state_name(done.order.state), "OrderFilled"))
            if kind is OrderAccepted and name in ("sending", "unknown"):
                life = after(life, cancel_requested(life, by="owner", at_ns=NOW))
                life = after(life, accepted(life, venue_order_id=V1, at_ns=NOW))
                found.add((name, state_name(life.order.state), "OrderAccepted"))
    return found
