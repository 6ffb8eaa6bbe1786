"""Small makers of orders in their states, with numbers one can check by hand."""

from __future__ import annotations

from decimal import Decimal

from jts.domain.ledger.fill import Fill
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms
from jts.domain.orders.transitions import (
    Decided,
    OrderLife,
    accepted,
    apply,
    became_unknown,
    cancel_requested,
    cancelled,
    expired,
    filled,
    intended,
    rejected,
    send_started,
)
from jts.domain.values import (
    KRW,
    AccountId,
    ClientOrderId,
    FillId,
    InstrumentId,
    IntentId,
    MessageId,
    Money,
    Nanos,
    Provenance,
    Quantity,
    Side,
    VenueOrderId,
)

NOW = Nanos(1_000)
V1 = VenueOrderId("V1")


def pending(quantity: int = 10) -> OrderLife:
    cause = Provenance(id=MessageId("cmd"), at_ns=NOW, correlation_id="click", causation_id="click")
    event = intended(
        order=ClientOrderId("A1"),
        intent=IntentId("I1"),
        account=AccountId("paper"),
        terms=OrderTerms(
            instrument=InstrumentId("KRX:005930"),
            side=Side.BUY,
            kind=OrderKind.MARKET,
            quantity=Quantity(Decimal(quantity)),
        ),
        source=OrderSource(origin=Origin.PERSON, actor="owner"),
        approval_id="ok",
        cause=cause,
        at_ns=NOW,
    )
    return apply(None, event)


def after(life: OrderLife, decided: Decided) -> OrderLife:
    for event in decided:
        life = apply(life, event)
    return life


def sending(quantity: int = 10) -> OrderLife:
    life = pending(quantity)
    return after(life, send_started(life, at_ns=NOW))


def unknown(quantity: int = 10) -> OrderLife:
    life = sending(quantity)
    return after(life, became_unknown(life, reason="no answer", at_ns=NOW))


def working(quantity: int = 10) -> OrderLife:
    life = sending(quantity)
    return after(life, accepted(life, venue_order_id=V1, at_ns=NOW))


def cancel_pending(quantity: int = 10) -> OrderLife:
    life = working(quantity)
    return after(life, cancel_requested(life, by="owner", at_ns=NOW))


def whole(quantity: int = 10) -> OrderLife:
    life = working(quantity)
    return after(life, filled(life, fill=fill(quantity), at_ns=NOW))


def ended(quantity: int = 10) -> OrderLife:
    life = working(quantity)
    return after(life, cancelled(life, reason="enough", at_ns=NOW))


def timed_out(quantity: int = 10) -> OrderLife:
    life = working(quantity)
    return after(life, expired(life, reason="day over", at_ns=NOW))


def refused(quantity: int = 10) -> OrderLife:
    life = sending(quantity)
    return after(life, rejected(life, reason="no cash", at_ns=NOW))


def fill(quantity: int | str, *, id: str = "T/1", at: int | str = 70_000) -> Fill:
    amount, price = Decimal(quantity), Decimal(at)
    return Fill(
        id=FillId(id),
        order=ClientOrderId("A1"),
        account=AccountId("paper"),
        instrument=InstrumentId("KRX:005930"),
        side=Side.BUY,
        quantity=Quantity(amount),
        price=price,
        notional=Money(amount=amount * price, currency=KRW),
        fee=Money(amount=Decimal(0), currency=KRW),
        tax=Money(amount=Decimal(0), currency=KRW),
        venue_ns=NOW,
        received_ns=NOW,
    )


EVERY_STATE = {
    "pending": pending,
    "sending": sending,
    "unknown": unknown,
    "working": working,
    "cancel_pending": cancel_pending,
    "filled": whole,
    "cancelled": ended,
    "expired": timed_out,
    "rejected": refused,
}
