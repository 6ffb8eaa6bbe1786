"""The gateway put together: routes, gate, stream and page, around the services it is given."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from jts.domain.values import BadInput, OutsideError
from jts.gateway.gate import Gate
from jts.gateway.idempotency import FirstAnswers
from jts.gateway.measures import GatewayMeasures
from jts.gateway.openapi import describe, include_routes, jts_version
from jts.gateway.page import Page
from jts.gateway.problems import on_error
from jts.gateway.rate_limit import RateLimiter
from jts.gateway.routes.access import welcome
from jts.gateway.routes.platform import metrics
from jts.gateway.routes.stream import stream
from jts.gateway.seams import Services
from jts.gateway.settings import GatewaySettings
from jts.gateway.stream import StreamHub


def build_app(
    services: Services,
    settings: GatewaySettings,
    *,
    hub: StreamHub | None = None,
    measures: GatewayMeasures | None = None,
) -> FastAPI:
    """The ASGI application. Give it the hub that the runtime subscribes to the bus; without one the stream
    gives its snapshot and heartbeats only."""
    app = FastAPI(
        title="JTS",
        version=jts_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    measures = measures or GatewayMeasures()
    limiter = RateLimiter(services.clock)
    running: set[asyncio.Task[Any]] = set()
    app.state.services = services
    app.state.settings = settings
    app.state.limiter = limiter
    app.state.measures = measures
    app.state.first_answers = FirstAnswers(services, settings)
    app.state.imports = asyncio.Semaphore(settings.imports_at_once)
    app.state.running = running
    app.state.hub = hub or StreamHub(services=services, settings=settings, measures=measures)
    include_routes(app)
    app.include_router(welcome)
    app.include_router(metrics)
    app.include_router(stream)
    app.router.default = Page(settings.web_dist)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way to replace it
    for error in (HTTPException, RequestValidationError, BadInput, OutsideError):
        app.add_exception_handler(error, on_error)
    app.add_middleware(Gate, services=services, settings=settings, limiter=limiter, measures=measures)
    return app
