"""Signing in and out, sessions and API keys: what a test can fail of the security checklist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jts.domain.access.principal import Scope
from jts.gateway.settings import GatewaySettings
from tests.gateway.makers import TICKET, csrf_of, house

KEY = {"Idempotency-Key": "wish-1"}


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

        answer = await browser.delete("/api/v1/session", headers=await csrf_of(browser))

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

        ended = await browser.delete(f"/api/v1/sessions/{other_id}", headers=await csrf_of(browser))

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
