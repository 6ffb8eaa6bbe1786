"""What a newcomer sees within a minute of the first start, without a click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platform.platform_process import PlatformProcess, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    with PlatformProcess(tmp_path_factory.mktemp("first") / "home") as running:
        yield running


def test_prices_move_and_a_strategy_s_order_is_filled(platform: PlatformProcess) -> None:
    before = platform.jts("status")

    filled = wait_for("a strategy's filled order", lambda: _filled_by_strategy(platform))

    assert filled["source"]["origin"] == "strategy"
    assert filled["source"]["rule"], "the rule that fired is told"
    assert filled["source"]["because"], "the reason in words is told"
    after = platform.jts("status")
    assert _feeds(after) > _feeds(before), "prices move"
    assert any(feed["is_recorded"] for feed in after["feeds"]), "a recording says that it is one"


def test_position_cash_and_equity_change_with_the_fill(platform: PlatformProcess) -> None:
    filled = wait_for("a strategy's filled order", lambda: _filled_by_strategy(platform))

    positions = wait_for("its position", lambda: platform.jts("positions")["positions"])

    assert filled["instrument"] in {each["instrument"] for each in positions}
    changed = [
        row for row in platform.jts("status")["accounts"][0]["currencies"] if row["fees"] not in ("0", "0.00")
    ]
    assert changed, "fees were paid, so cash moved"


def test_the_life_of_an_order_keeps_one_correlation_id_from_tick_to_fill(platform: PlatformProcess) -> None:
    filled = wait_for("a strategy's filled order", lambda: _filled_by_strategy(platform))

    life = platform.jts("orders", "show", filled["id"])

    kinds = [event["kind"] for event in life["events"]]
    assert kinds[:3] == ["OrderIntended", "OrderSendStarted", "OrderAccepted"]
    assert "OrderFilled" in kinds
    assert {event["correlation_id"] for event in life["events"]} == {filled["correlation_id"]}


def test_a_manual_order_from_the_command_line_takes_the_same_road(platform: PlatformProcess) -> None:
    placed = platform.jts(
        "orders", "place", "--account", "paper", "--instrument", "BINANCE:BTCUSDT", "--side", "buy",
        "--quantity", "0.01",
    )  # fmt: skip

    order = wait_for("its fill", lambda: _if_filled(platform, placed["order"]))

    assert order["source"]["origin"] == "person"
    kinds = [event["kind"] for event in platform.jts("orders", "show", order["id"])["events"]]
    assert kinds == ["OrderIntended", "OrderSendStarted", "OrderAccepted", "OrderFilled"]


def test_a_refusal_names_the_control_the_limit_and_the_value(platform: PlatformProcess) -> None:
    refused = platform.try_jts(
        "orders", "place", "--account", "paper", "--instrument", "BINANCE:BTCUSDT", "--side", "buy",
        "--quantity", "1000",
    )  # fmt: skip

    assert refused.returncode == 1
    for word in ("max_order_value", "limit 100,000 USDT", "USDT"):
        assert word in refused.stderr, refused.stderr


def test_nothing_but_health_and_the_page_is_open_without_signing_in(platform: PlatformProcess) -> None:
    with platform.http() as http:
        assert http.get("/api/v1/health").status_code == 200
        for path in ("orders", "positions", "portfolio", "strategies", "status", "bars", "feeds"):
            assert http.get(f"/api/v1/{path}").status_code == 401, path
        assert http.get("/metrics").status_code == 401


def test_a_read_key_reads_and_does_not_trade(platform: PlatformProcess) -> None:
    key = platform.jts("api-key", "create", "--name", "reader", "--scope", "read")["key"]
    body = {
        "account": "paper",
        "instrument": "BINANCE:BTCUSDT",
        "side": "buy",
        "kind": "market",
        "quantity": "0.01",
    }

    with platform.http(key) as http:
        assert http.get("/api/v1/orders").status_code == 200
        assert http.post("/api/v1/orders", json=body, headers={"Idempotency-Key": "r1"}).status_code == 403
        assert http.get("/metrics").status_code == 200


def test_the_same_idempotency_key_is_the_same_order(platform: PlatformProcess) -> None:
    key = platform.jts("api-key", "create", "--name", "trader", "--scope", "trade")["key"]
    body = {
        "account": "paper",
        "instrument": "BINANCE:BTCUSDT",
        "side": "buy",
        "kind": "market",
        "quantity": "0.02",
    }

    with platform.http(key) as http:
        answers = [
            http.post("/api/v1/orders", json=body, headers={"Idempotency-Key": "once"}) for _ in range(3)
        ]
        other = http.post(
            "/api/v1/orders", json={**body, "quantity": "0.03"}, headers={"Idempotency-Key": "once"}
        )
        listed = [each for each in http.get("/api/v1/orders").json()["orders"] if each["quantity"] == "0.02"]

    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["order"] for each in answers}) == 1
    assert len(listed) == 1
    assert other.status_code in (409, 422)


def test_the_sign_in_link_works_once(platform: PlatformProcess) -> None:
    with platform.http() as http:
        first = http.get(platform.link, follow_redirects=False)
        assert first.status_code == 303
        assert http.get("/api/v1/session").status_code == 200, "the cookie signs in"
    with platform.http() as stranger:
        assert stranger.get(platform.link, follow_redirects=False).status_code == 401


def _filled_by_strategy(platform: PlatformProcess) -> Any:
    orders = platform.jts("orders")["orders"]
    return next(
        (each for each in orders if each["source"]["origin"] == "strategy" and each["state"] == "filled"),
        None,
    )


def _if_filled(platform: PlatformProcess, order: str) -> Any:
    found = next((each for each in platform.jts("orders")["orders"] if each["id"] == order), None)
    return found if found and found["state"] == "filled" else None


def _feeds(status: dict[str, Any]) -> int:
    return int(sum(feed["messages"] for feed in status["feeds"]))


def test_the_home_belongs_to_its_owner_alone(platform: PlatformProcess) -> None:
    secret = platform.home / "run" / "platform.json"

    assert platform.home.stat().st_mode & 0o777 == 0o700
    assert secret.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_in_the_log(platform: PlatformProcess) -> None:
    key = platform.jts("api-key", "create", "--name", "canary", "--scope", "read")["key"]
    with platform.http(key) as http:
        http.get("/api/v1/orders", params={"token": key})
    owner = (platform.home / "run" / "platform.json").read_text()

    written = "".join(path.read_text() for path in Path(platform.home / "logs").glob("*"))

    for secret in (key.rsplit("_", 1)[-1], platform.link.rsplit("_", 1)[-1], owner.rsplit("_", 1)[-1][:20]):
        assert secret not in written
