"""The order's story in the log: one line per fact, with its correlation id. Written here, once, from the
bus."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from jts.contracts.market_data import FeedChanged
from jts.contracts.notifications import Notice, Severity
from jts.contracts.risk import KillChanged, OrderRefused
from jts.contracts.strategy import StrategyDecided
from jts.domain.orders.events import AnyOrderEvent, OrderFilled, OrderIntended, OrderLateFilled

log = structlog.get_logger("jts")


async def on_order_events(batch: Sequence[AnyOrderEvent]) -> None:
    for event in batch:
        fields: dict[str, object] = {
            "order": event.order,
            "account": event.account,
            "correlation": event.provenance.correlation_id,
        }
        if isinstance(event, OrderIntended):
            terms = event.terms
            fields |= {"side": terms.side, "quantity": str(terms.quantity), "instrument": terms.instrument}
            fields |= {"actor": event.source.actor, "because": event.source.because}
        if isinstance(event, OrderFilled | OrderLateFilled):
            fields |= {
                "fill": event.fill.id,
                "price": str(event.fill.price),
                "quantity": str(event.fill.quantity),
            }
        log.info(type(event).__name__, **fields)


async def on_refusals(batch: Sequence[OrderRefused]) -> None:
    for each in batch:
        refused = each.refused
        log.info(
            "OrderRefused",
            order=refused.order,
            account=refused.account,
            control=refused.control,
            limit=refused.limit,
            value=refused.value,
            correlation=each.provenance.correlation_id,
        )


async def on_decisions(batch: Sequence[StrategyDecided]) -> None:
    for each in batch:
        decision = each.decision
        log.info("StrategyDecided", run=each.run, outcome=decision.outcome, because=decision.because)


async def on_feeds(batch: Sequence[FeedChanged]) -> None:
    for each in batch:
        log.info("FeedChanged", feed=each.feed, state=each.status.state)


async def on_kill(batch: Sequence[KillChanged]) -> None:
    for each in batch:
        state = each.state
        log.warning(
            "KillChanged", engaged=state.engaged, acts=list(state.acts), by=state.by, reason=state.reason
        )


async def on_notices(batch: Sequence[Notice]) -> None:
    for notice in batch:
        tell = log.info if notice.severity is Severity.INFO else log.warning
        tell(
            notice.text, subject=notice.subject, correlation=notice.provenance.correlation_id, **notice.values
        )
