"""Stand-ins for orders and risk behind the gateway: they keep state and answer by contract."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from jts.contracts.orders import CancelAll, CancelOrder, CancelRequested, NothingToCancel, OrderQuery
from jts.contracts.risk import EngageKill, Gauge, ResetKill
from jts.domain.orders.events import AnyOrderEvent, OrderAccepted, OrderIntended, OrderSendStarted
from jts.domain.orders.order import Order
from jts.domain.orders.states import CancelPending, Pending, Working
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.verdict import Approval, Approved, Refused, SubmitOrder, order_digest
from jts.domain.values import (
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    Nanos,
    Provenance,
    Quantity,
    VenueOrderId,
)
from tests.gateway.stand_ins import PAPER
from tests.services.access.makers import HandClock

ORDER_VALUE_MAX = Decimal(10_000_000)


@dataclass
class StandInOrders:
    """Orders in memory. An approved one works at once."""

    clock: HandClock
    kept: dict[str, Order] = field(default_factory=dict)
    lives: dict[str, list[AnyOrderEvent]] = field(default_factory=dict)

    def take(self, approved: Approved) -> Order:
        command, now = approved.command, self.clock.now_ns()
        number = VenueOrderId(f"V{len(self.kept) + 1}")
        order = Order(
            id=command.order,
            intent=command.intent,
            account=command.account,
            terms=command.terms,
            source=command.source,
            state=Working(leaves=command.terms.quantity, venue_order_id=number),
            filled=Quantity(Decimal(0)),
            average_price=Decimal(0),
            created_ns=now,
            updated_ns=now,
            correlation_id=command.provenance.correlation_id,
            version=3,
            venue_order_id=number,
        )
        said: dict[str, Any] = {"order": order.id, "account": order.account}

        def cause(ms: int) -> Provenance:
            return replace(command.provenance, at_ns=Nanos(now + ms * 1_000_000))

        self.kept[order.id] = order
        self.lives[order.id] = [
            OrderIntended(
                **said,
                provenance=cause(0),
                version=1,
                intent=order.intent,
                terms=order.terms,
                source=order.source,
                approval_id=approved.approval.id,
            ),
            OrderSendStarted(**said, provenance=cause(1), version=2),
            OrderAccepted(**said, provenance=cause(3), version=3, venue_order_id=number),
        ]
        return order

    async def cancel(self, command: CancelOrder) -> CancelRequested | NothingToCancel:
        order = self.kept.get(command.order)
        if order is None or not isinstance(order.state, Working | Pending):
            return NothingToCancel(order=order, reason="it has ended, or nobody knows it")
        return CancelRequested(order=self._cancelling(order))

    async def cancel_all(self, command: CancelAll) -> tuple[Order, ...]:
        query = OrderQuery(
            account=command.account, instrument=command.instrument, run=command.run, open_only=True
        )
        return tuple(self._cancelling(order) for order in await self.find(query))

    def _cancelling(self, order: Order) -> Order:
        assert order.venue_order_id is not None
        state = CancelPending(
            leaves=order.leaves, venue_order_id=order.venue_order_id, since_ns=self.clock.now_ns()
        )
        self.kept[order.id] = replace(order, state=state, version=order.version + 1)
        return self.kept[order.id]

    async def get(self, order: ClientOrderId) -> Order | None:
        return self.kept.get(order)

    async def find(self, query: OrderQuery) -> tuple[Order, ...]:
        newest = list(reversed(self.kept.values()))
        if query.before is not None:
            at = [order.id for order in newest].index(query.before)
            newest = newest[at + 1 :]
        return tuple(
            order
            for order in newest
            if (not query.open_only or order.is_open)
            and query.account in (None, order.account)
            and query.instrument in (None, order.terms.instrument)
            and query.run in (None, order.source.run)
        )[: query.limit]

    async def life(self, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
        return tuple(self.lives.get(order, ()))


@dataclass
class StandInRisk:
    """Approves up to 10 million won, remembers intents, can be slow, and has the latch."""

    orders: StandInOrders
    clock: HandClock
    answers: dict[tuple[str, str], tuple[str, Approved | Refused]] = field(default_factory=dict)
    commands: list[SubmitOrder] = field(default_factory=list)
    kill: KillState = field(default_factory=lambda: KillState(engaged=False))
    engaged_times: int = 0
    slow_s: float = 0.0

    async def check(self, command: SubmitOrder) -> Approved | Refused:
        self.commands.append(command)
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        digest = order_digest(command)
        known = self.answers.get((command.account, command.intent))
        if known is not None:
            if known[0] != digest:
                return self._refused(command, "idempotency", "one order", "another order", "other terms")
            return known[1]
        answer = self._decide(command, digest)
        self.answers[command.account, command.intent] = (digest, answer)
        if isinstance(answer, Approved):
            self.orders.take(answer)
        return answer

    def _decide(self, command: SubmitOrder, digest: str) -> Approved | Refused:
        value = command.terms.worst_price(Decimal(71_200)) * command.terms.quantity
        if self.kill.engaged:
            return self._refused(command, "kill_switch", "not engaged", "engaged", "the kill switch holds")
        if value > ORDER_VALUE_MAX:
            return self._refused(
                command, "max_order_value", f"{ORDER_VALUE_MAX:,f} KRW", f"{value:,f} KRW", "order smaller"
            )
        approval = Approval(
            id=f"r-{len(self.answers)}",
            order=command.order,
            account=command.account,
            order_digest=digest,
            expires_ns=Nanos(self.clock.now_ns() + 2 * NANOS_PER_SECOND),
            signature="",
        )
        return Approved(command=command, approval=approval)

    def _refused(self, command: SubmitOrder, control: str, limit: str, value: str, message: str) -> Refused:
        return Refused(
            order=command.order,
            intent=command.intent,
            account=command.account,
            control=control,
            limit=limit,
            value=value,
            message=message,
            at_ns=self.clock.now_ns(),
        )

    async def engage(self, command: EngageKill) -> KillState:
        self.engaged_times += 1
        self.kill = KillState(
            engaged=True,
            acts=command.acts,
            account=command.account,
            by=command.by,
            reason=command.reason,
            at_ns=command.provenance.at_ns,
        )
        return self.kill

    async def reset(self, command: ResetKill) -> KillState:
        self.kill = KillState(
            engaged=False, by=command.by, reason=command.reason, at_ns=command.provenance.at_ns
        )
        return self.kill

    async def kill_state(self) -> KillState:
        return self.kill

    async def gauges(self, account: AccountId | None = None) -> tuple[Gauge, ...]:
        return (
            Gauge(
                control="max_open_orders",
                account=PAPER,
                subject="",
                limit="100",
                used=str(len(self.orders.kept)),
                reserved="0",
                share=Decimal(len(self.orders.kept)) / 100,
            ),
        )
