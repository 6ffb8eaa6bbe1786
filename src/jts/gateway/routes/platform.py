"""The platform itself: health, status, notices, the head of the audit chain, metrics, its own description."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from jts.contracts.orders import OrderQuery
from jts.domain.access.principal import Scope
from jts.domain.orders.states import Unknown
from jts.domain.values import NANOS_PER_SECOND
from jts.gateway.auth.caller import Asked, Reader, Set
from jts.gateway.forms.market import FeedForm
from jts.gateway.forms.platform import (
    AuditHeadForm,
    ComponentForm,
    HealthForm,
    NoticeForm,
    NoticesForm,
    StatusForm,
)
from jts.gateway.forms.portfolio import AccountForm
from jts.gateway.forms.risk import KillForm
from jts.gateway.forms.strategy import StrategyForm
from jts.gateway.instants import iso
from jts.gateway.measures import CONTENT_TYPE, GatewayMeasures
from jts.gateway.routes.router import router
from jts.gateway.seams import Services

ORDERS_COUNTED_MAX = 10_000

platform = router("platform")
metrics = APIRouter()


@platform.get(
    "/health", operation_id="getHealth", response_model=HealthForm, summary="Whether the platform is well"
)
async def get_health(services: Asked) -> HealthForm:
    health = services.health()
    return HealthForm(
        status=health.status,
        version=health.version,
        profile=health.profile,
        started_at=iso(health.started_ns),
        components={
            name: ComponentForm(state=one.state, detail=one.detail) for name, one in health.components.items()
        },
    )


@platform.get(
    "/status", operation_id="getStatus", response_model=StatusForm, summary="What the platform is doing"
)
async def get_status(services: Asked, settings: Set, caller: Reader) -> StatusForm:
    health, now = services.health(), services.clock.now_ns()
    open_count, unknown_count = await _order_counts(services)
    return StatusForm(
        version=health.version,
        profile=health.profile,
        started_at=iso(health.started_ns),
        at=iso(now),
        uptime_s=round((now - health.started_ns) / NANOS_PER_SECOND, 3),
        accounts=[AccountForm.of(view) for view in await services.portfolio.accounts()],
        feeds=[FeedForm.of(feed, now) for feed in await services.market_data.feeds()],
        strategies=[StrategyForm.of(view) for view in await services.strategies.runs()],
        orders_open=open_count,
        orders_unknown=unknown_count,
        kill=KillForm.of(await services.risk.kill_state()),
        home=settings.home if caller.principal.may(Scope.OWNER) else "",
    )


@platform.get(
    "/notices", operation_id="listNotices", response_model=NoticesForm, summary="Notices, newest first"
)
async def list_notices(
    services: Asked,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="At most so many.")] = 50,
) -> NoticesForm:
    recent = await services.notifications.recent(limit=limit)
    return NoticesForm(notices=[NoticeForm.of(notice) for notice in recent])


@platform.get(
    "/audit/head",
    operation_id="getAuditHead",
    response_model=AuditHeadForm,
    summary="The newest entry of the audit chain",
)
async def get_audit_head(services: Asked, caller: Reader) -> AuditHeadForm:
    head = await services.audit_head()
    return AuditHeadForm(sequence=head.sequence, hash=head.hash, at=iso(head.at_ns))


@platform.get("/openapi.json", include_in_schema=False)
async def get_description(request: Request, caller: Reader) -> JSONResponse:
    description: dict[str, Any] = request.app.openapi()
    return JSONResponse(description)


@metrics.get("/metrics", include_in_schema=False)
async def get_metrics(request: Request, services: Asked, caller: Reader) -> Response:
    """Prometheus text: the gateway's own measures, then those of other rooms."""
    measures: GatewayMeasures = request.app.state.measures
    open_count, unknown_count = await _order_counts(services)
    measures.orders_open.set(open_count)
    measures.orders_unknown.set(unknown_count)
    measures.kill_engaged.set(int((await services.risk.kill_state()).engaged))
    others = services.metrics() if services.metrics is not None else b""
    return Response(measures.text() + others, headers={"Content-Type": CONTENT_TYPE})


async def _order_counts(services: Services) -> tuple[int, int]:
    """Open orders, and how many of them are unknown."""
    found = await services.orders.find(OrderQuery(open_only=True, limit=ORDERS_COUNTED_MAX))
    return len(found), sum(isinstance(order.state, Unknown) for order in found)
