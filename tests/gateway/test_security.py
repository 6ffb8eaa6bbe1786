"""What a test can fail of the security checklist, each named by its promise."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from jts.domain.access.principal import Scope
from jts.domain.values import NANOS_PER_SECOND
from jts.gateway.settings import GatewaySettings, RateLimits
from tests.gateway.makers import HOST, TICKET, House, house
from tests.gateway.test_rbac import EVERY

KEY = {"Idempotency-Key": "wish-1"}
EVERYWHERE = ["/", "/orders", "/assets/none.js", "/welcome", "/welcome?token=x", "/api/v1/health",
              "/api/v1/orders", "/api/v1/none", "/metrics", "/api", "/favicon.ico"]  # fmt: skip


async def _csrf(browser: httpx.AsyncClient) -> dict[str, str]:
    return {"X-JTS-CSRF": (await browser.get("/api/v1/session")).json()["csrf"]}


# ---- signing in and out ----


async def test_the_link_leads_to_the_page_with_a_session_that_scripts_of_the_page_cannot_read(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as made, made.client() as browser:
        link = await made.access.new_sign_in_link()

        answer = await browser.get("/welcome", params={"token": link})

        cookie = answer.headers["set-cookie"]
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert cookie.startswith("jts_session=jtss_")
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert (await browser.get("/api/v1/session")).json()["scope"] == "owner"
        assert "no-store" in answer.headers["cache-control"]


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    settings = GatewaySettings(port=18200, is_https=True)

    async with house(tmp_path, settings=settings) as made, made.client() as browser:
        answer = await browser.get("/welcome", params={"token": await made.access.new_sign_in_link()})

        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-jts_session=")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "max-age=31536000" in answer.headers["strict-transport-security"]


async def test_a_used_link_shows_a_page_that_says_what_to_do(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as browser:
        link = await made.access.new_sign_in_link()
        await browser.get("/welcome", params={"token": link})
        browser.cookies.clear()

        answer = await browser.get("/welcome", params={"token": link})

        assert answer.status_code == 401
        assert "jts link" in answer.text and link not in answer.text
        assert "set-cookie" not in answer.headers


async def test_looking_at_a_link_without_opening_it_does_not_use_it_up(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as browser:
        link = await made.access.new_sign_in_link()

        head = await browser.head("/welcome", params={"token": link})

        assert head.status_code == 405
        assert (await browser.get("/welcome", params={"token": link})).status_code == 303


async def test_signing_in_again_ends_the_earlier_session_of_that_browser(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser:
        earlier = browser.cookies["jts_session"]
        await browser.get("/welcome", params={"token": await made.access.new_sign_in_link()})

        assert await made.access.by_session(earlier) is None
        assert len(await made.access.sessions()) == 1


async def test_signing_out_ends_the_session_and_clears_the_browser(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser:
        secret = browser.cookies["jts_session"]

        answer = await browser.delete("/api/v1/session", headers=await _csrf(browser))

        assert answer.status_code == 204
        assert '"storage"' in answer.headers["clear-site-data"]
        assert (
            'jts_session=""' in answer.headers["set-cookie"] and "Max-Age=0" in answer.headers["set-cookie"]
        )
        assert await made.access.by_session(secret) is None


async def test_the_owner_sees_and_ends_other_sessions(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser, await made.signed_in() as other:
        listed = (await browser.get("/api/v1/sessions")).json()["sessions"]
        other_id = next(one["id"] for one in listed if not one["current"])

        ended = await browser.delete(f"/api/v1/sessions/{other_id}", headers=await _csrf(browser))

        assert [one["current"] for one in listed].count(True) == 1
        assert ended.status_code == 204
        assert (await other.get("/api/v1/session")).status_code == 401
        assert (await browser.get("/api/v1/session")).status_code == 200


async def test_five_wrong_links_in_fifteen_minutes_are_the_most(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as browser:
        tries = [(await browser.get("/welcome?token=wrong")).status_code for _ in range(6)]
        spoofed = await browser.get("/welcome?token=wrong", headers={"X-Forwarded-For": "203.0.113.9"})
        made.clock.move(180)
        later = (await browser.get("/welcome?token=wrong")).status_code

        assert tries == [401] * 5 + [429]
        assert spoofed.status_code == 429 and int(spoofed.headers["retry-after"]) == 180
        assert later == 401


async def test_right_links_do_not_count_as_failures(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as browser:
        for _ in range(10):
            link = await made.access.new_sign_in_link()
            assert (await browser.get("/welcome", params={"token": link})).status_code == 303


# ---- API keys ----


async def test_a_key_is_shown_once_and_never_again(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.OWNER) as owner:
        body = {"name": "notebook", "scope": "read", "expires_at": "2025-11-22T21:00:01+09:00"}
        created = (await owner.post("/api/v1/api-keys", json=body)).json()
        listed = await owner.get("/api/v1/api-keys")

        assert created["key"].startswith(f"jts_{created['prefix']}_")
        assert created["expires_at"] == "2025-11-22T12:00:01.000000000Z"
        assert created["key"].rsplit("_", 1)[1] not in listed.text
        assert listed.json()["api_keys"][0]["id"] == created["id"]


async def test_a_revoked_key_is_refused_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.OWNER) as owner:
        created = (await owner.post("/api/v1/api-keys", json={"name": "bot", "scope": "trade"})).json()
        async with made.client(Authorization=f"Bearer {created['key']}") as bot:
            before = (await bot.get("/api/v1/orders")).status_code
            revoked = await owner.delete(f"/api/v1/api-keys/{created['id']}")
            after = (await bot.get("/api/v1/orders")).status_code

        assert (before, revoked.status_code, after) == (200, 204, 401)
        assert (await owner.delete(f"/api/v1/api-keys/{created['id']}")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "bot", "scope": "owner"},
        {"name": "", "scope": "read"},
        {"name": "bot\r\nforged", "scope": "read"},
        {"name": "bot", "scope": "read", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "bot", "scope": "read", "expires_at": "tomorrow"},
        {"name": "bot", "scope": "read", "role": "owner"},
    ],
)
async def test_a_key_that_should_not_be_is_refused(tmp_path: Path, body: dict[str, str]) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.OWNER) as owner:
        answer = await owner.post("/api/v1/api-keys", json=body)

        assert answer.status_code == 422
        assert await made.access.api_keys() == ()


async def test_keys_never_reach_the_key_of_another_credential(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        session = await made.session()
        async with made.client(Authorization=f"Bearer {session.secret}") as wrong_way:
            assert (await wrong_way.get("/api/v1/session")).status_code == 401
        async with await made.by_key(Scope.READ) as reader, made.client() as browser:
            browser.cookies.set("jts_session", reader.headers["Authorization"].removeprefix("Bearer "))
            assert (await browser.get("/api/v1/session")).status_code == 401


async def test_a_denial_is_in_the_book_of_facts_once_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        denied: list[str] = []

        async def noting(*, by: Any, what: str, correlation_id: str | None = None) -> None:
            denied.append(f"{by.scope} {what}")

        made.access.denied = noting  # type: ignore[method-assign]
        for _ in range(3):
            await reader.post("/api/v1/orders", json=TICKET, headers=KEY)
        made.clock.move(60)
        await reader.post("/api/v1/orders", json=TICKET, headers=KEY)

        assert denied == ["read POST /api/v1/orders"] * 2


# ---- other sites ----


async def test_a_change_under_the_cookie_needs_the_sessions_token(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.signed_in() as browser, await made.signed_in() as other:
        right = await _csrf(browser)

        without = await browser.post("/api/v1/orders", json=TICKET, headers=KEY)
        wrong = await browser.post("/api/v1/orders", json=TICKET, headers={**KEY, "X-JTS-CSRF": "x"})
        others = await browser.post("/api/v1/orders", json=TICKET, headers={**KEY, **await _csrf(other)})
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
            "/api/v1/orders", json=TICKET, headers={**KEY, **await _csrf(browser), **headers}
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


# ---- every answer ----


async def test_every_answer_carries_the_protecting_headers(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as nobody, await made.by_key(Scope.OWNER) as owner:
        answers = [await client.get(path) for client in (nobody, owner) for path in EVERYWHERE]
        answers += [await owner.post("/api/v1/orders", content=b"{"), await owner.put("/api/v1/orders")]
        answers += [await nobody.get("/", headers={"Host": "evil.example"}), await nobody.post("/")]

        for answer in answers:
            policy = answer.headers["content-security-policy"]
            assert "unsafe-inline" not in policy and "unsafe-eval" not in policy and "*" not in policy
            assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert "camera=()" in answer.headers["permissions-policy"]
            assert answer.headers["x-correlation-id"]
            assert answer.headers["cache-control"] == "no-store"
            assert "server" not in answer.headers


async def test_every_problem_has_one_form(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as nobody, await made.by_key(Scope.OWNER) as owner:
        answers = {
            401: await nobody.get("/api/v1/orders"),
            404: await owner.get("/api/v1/none"),
            405: await owner.put("/api/v1/orders"),
            413: await owner.post("/api/v1/orders", content=b"x" * 1_048_577),
            415: await owner.post("/api/v1/orders", content=b"x"),
            421: await nobody.get("/", headers={"Host": "evil.example"}),
            422: await owner.get("/api/v1/orders?limit=0"),
            431: await nobody.get("/", headers={"X-Long": "a" * 17_000}),
        }

        for status, answer in answers.items():
            body = answer.json()
            assert answer.status_code == status == body["status"]
            assert answer.headers["content-type"] == "application/problem+json"
            assert body["type"] and body["title"] and body["detail"]
            assert body["correlation_id"] == answer.headers["x-correlation-id"]


async def test_an_unexpected_error_tells_nothing_but_its_correlation_id(tmp_path: Path) -> None:
    secret = "/home/owner/.jts/store.sqlite SELECT * FROM api_keys"

    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:

        async def broken(query: object) -> tuple[()]:
            raise RuntimeError(secret)

        made.orders.find = broken  # type: ignore[method-assign]
        with structlog.testing.capture_logs() as logs:
            answer = await reader.get("/api/v1/orders", headers={"X-Correlation-Id": "click-9"})

        assert answer.status_code == 500
        assert answer.json()["correlation_id"] == "click-9"
        for word in ("SELECT", "/home", "Traceback", "RuntimeError"):
            assert word not in answer.text
        assert [one["event"] for one in logs if one["log_level"] == "error"] == ["request failed"]


async def test_metrics_count_by_route_and_hold_no_ids(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        id = (await trader.post("/api/v1/orders", json=TICKET, headers=KEY)).json()["order"]
        await trader.get(f"/api/v1/orders/{id}")

        text = (await trader.get("/metrics")).text

        assert 'jts_http_requests_total{method="GET",route="/api/v1/orders/{id}",status="200"} 1.0' in text
        assert 'jts_http_request_seconds_count{method="POST",route="/api/v1/orders"} 1.0' in text
        assert "jts_orders_open 1.0" in text and "jts_other_room 1" in text
        assert id not in text


# ---- what comes in ----


async def test_a_body_is_at_most_one_mebibyte(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        text = {"run": "a", "account": "paper", "text": "x" * 262_144}
        within = await trader.post("/api/v1/strategies", json=text, headers=KEY)
        beyond = await trader.post("/api/v1/strategies", json={**text, "text": "x" * 262_145}, headers=KEY)

        async def trickle() -> Any:
            for _ in range(17):
                yield b" " * 65_536

        headers = {**KEY, "Content-Type": "application/json"}
        endless = await trader.post("/api/v1/strategies", content=trickle(), headers=headers)

        assert [a.status_code for a in (within, beyond, endless)] == [201, 422, 413]


@pytest.mark.parametrize(("depth", "status"), [(32, 422), (33, 400), (900, 400), (100_000, 400)])
async def test_json_is_at_most_32_deep(tmp_path: Path, depth: int, status: int) -> None:
    body = '{"text":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"

    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        answer = await reader.post(
            "/api/v1/strategies/check", content=body, headers={"Content-Type": "application/json"}
        )

        assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"text": "a", "text": "b"}',
        b'{"text": "\xff"}',
        b'{"text": "a"} {"text": "b"}',
        b'{"text": ' + b"9" * 5000 + b"}",
        b'{"text": 1.5}',
        b'{"text": "a", "extra": 1}',
        b"\xef\xbb\xbf{}",
        b'{"text": "\\ud800"}',
    ],
)
async def test_a_body_that_is_not_in_order_is_a_4xx(tmp_path: Path, body: bytes) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        answer = await reader.post(
            "/api/v1/strategies/check", content=body, headers={"Content-Type": "application/json"}
        )

        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_packed_body_is_not_unpacked(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

        answer = await reader.post("/api/v1/strategies/check", content=b"\x1f\x8b", headers=headers)

        assert answer.status_code == 415


@pytest.mark.parametrize(
    "headers",
    [
        [("Host", "127.0.0.1"), ("Host", "evil.example")],
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
        [("X-Correlation-Id", "a"), ("X-Correlation-Id", "b")],
        [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        [("Content-Length", "+5")],
        [("Content-Length", "٣")],
        [(f"X-{n}", "a") for n in range(65)],
    ],
)
async def test_headers_that_could_be_read_in_two_ways_are_refused(
    tmp_path: Path, headers: list[tuple[str, str]]
) -> None:
    async with house(tmp_path) as made:
        status = await _status_of(made, [(name.lower().encode(), v.encode()) for name, v in headers])

        assert 400 <= status < 500


async def _status_of(made: House, headers: list[tuple[bytes, bytes]]) -> int:
    """Ask at the ASGI door, where a client library cannot mend the headers."""
    if not any(name == b"host" for name, _ in headers):
        headers = [(b"host", b"127.0.0.1:18200"), *headers]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/orders", "raw_path": b"/api/v1/orders",
             "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http",
             "server": ("127.0.0.1", 18200), "http_version": "1.1", "root_path": ""}  # fmt: skip
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await made.app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize("given", ["a b", "x" * 65, "\x1b[31mred", "a\tb", '"}{"', "<script>", ""])
async def test_a_correlation_id_that_could_forge_a_log_line_is_replaced(tmp_path: Path, given: str) -> None:
    async with house(tmp_path) as made, made.client() as nobody:
        answer = await nobody.get("/api/v1/health", headers={"X-Correlation-Id": given})

        assert answer.headers["x-correlation-id"].startswith("message-")


async def test_what_a_caller_says_stays_one_record_in_the_log(tmp_path: Path) -> None:
    renderer = structlog.processors.JSONRenderer()

    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        with structlog.testing.capture_logs() as logs:
            await trader.get('/api/v1/orders/%0d%0a{"event":"forged"}%1b[31m')
            await trader.get("/api/v1/no%0asuch%0dthing")

        lines = [str(renderer(logging, "info", dict(one))) for one in logs]
        assert len(lines) == 2
        assert not [line for line in lines if "\n" in line or "\r" in line or "\x1b" in line]
        assert "forged" not in "".join(lines)


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


# ---- the least ----


def test_the_default_is_loopback_and_there_is_no_default_secret() -> None:
    settings = GatewaySettings()

    assert settings.host == "127.0.0.1"
    assert not [name for name in settings.__dataclass_fields__ if "secret" in name or "password" in name]


async def test_descriptions_and_consoles_are_not_open(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as nobody:
        statuses = {
            path: (await nobody.get(path)).status_code
            for path in ("/api/v1/openapi.json", "/metrics", "/api/v1/docs")
        }
        traced = await nobody.request("TRACE", "/api/v1/health")

        assert set(statuses.values()) == {401}
        assert "swagger" not in (await nobody.get("/docs")).text.lower()
        assert traced.status_code == 405


def test_secrets_are_compared_in_constant_time_only() -> None:
    import ast

    words = ("secret", "token", "digest", "csrf", "signature")
    rooms = [Path("src/jts/gateway"), Path("src/jts/services/access")]
    found: list[str] = []
    for file in (one for room in rooms for one in room.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                told = ast.unparse(node).lower()
                if (
                    any(word in told for word in words)
                    and "body_digest" not in told
                    and "digest) != digest" not in told
                ):
                    found.append(f"{file}:{node.lineno} {told}")

    assert found == []
