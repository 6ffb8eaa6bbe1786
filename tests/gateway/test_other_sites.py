"""What other sites, origins and hosts can never do, and how often anybody may ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jts.domain.access.principal import Scope
from jts.domain.values import NANOS_PER_SECOND
from jts.gateway.settings import GatewaySettings, RateLimits
from tests.gateway.makers import HOST, TICKET, csrf_of, house
from tests.gateway.test_rbac import EVERY

KEY = {"Idempotency-Key": "wish-1"}


# ---- other sites ----


async def test_a_change_under_the_cookie_needs_the_sessions_token(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser, await made.signed_in() as other:
        right = await csrf_of(browser)

        without = await browser.post("/api/v1/orders", json=TICKET, headers=KEY)
        wrong = await browser.post("/api/v1/orders", json=TICKET, headers={**KEY, "X-JTS-CSRF": "x"})
        others = await browser.post("/api/v1/orders", json=TICKET, headers={**KEY, **await csrf_of(other)})
        taken = await browser.post("/api/v1/orders", json=TICKET, headers={**KEY, **right})

        assert [a.status_code for a in (without, wrong, others, taken)] == [403, 403, 403, 202]
        assert len(made.risk.commands) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": HOST}, 202),
        ({"Origin": HOST, "Sec-Fetch-Site": "same-origin"}, 202),
        ({"Origin": "http://127.0.0.1:18201"}, 403),
        ({"Origin": "http://localhost:18200"}, 403),
        ({"Origin": "https://127.0.0.1:18200"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": HOST + ".evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_a_change_under_the_cookie_comes_from_our_own_page(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser:
        answer = await browser.post(
            "/api/v1/orders", json=TICKET, headers={**KEY, **await csrf_of(browser), **headers}
        )

        assert answer.status_code == status
        assert len(made.risk.commands) == int(status == 202)


async def test_a_form_of_another_site_cannot_be_taken_for_json(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            answer = await trader.post(
                "/api/v1/orders", content=json.dumps(TICKET), headers={**KEY, "Content-Type": kind}
            )
            assert answer.status_code == 415, kind

        assert made.risk.commands == []


async def test_no_get_changes_anything(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.OWNER) as owner:
        before = (len(await made.access.sessions()), made.risk.engaged_times, made.strategies.started)
        for method, path in EVERY:
            if method == "GET":
                await owner.get(path.replace("{id}", "none").replace("{run}", "none"))

        assert before == (len(await made.access.sessions()), made.risk.engaged_times, made.strategies.started)
        assert made.risk.commands == []


ORIGINS = ["null", "http://evil.example", "https://evil.example", "http://127.0.0.1", "http://localhost:18200",
           "http://127.0.0.1:18200.evil.example", "file://", "chrome-extension://x", "http://[::1]:18200",
           "http://127.0.0.1:1", "https://127.0.0.1:18200", "http://0.0.0.0:18200", "http://evil.example:18200",
           "http://user@127.0.0.1:18200", "ftp://127.0.0.1:18200", "http://127.1:18200", "*", " ",
           "http://2130706433:18200", HOST]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
async def test_no_other_origin_is_ever_allowed_to_read(tmp_path: Path, origin: str) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser:
        preflight = await browser.options(
            "/api/v1/orders", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        read = await browser.get("/api/v1/orders", headers={"Origin": origin})

        assert preflight.status_code == 405
        assert not [name for name in (*preflight.headers, *read.headers) if "access-control" in name]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:18200", 200),
        ("localhost:18200", 200),
        ("[::1]:18200", 200),
        ("trade.home.example", 200),
        ("evil.example:18200", 421),
        ("127.0.0.1.evil.example", 421),
        ("2130706433", 421),
        ("", 421),
    ],
)
async def test_only_our_own_host_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    settings = GatewaySettings(port=18200, hosts=("trade.home.example",))

    async with house(tmp_path, settings=settings) as made, made.client() as client:
        answer = await client.get("/api/v1/health", headers={"Host": host})

        assert answer.status_code == status


# ---- how often ----


async def test_every_route_has_a_rate_without_being_told(tmp_path: Path) -> None:
    rates = RateLimits(reads_per_s=1, reads_burst=3, writes_per_s=1, writes_burst=2, address_factor=1000)
    settings = GatewaySettings(port=18200, rates=rates)

    async with house(tmp_path, settings=settings) as made, made.client() as client:
        for method, path in EVERY:
            key = made.access.new_internal_key(name=f"{method} {path}")
            headers = {"Authorization": f"Bearer {key}"}
            filled = path.replace("{id}", "none").replace("{run}", "none")

            statuses = [(await client.request(method, filled, headers=headers)).status_code for _ in range(4)]
            made.clock.move(1)
            later = (await client.request(method, filled, headers=headers)).status_code

            most = 3 if method == "GET" else 2
            assert statuses[most:] == [429] * (4 - most), (method, path)
            assert 429 not in statuses[:most] and later != 429, (method, path)


async def test_an_address_without_credentials_is_limited_too(tmp_path: Path) -> None:
    rates = RateLimits(reads_per_s=1, reads_burst=2, address_factor=1)

    async with (
        house(tmp_path, settings=GatewaySettings(port=18200, rates=rates)) as made,
        made.client() as nobody,
    ):
        statuses = [(await nobody.get("/api/v1/health")).status_code for _ in range(3)]
        forwarded = await nobody.get("/api/v1/health", headers={"X-Forwarded-For": "203.0.113.9"})

        assert statuses == [200, 200, 429]
        assert forwarded.status_code == 429 and forwarded.headers["retry-after"] == "1"


async def test_a_clock_that_stands_still_gives_no_tokens_back(tmp_path: Path) -> None:
    rates = RateLimits(reads_per_s=10, reads_burst=1)

    async with (
        house(tmp_path, settings=GatewaySettings(port=18200, rates=rates)) as made,
        await made.by_key(Scope.READ) as reader,
    ):
        first = (await reader.get("/api/v1/kill")).status_code
        made.clock.at_ns = type(made.clock.at_ns)(made.clock.at_ns + NANOS_PER_SECOND // 10 - 1)
        early = (await reader.get("/api/v1/kill")).status_code
        made.clock.at_ns = type(made.clock.at_ns)(made.clock.at_ns + 1)
        due = (await reader.get("/api/v1/kill")).status_code

        assert (first, early, due) == (200, 429, 200)
