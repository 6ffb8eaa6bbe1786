"""The API's description of itself. `python -m jts.gateway.openapi` prints it without starting anything."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from jts.domain.access.principal import Scope
from jts.gateway.auth.caller import Needs
from jts.gateway.forms import market as market_forms
from jts.gateway.forms import order as order_forms
from jts.gateway.forms import portfolio as portfolio_forms
from jts.gateway.problems import MEDIA_TYPE
from jts.gateway.routes.access import access
from jts.gateway.routes.market import market
from jts.gateway.routes.orders import orders
from jts.gateway.routes.platform import platform
from jts.gateway.routes.portfolio import portfolio
from jts.gateway.routes.risk import risk
from jts.gateway.routes.strategies import strategies

DESCRIPTION = """\
The platform's REST interface. Exact numbers (prices, quantities, money) are text; instants are ISO-8601 UTC
to the nanosecond; errors are application/problem+json. Sign in with the session cookie, or send
`Authorization: Bearer` with an API key. Changes made under the cookie carry `X-JTS-CSRF`. POSTs that can
move money carry an `Idempotency-Key`. Live changes come over the WebSocket `/api/v1/stream`.
"""

ROUTERS = (platform, access, orders, portfolio, market, strategies, risk)

STREAM_FORMS = (
    market_forms.PriceForm, market_forms.ClosedBarForm, order_forms.RefusalForm,
    portfolio_forms.AccountPositionsForm,
)  # fmt: skip
"""Shapes that only the stream says; described so that the generated client has their types."""


def include_routes(app: FastAPI) -> None:
    """Every router of the described API. Each route names the scope it needs, or is open on purpose."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is an API route"
            assert scope_of(route) is not None or route.path == "/api/v1/health", (
                f"{sorted(route.methods or ())} {route.path} does not say which scope it needs"
            )
        app.include_router(router)


def scope_of(route: APIRoute) -> Scope | None:
    """The scope a route's caller must have; None if it asks for no caller."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Needs):
            return dependency.call.scope
    return None


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with how to sign in and the scope of each operation (`x-scope`)."""
    if app.openapi_schema:
        return app.openapi_schema
    made = get_openapi(
        title="JTS",
        version=jts_version(),
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": str(router.tags[0])} for router in ROUTERS],
    )
    schemes = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "jts_session",
            "description": "Over https its name is `__Host-jts_session`.",
        },
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, `jts_<prefix>_<secret>`."},
    }
    components = made.setdefault("components", {})
    components["securitySchemes"] = schemes
    for form in STREAM_FORMS:
        schema = form.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        for name, part in schema.pop("$defs", {}).items():
            components["schemas"].setdefault(name, part)
        components["schemas"].setdefault(form.__name__, schema)
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                _say_scope(made, route)
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    app.openapi_schema = made
    return made


_NOT_IN_ORDER = {
    "description": "A field is not in order.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemForm"}}},
}


def _say_scope(made: dict[str, Any], route: APIRoute) -> None:
    scope = scope_of(route)
    for method in route.methods or ():
        operation = made["paths"][route.path_format][method.lower()]
        operation["security"] = [] if scope is None else [{"session": []}, {"key": []}]
        if "HTTPValidationError" in str(operation["responses"].get("422")):
            operation["responses"]["422"] = _NOT_IN_ORDER
        operation["x-scope"] = "open" if scope is None else scope.value
        if scope is None:
            for status in ("401", "403"):
                operation["responses"].pop(status, None)


def jts_version() -> str:
    try:
        return version("jts")
    except PackageNotFoundError:
        return "0+source"


def main() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    include_routes(app)
    json.dump(describe(app), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
