"""Who may do what: the whole table, one row a route. A route without a row fails, and so does the reverse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from jts.domain.access.principal import Scope
from jts.gateway.openapi import ROUTERS, scope_of
from tests.gateway.makers import House, house

TABLE: dict[tuple[str, str], str] = {
    ("GET", "/api/v1/health"): "open",
    ("GET", "/api/v1/session"): "read",
    ("DELETE", "/api/v1/session"): "read",
    ("GET", "/api/v1/status"): "read",
    ("GET", "/api/v1/portfolio"): "read",
    ("GET", "/api/v1/portfolio/equity"): "read",
    ("GET", "/api/v1/positions"): "read",
    ("GET", "/api/v1/fills"): "read",
    ("GET", "/api/v1/orders"): "read",
    ("POST", "/api/v1/orders"): "trade",
    ("GET", "/api/v1/orders/{id}"): "read",
    ("GET", "/api/v1/orders/{id}/life"): "read",
    ("POST", "/api/v1/orders/{id}/cancel"): "trade",
    ("POST", "/api/v1/orders/cancel"): "trade",
    ("GET", "/api/v1/instruments"): "read",
    ("GET", "/api/v1/instruments/{id}"): "read",
    ("GET", "/api/v1/instruments/{id}/tick"): "read",
    ("GET", "/api/v1/bars"): "read",
    ("GET", "/api/v1/series"): "read",
    ("POST", "/api/v1/series/import"): "trade",
    ("GET", "/api/v1/feeds"): "read",
    ("GET", "/api/v1/strategies"): "read",
    ("POST", "/api/v1/strategies"): "trade",
    ("POST", "/api/v1/strategies/check"): "read",
    ("GET", "/api/v1/strategies/{run}"): "read",
    ("GET", "/api/v1/strategies/{run}/decisions"): "read",
    ("POST", "/api/v1/strategies/{run}/start"): "trade",
    ("POST", "/api/v1/strategies/{run}/stop"): "trade",
    ("GET", "/api/v1/risk"): "read",
    ("GET", "/api/v1/kill"): "read",
    ("POST", "/api/v1/kill"): "trade",
    ("POST", "/api/v1/kill/reset"): "owner",
    ("GET", "/api/v1/api-keys"): "owner",
    ("POST", "/api/v1/api-keys"): "owner",
    ("DELETE", "/api/v1/api-keys/{id}"): "owner",
    ("GET", "/api/v1/sessions"): "owner",
    ("DELETE", "/api/v1/sessions/{id}"): "owner",
    ("POST", "/api/v1/sign-in-links"): "owner",
    ("GET", "/api/v1/notices"): "read",
    ("GET", "/api/v1/audit/head"): "read",
}
NOT_DESCRIBED = {("GET", "/api/v1/openapi.json"): "read", ("GET", "/metrics"): "read"}
OPEN = {("GET", "/api/v1/health")}
EVERY = TABLE | NOT_DESCRIBED

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/kill"): {"acts": ["freeze"]},
    ("POST", "/api/v1/kill/reset"): {"reason": "checked"},
}


def described(made: House) -> dict[tuple[str, str], str]:
    document = made.app.openapi()
    return {
        (method.upper(), path): operation["x-scope"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


async def test_every_route_has_its_row_and_every_row_its_route(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        assert described(made) == TABLE


def test_every_route_names_the_scope_its_code_asks_for() -> None:
    asked = {
        (method, route.path): scope_of(route)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }

    assert {key for key, scope in asked.items() if scope is None} == OPEN
    assert all(EVERY[key] == scope.value for key, scope in asked.items() if scope is not None)


async def test_without_credentials_every_route_answers_401_except_the_open_ones(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as nobody:
        answers = {key: await _call(nobody, key) for key in EVERY}

        assert {key for key, status in answers.items() if status != 401} == OPEN


@pytest.mark.parametrize(
    "wrong", ["Bearer", "Bearer x", "Basic b3duZXI6", "Bearer jts_0123456789_" + "a" * 43]
)
async def test_a_wrong_credential_opens_nothing(tmp_path: Path, wrong: str) -> None:
    async with house(tmp_path) as made, made.client(Authorization=wrong) as nobody:
        answers = {key: await _call(nobody, key) for key in EVERY}

        assert {key for key, status in answers.items() if status != 401} == OPEN


@pytest.mark.parametrize("scope", list(Scope))
async def test_each_scope_may_do_its_rows_and_no_others(tmp_path: Path, scope: Scope) -> None:
    rank = {"open": 0, "read": 1, "trade": 2, "owner": 3}

    async with house(tmp_path) as made, await made.by_key(scope) as caller:
        answers = {key: await _call(caller, key) for key in EVERY}

    denied = {key for key, status in answers.items() if status == 403}
    assert denied == {key for key, needed in EVERY.items() if rank[needed] > rank[scope.value]}
    assert 401 not in answers.values()
    assert not [key for key, status in answers.items() if status >= 500]


async def test_an_address_that_nobody_serves_is_closed_to_nobody_and_unknown_to_the_owner(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as made, made.client() as nobody, await made.by_key(Scope.OWNER) as owner:
        unknown = "/api/v1/no-such-thing"

        assert (await nobody.get(unknown)).status_code == 401
        assert (await owner.get(unknown)).status_code == 404
        assert (await owner.get("/api")).status_code == 404
        assert (await owner.put("/api/v1/orders")).status_code == 405


async def _call(client: Any, key: tuple[str, str]) -> int:
    method, path = key
    filled = path.replace("{id}", "KRX:005930" if "instruments" in path else "none").replace("{run}", "none")
    headers = {"Idempotency-Key": f"walk {method} {path}".replace(" ", "-")}
    answer = await client.request(
        method, filled, headers=headers, json=BODIES.get(key) if method == "POST" else None
    )
    return int(answer.status_code)
