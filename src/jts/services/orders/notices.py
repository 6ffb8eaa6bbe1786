"""What orders tells a person, and in which words."""

from __future__ import annotations

from dataclasses import dataclass

from jts.contracts.json_form import to_json
from jts.contracts.notifications import Notice, Severity
from jts.contracts.topics import NOTICES
from jts.domain.ledger.fill import Fill
from jts.domain.orders.events import AnyOrderEvent, OrderBecameUnknown, OrderFilled, OrderLateFilled
from jts.domain.orders.transitions import OrderLife, overfilled
from jts.domain.risk.verdict import Approved
from jts.domain.values import Provenance
from jts.ports.broker import VenueOrder
from jts.ports.clock import Clock
from jts.ports.names import Names, begin, caused_by
from jts.ports.outbox import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice ready to be stored and said."""

    provenance: Provenance
    body: bytes

    @property
    def outgoing(self) -> Outgoing:
        return Outgoing(topic=NOTICES.name, body=self.body)


class NoticeWriter:
    """Makes notices as messages that leave with the fact they tell of."""

    def __init__(self, *, clock: Clock, names: Names) -> None:
        self._clock = clock
        self._names = names

    def about(self, life: OrderLife, events: tuple[AnyOrderEvent, ...]) -> tuple[Outgoing, ...]:
        """What these events of an order mean for a person; nothing for the ordinary ones."""
        return tuple(notice.outgoing for event in events for notice in self._of_event(life, event))

    def forged(self, approved: Approved) -> Told:
        command = approved.command
        return self._say(
            command.provenance,
            Severity.CRITICAL,
            "approval_forged",
            f"An order for {command.account} came with an approval that risk did not sign. It was not sent. "
            "Find out who can write to the bus of this platform.",
            {"order": command.order, "account": command.account, "actor": command.source.actor},
        )

    def external_order(self, account: str, order: VenueOrder) -> Told:
        return self._say(
            begin(self._names, self._clock.now_ns()),
            Severity.WARNING,
            "order_external",
            f"{account} has an open order {order.venue_order_id} at the venue that is not from here: "
            f"{order.side} {order.quantity} {order.instrument}. Cancel it at the broker, or leave it be.",
            {"account": account, "venue_order_id": order.venue_order_id, "instrument": order.instrument},
        )

    def external_fill(self, fill: Fill, why: str) -> Told:
        return self._say(
            begin(self._names, self._clock.now_ns()),
            Severity.CRITICAL,
            "fill_external",
            f"The venue tells of fill {fill.id} ({fill.side} {fill.quantity} {fill.instrument} at "
            f"{fill.price}) on {fill.account}, but {why}. It is not booked here: compare positions with the "
            "broker.",
            {"fill": fill.id, "order": fill.order, "account": fill.account, "instrument": fill.instrument},
        )

    def risen(self, life: OrderLife, order: VenueOrder) -> Told:
        return self._say(
            self._after(life),
            Severity.CRITICAL,
            "order_risen",
            f"Order {life.order.id} had ended here, and is open at the venue as {order.venue_order_id}. "
            "Its cancel was sent; watch that it ends.",
            {"order": life.order.id, "account": life.order.account, "venue_order_id": order.venue_order_id},
        )

    def missing(self, life: OrderLife) -> Told:
        return self._say(
            self._after(life),
            Severity.WARNING,
            "order_missing",
            f"Order {life.order.id} works at the venue as far as we know, but a complete listing of the "
            "account does not show it. Nothing was changed: look at the broker's own screen.",
            {"order": life.order.id, "account": life.order.account},
        )

    # ---- private ----

    def _of_event(self, life: OrderLife, event: AnyOrderEvent) -> tuple[Told, ...]:
        order = life.order
        values = {"order": order.id, "account": order.account, "instrument": order.terms.instrument}
        match event:
            case OrderBecameUnknown(reason=reason):
                text = (
                    f"It is unknown whether order {order.id} ({order.terms.side} {order.terms.quantity} "
                    f"{order.terms.instrument}) is at the venue: {reason}. It is not sent again; the venue "
                    "is being asked, and new orders of this side and instrument wait."
                )
                return (self._say(event.provenance, Severity.CRITICAL, "order_unknown", text, values),)
            case OrderLateFilled(fill=fill):
                text = (
                    f"Order {order.id} had ended, and still traded {fill.quantity} at {fill.price}. "
                    "It is booked."
                )
                return (self._say(event.provenance, Severity.CRITICAL, "fill_late", text, values),)
            case OrderFilled() if overfilled(order) > 0:
                text = (
                    f"Order {order.id} was for {order.terms.quantity} and traded {order.filled}: "
                    f"{overfilled(order)} too much, by the venue's word. It is booked."
                )
                return (self._say(event.provenance, Severity.CRITICAL, "order_overfilled", text, values),)
            case _:
                return ()

    def _after(self, life: OrderLife) -> Provenance:
        order = life.order
        now_ns = self._clock.now_ns()
        return Provenance(
            id=self._names.message_id(),
            at_ns=now_ns,
            correlation_id=order.correlation_id,
            causation_id=f"{order.id}/{order.version}",
        )

    def _say(
        self, cause: Provenance, severity: Severity, subject: str, text: str, values: dict[str, str]
    ) -> Told:
        notice = Notice(
            provenance=caused_by(cause, self._names, self._clock.now_ns()),
            severity=severity,
            subject=subject,
            text=text,
            values=values,
        )
        return Told(provenance=notice.provenance, body=to_json(notice))
