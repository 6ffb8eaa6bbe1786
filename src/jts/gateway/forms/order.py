"""Orders as the API says them: the ticket that comes in, the order that goes out, and its life."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import model_validator

from jts.contracts.risk import OrderRefused
from jts.domain.orders.events import AnyOrderEvent, OrderEvent, happened_ns
from jts.domain.orders.order import Order
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.states import (
    Cancelled,
    CancelPending,
    Expired,
    Rejected,
    Sending,
    Unknown,
    state_name,
)
from jts.domain.orders.terms import OrderKind, OrderTerms, TimeInForce, Timing
from jts.domain.values import InstrumentId, Money, Price, Quantity, Side
from jts.gateway.exact import PositiveIn, plain
from jts.gateway.forms.form import Form, InstrumentWord, RunWord, Word, told, when
from jts.gateway.instants import iso

ORDER_ID = "jts-5c1f0e9a7b3d4c2e8f6a1b0d"
RULE = "buy when fast crosses above slow"


class SourceForm(Form):
    """Who wished for an order, and why."""

    origin: Origin = told(
        "Whether a person, a strategy, the kill switch or somebody outside wished it.", "person"
    )
    actor: str = told("The principal or the strategy run.", "owner")
    run: str | None = told("The strategy run, for a strategy's order.", "average-cross", default=None)
    plan: str = told("The hash of the strategy's plan, else empty.", "9f2c", default="")
    rule: str = told("The source text of the rule that fired, else empty.", RULE, default="")
    because: str = told("The reason in words.", "fast 71250 crossed above slow 71180", default="")
    values: dict[str, str] = told("The operands of the rule.", {"fast": "71250", "slow": "71180"})

    @staticmethod
    def of(source: OrderSource) -> SourceForm:
        return SourceForm(
            origin=source.origin,
            actor=source.actor,
            run=source.run,
            plan=source.plan,
            rule=source.rule,
            because=source.because,
            values=source.values,
        )


class OrderForm(Form):
    """One order: its terms, what became of it, and who wished for it."""

    id: str = told("Our name for the order, given before anyone else names it.", ORDER_ID)
    intent: str = told("The wish behind it; the same intent is the same order.", "api-4f0c")
    account: str = told("The account it is for.", "paper")
    instrument: str = told("VENUE:CODE.", "KRX:005930")
    side: Side = told("buy or sell.", "buy")
    kind: OrderKind = told("How it is priced.", "limit")
    quantity: str = told("How much was asked for.", "10")
    limit_price: str | None = told("The worst price it may trade at, for limit kinds.", "71200")
    stop_price: str | None = told("The price that sets it off, for stop kinds.", None)
    timing: Timing = told("When it may first trade.", "now")
    time_in_force: TimeInForce = told("How long it stays.", "gtc")
    reduce_only: bool = told("Whether it may only shrink a position.", False)
    state: str = told(
        "pending, sending, unknown, working, cancel_pending, filled, cancelled, rejected or expired.",
        "working",
    )
    state_reason: str = told("Why it is in this state, where there is a reason; else empty.", "")
    state_since: str = when("Since when it is in this state.")
    filled: str = told("How much has traded.", "4")
    leaves: str = told("How much may still trade.", "6")
    average_price: str = told("Quantity-weighted price of its fills; 0 before the first.", "71200")
    venue_order_id: str | None = told("The venue's number for it, once it has one.", "0000117057")
    created_at: str = when("When the wish was stored.")
    updated_at: str = when("When it last changed.")
    correlation_id: str = told("What began it all: the click, the call or the tick.", "c-19a2")
    version: int = told("How many events it has had.", 3)
    source: SourceForm = told(
        "Who wished for it, and why.", {"origin": "person", "actor": "owner", "values": {}}
    )

    @staticmethod
    def of(order: Order) -> OrderForm:
        terms = order.terms
        return OrderForm(
            id=order.id,
            intent=order.intent,
            account=order.account,
            instrument=terms.instrument,
            side=terms.side,
            kind=terms.kind,
            quantity=plain(terms.quantity),
            limit_price=None if terms.limit_price is None else plain(terms.limit_price),
            stop_price=None if terms.stop_price is None else plain(terms.stop_price),
            timing=terms.timing,
            time_in_force=terms.time_in_force,
            reduce_only=terms.reduce_only,
            state=state_name(order.state),
            state_reason=_reason(order),
            state_since=iso(_since(order)),
            filled=plain(order.filled),
            leaves=plain(order.leaves),
            average_price=plain(order.average_price),
            venue_order_id=order.venue_order_id,
            created_at=iso(order.created_ns),
            updated_at=iso(order.updated_ns),
            correlation_id=order.correlation_id,
            version=order.version,
            source=SourceForm.of(order.source),
        )


class OrdersForm(Form):
    """A page of orders, newest first."""

    orders: list[OrderForm] = told("The orders.", [])
    next: str | None = told("Pass this as `before` for the next page; null at the end.", ORDER_ID)


class OrderEventForm(Form):
    """One fact in the life of an order."""

    kind: str = told("What happened, in the past tense.", "OrderAccepted")
    version: int = told("Its place in the life, from 1.", 3)
    at: str = when("When it happened.")
    since_start_ms: float = told("Milliseconds since the first event.", 2.75)
    correlation_id: str = told("What began it all.", "c-19a2")
    causation_id: str = told("The message that directly caused it.", "m-19a3")
    fields: dict[str, str] = told("Everything else it says, as text.", {"venue_order_id": "0000117057"})


class OrderLifeForm(Form):
    """An order and every fact of its life, oldest first."""

    order: OrderForm = told("The order as it stands.", {})
    events: list[OrderEventForm] = told("Its life.", [])


class OrderTicket(Form):
    """A wish for an order. Numbers are exact: give them as text."""

    account: Word = told("The account it is for.", "paper")
    instrument: InstrumentWord = told("VENUE:CODE.", "KRX:005930")
    side: Side = told("buy or sell.", "buy")
    kind: OrderKind = told("market, limit, stop or stop_limit.", "limit")
    quantity: PositiveIn = told("How much, on the instrument's lot grid.", "10")
    limit_price: PositiveIn | None = told("Needed for limit and stop_limit.", "71200", default=None)
    stop_price: PositiveIn | None = told("Needed for stop and stop_limit.", "70000", default=None)
    timing: Timing = told("When it may first trade.", "now", default=Timing.NOW)
    time_in_force: TimeInForce = told("How long it stays.", "gtc", default=TimeInForce.GOOD_UNTIL_CANCELLED)
    reduce_only: bool = told("It may only shrink a position.", False, default=False, strict=True)

    @model_validator(mode="after")
    def _prices_fit_the_kind(self) -> OrderTicket:
        for name, price, kinds in (
            ("limit_price", self.limit_price, (OrderKind.LIMIT, OrderKind.STOP_LIMIT)),
            ("stop_price", self.stop_price, (OrderKind.STOP, OrderKind.STOP_LIMIT)),
        ):
            if price is None and self.kind in kinds:
                raise ValueError(f"a {self.kind} order needs {name}; found none")
            if price is not None and self.kind not in kinds:
                raise ValueError(f"a {self.kind} order has no {name}; found {plain(price)}: leave it out")
        return self

    def terms(self) -> OrderTerms:
        """The terms as asked. Risk holds them against the tick and lot grids; nothing is rounded here."""
        return OrderTerms(
            instrument=InstrumentId(self.instrument),
            side=self.side,
            kind=self.kind,
            quantity=Quantity(self.quantity),
            limit_price=None if self.limit_price is None else Price(self.limit_price),
            stop_price=None if self.stop_price is None else Price(self.stop_price),
            timing=self.timing,
            time_in_force=self.time_in_force,
            reduce_only=self.reduce_only,
        )


class ApprovalForm(Form):
    """Risk's approval of an order."""

    id: str = told("The reservation made with it.", "r-77")
    expires_at: str = when("When it stops being good for sending.")


