"""What comes in from outside: bodies, headers and names that are not in order are refused by a 4xx."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import structlog

from jts.domain.access.principal import Scope
from tests.gateway.makers import House, house

KEY = {"Idempotency-Key": "wish-1"}


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
