"""Requests that may be sent twice and must be done once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jts.domain.access.principal import Scope
from tests.gateway.makers import house

KEY = {"Idempotency-Key": "wish-1"}
START = {"run": "cross", "account": "paper", "text": "strategy Cross:\n"}


async def test_the_kill_switch_said_twenty_times_at_once_is_engaged_once(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        asked = {"acts": ["freeze", "cancel"], "reason": "looks wrong"}

        answers = await asyncio.gather(
            *(trader.post("/api/v1/kill", json=asked, headers=KEY) for _ in range(20))
        )

        assert made.risk.engaged_times == 1
        assert {answer.content for answer in answers} == {answers[0].content}
        assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
        assert answers[0].json()["acts"] == ["freeze", "cancel"] and answers[0].json()["engaged"]


async def test_the_first_answer_is_given_again_after_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        first = await trader.post("/api/v1/strategies", json=START, headers=KEY)
        authorization = trader.headers["Authorization"]

    async with house(tmp_path) as made, made.client(Authorization=authorization) as trader:
        again = await trader.post("/api/v1/strategies", json=START, headers=KEY)

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert made.strategies.started == 0


async def test_a_key_used_for_another_body_or_another_route_is_a_conflict(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        await trader.post("/api/v1/strategies", json=START, headers=KEY)

        body = await trader.post("/api/v1/strategies", json={**START, "run": "other"}, headers=KEY)
        route = await trader.post("/api/v1/strategies/cross/stop", json={}, headers=KEY)

        assert body.status_code == route.status_code == 409
        assert "POST /api/v1/strategies" in route.json()["detail"]
        assert made.strategies.started == 1


async def test_a_program_with_errors_is_not_started_and_says_where(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answers = [
            await trader.post("/api/v1/strategies", json={**START, "text": "error"}, headers=KEY)
            for _ in range(2)
        ]

        assert [answer.status_code for answer in answers] == [422, 422]
        assert answers[0].json()["diagnostics"][0]["code"] == "J101"
        assert answers[1].headers["content-type"] == "application/problem+json"
        assert answers[1].json()["diagnostics"] == answers[0].json()["diagnostics"]


async def test_a_run_is_stopped_and_started_again_with_its_stored_text(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        await trader.post("/api/v1/strategies", json=START, headers=KEY)

        stopped = await trader.post("/api/v1/strategies/cross/stop", headers={"Idempotency-Key": "b"})
        again = await trader.post("/api/v1/strategies/cross/start", headers={"Idempotency-Key": "c"})
        unknown = await trader.post("/api/v1/strategies/none/start", headers={"Idempotency-Key": "d"})

        assert stopped.json()["state"] == "stopped"
        assert again.status_code == 200 and again.json()["text"] == START["text"]
        assert unknown.status_code == 404
        assert made.strategies.started == 2


async def test_a_reset_needs_a_reason_and_the_owner(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.OWNER) as owner:
        await owner.post("/api/v1/kill", json={"acts": ["freeze"]}, headers=KEY)

        without = await owner.post("/api/v1/kill/reset", json={}, headers={"Idempotency-Key": "b"})
        done = await owner.post(
            "/api/v1/kill/reset", json={"reason": "checked"}, headers={"Idempotency-Key": "b"}
        )

        assert without.status_code == 422
        assert done.json()["engaged"] is False and done.json()["by"] == "cli"
        assert made.risk.kill.reason == "checked"


async def test_an_answer_is_forgotten_after_seven_days(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        asked = {"acts": ["freeze"]}
        await trader.post("/api/v1/kill", json=asked, headers=KEY)
        made.clock.move(7 * 24 * 3600)
        await trader.post("/api/v1/kill", json=asked, headers=KEY)
        on_the_day = made.risk.engaged_times
        made.clock.move(1)

        await trader.post("/api/v1/kill", json=asked, headers=KEY)

        assert (on_the_day, made.risk.engaged_times) == (1, 2)