class OrderAcceptedForm(Form):
    """Risk has approved and reserved; the order is on its way. Follow it by its id."""

    order: str = told("The order's id.", ORDER_ID)
    intent: str = told("The wish, made from who asked and the Idempotency-Key.", "api-4f0c")
    state: str = told("Always `approved`.", "approved")
    approval: ApprovalForm = told("Risk's approval.", {"id": "r-77", "expires_at": "2026-11-22T15:56:03Z"})
    correlation_id: str = told("The same id is in every event that follows.", "c-19a2")


class CancelScope(Form):
    """Which open orders should end. Nothing named means all of them."""

    account: Word | None = told("Only this account.", "paper", default=None)
    instrument: InstrumentWord | None = told("Only this instrument.", "KRX:005930", default=None)
    run: RunWord | None = told("Only this strategy run.", "average-cross", default=None)


class CancelOneForm(Form):
    """A cancel is on its way; the outcome arrives as an event."""

    order: OrderForm = told("The order as it stood.", {})


class CancelManyForm(Form):
    """The orders for which a cancel was sent."""

    orders: list[OrderForm] = told("As they stood.", [])


class RefusalForm(Form):
    """Risk said no to a wish."""

    order: str = told("The id the order would have had.", ORDER_ID)
    intent: str = told("The wish.", "api-4f0c")
    account: str = told("The account.", "paper")
    control: str = told("The control that refused.", "max_order_value")
    limit: str = told("Its limit, with unit.", "10,000,000 KRW")
    value: str = told("What broke it, with unit.", "12,400,000 KRW")
    message: str = told("What was expected, what was found, the next step.", "expected at most ...")
    at: str = when("When it was refused.")
    source: SourceForm = told("Who wished for it.", {"origin": "person", "actor": "owner", "values": {}})
    instrument: str = told("VENUE:CODE.", "KRX:005930")
    side: Side = told("buy or sell.", "buy")
    quantity: str = told("How much was asked for.", "10")

    @staticmethod
    def of(said: OrderRefused) -> RefusalForm:
        refused, terms = said.refused, said.command.terms
        return RefusalForm(
            order=refused.order,
            intent=refused.intent,
            account=refused.account,
            control=refused.control,
            limit=refused.limit,
            value=refused.value,
            message=refused.message,
            at=iso(refused.at_ns),
            source=SourceForm.of(said.command.source),
            instrument=terms.instrument,
            side=terms.side,
            quantity=plain(terms.quantity),
        )


