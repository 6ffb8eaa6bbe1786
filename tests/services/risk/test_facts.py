"""What each order event means to risk: only a fill moves, only a proven end frees."""

from __future__ import annotations

from decimal import Decimal
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
from jts.domain.risk.exposure import Ended, Heard, Traded
from jts.domain.values import ClientOrderId, Quantity, VenueOrderId
from jts.services.risk.facts import facts_of
from tests.domain.risk.makers import PAPER, wish
from tests.services.risk.makers import cancelled, filled, late, rejected, told

ORDER = ClientOrderId("o-i-1")
HEARD, ENDED = Heard(account=PAPER, order=ORDER), Ended(account=PAPER, order=ORDER)

_INTENDED = OrderIntended(
    provenance=told("e"), order=ORDER, account=PAPER, version=1, intent=wish().intent, terms=wish().terms,
    source=wish().source, approval_id="a",
)  # fmt: skip
_EXPIRED = OrderExpired(
    provenance=told("e"), order=ORDER, account=PAPER, version=3, expired=Quantity(Decimal(10)), reason="day"
)
_UNKNOWN = OrderBecameUnknown(provenance=told("e"), order=ORDER, account=PAPER, version=3, reason="timeout")
_ACCEPTED = OrderAccepted(
    provenance=told("e"), order=ORDER, account=PAPER, version=3, venue_order_id=VenueOrderId("v")
)
_SENDING = OrderSendStarted(provenance=told("e"), order=ORDER, account=PAPER, version=2)
_ASKED = OrderCancelRequested(provenance=told("e"), order=ORDER, account=PAPER, version=3, by="owner")
_REFUSED = OrderCancelRefused(provenance=told("e"), order=ORDER, account=PAPER, version=4, reason="filled")


@pytest.mark.parametrize("event", [_SENDING, _ACCEPTED, _UNKNOWN, _ASKED, _REFUSED, _INTENDED], ids=repr)
def test_what_proves_no_end_frees_nothing_unknown_above_all(event: AnyOrderEvent) -> None:
    assert facts_of(event) == (HEARD,)


@pytest.mark.parametrize("event", [_EXPIRED, cancelled(wish()), rejected(wish())], ids=repr)
def test_a_proven_end_frees_the_rest(event: AnyOrderEvent) -> None:
    assert facts_of(event) == (ENDED,)


def test_a_fill_moves_and_the_last_one_also_ends() -> None:
    part, last = filled(wish(), quantity="4", leaves="6"), filled(wish(), quantity="6", n=2)
    after_the_end = late(wish())

    assert facts_of(part) == (Traded(fill=part.fill),)
    assert facts_of(last) == (Traded(fill=last.fill), ENDED)
    assert facts_of(after_the_end) == (Traded(fill=after_the_end.fill),)


def test_every_kind_of_order_event_is_told_above() -> None:
    told_above = {
        OrderSendStarted, OrderAccepted, OrderBecameUnknown, OrderCancelRequested, OrderCancelRefused,
        OrderIntended, OrderExpired, OrderCancelled, OrderRejected, OrderFilled, OrderLateFilled,
    }  # fmt: skip

    assert told_above == set(get_args(AnyOrderEvent))
