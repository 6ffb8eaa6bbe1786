"""What a test can fail of the security checklist, each named by its promise: every answer, and the least."""

from __future__ import annotations

from pathlib import Path

import structlog

from jts.domain.access.principal import Scope
from jts.gateway.settings import GatewaySettings
from tests.gateway.makers import TICKET, house

KEY = {"Idempotency-Key": "wish-1"}
EVERYWHERE = ["/", "/orders", "/assets/none.js", "/welcome", "/welcome?token=x", "/api/v1/health",
              "/api/v1/orders", "/api/v1/none", "/metrics", "/api", "/favicon.ico"]  # fmt: skip


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