def life_of(order: Order, events: Sequence[AnyOrderEvent]) -> OrderLifeForm:
    """The whole life line of one order."""
    start_ns = happened_ns(events[0]) if events else order.created_ns
    return OrderLifeForm(
        order=OrderForm.of(order),
        events=[
            OrderEventForm(
                kind=type(event).__name__,
                version=event.version,
                at=iso(happened_ns(event)),
                since_start_ms=round((happened_ns(event) - start_ns) / 1e6, 3),
                correlation_id=event.provenance.correlation_id,
                causation_id=event.provenance.causation_id,
                fields=_fields(event),
            )
            for event in events
        ],
    )


_COMMON = {field.name for field in dataclasses.fields(OrderEvent)}


def _fields(event: AnyOrderEvent) -> dict[str, str]:
    told_: dict[str, str] = {}
    for field in dataclasses.fields(event):
        if field.name not in _COMMON:
            told_.update(_flat(field.name, getattr(event, field.name)))
    return told_


def _flat(name: str, value: Any) -> dict[str, str]:
    """Values inside values become `fill.price`; nothing (None) is left out."""
    if value is None:
        return {}
    if isinstance(value, Money):
        return {name: f"{plain(value.amount)} {value.currency}"}
    if isinstance(value, Decimal):
        return {name: plain(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            key: text
            for field in dataclasses.fields(value)
            for key, text in _flat(f"{name}.{field.name}", getattr(value, field.name)).items()
        }
    if isinstance(value, Mapping):
        return {f"{name}.{key}": str(one) for key, one in value.items()}
    if isinstance(value, bool):
        return {name: "true" if value else "false"}
    if isinstance(value, int) and name.endswith("_ns"):
        return {name.removesuffix("_ns") + "_at": iso(value)}
    return {name: str(value.value if isinstance(value, Enum) else value)}


def _since(order: Order) -> int:
    state = order.state
    return state.since_ns if isinstance(state, Sending | Unknown | CancelPending) else order.updated_ns


def _reason(order: Order) -> str:
    state = order.state
    return state.reason if isinstance(state, Unknown | Cancelled | Rejected | Expired) else ""
