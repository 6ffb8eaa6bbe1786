"""A manual order's way through the API."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jts.domain.access.principal import Scope
from jts.domain.values import Nanos
from jts.gateway.exact import exact, plain
from jts.gateway.forms.order import OrderForm, OrderLifeForm
from jts.gateway.idempotency import intent_of, order_id_of
from jts.gateway.settings import GatewaySettings
from tests.gateway.makers import TICKET, house
from tests.services.access.makers import NOON_NS

KEY = {"Idempotency-Key": "wish-1"}


async def test_an_order_is_checked_by_risk_and_accepted_with_its_approval(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answer = await trader.post(
            "/api/v1/orders", json=TICKET, headers={**KEY, "X-Correlation-Id": "click-7"}
        )

        body = answer.json()
        assert answer.status_code == 202
        assert body["state"] == "approved" and body["approval"]["id"] == "r-0"
        assert body["approval"]["expires_at"] == "2025-11-22T12:00:02.000000000Z"
        assert body["correlation_id"] == "click-7" == answer.headers["X-Correlation-Id"]
        command = made.risk.commands[0]
        assert command.order == body["order"] and command.provenance.correlation_id == "click-7"
        assert command.source.actor.startswith("key:")
        assert command.deadline_ns == Nanos(NOON_NS + 100_000_000)
        assert command.terms.limit_price == Decimal(71_200)


async def test_the_order_can_be_followed_by_its_id(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        id = (await trader.post("/api/v1/orders", json=TICKET, headers=KEY)).json()["order"]

        order = OrderForm.model_validate_json((await trader.get(f"/api/v1/orders/{id}")).content)
        life = OrderLifeForm.model_validate_json((await trader.get(f"/api/v1/orders/{id}/life")).content)
        listed = (await trader.get("/api/v1/orders", params={"open": "true"})).json()

        assert (order.state, order.quantity, order.limit_price, order.leaves) == (
            "working",
            "10",
            "71200",
            "10",
        )
        assert [event.kind for event in life.events] == ["OrderIntended", "OrderSendStarted", "OrderAccepted"]
        assert [event.since_start_ms for event in life.events] == [0, 1, 3]
        assert life.events[0].fields["terms.limit_price"] == "71200"
        assert life.events[0].fields["approval_id"] == "r-0"
        assert life.events[2].fields == {"venue_order_id": "V1"}
        assert listed["orders"] == [order.model_dump(mode="json")] and listed["next"] is None


async def test_a_refusal_names_the_control_the_limit_and_the_value(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answer = await trader.post("/api/v1/orders", json={**TICKET, "quantity": "1000"}, headers=KEY)

        body = answer.json()
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert (body["type"], body["control"]) == ("refused", "max_order_value")
        assert (body["limit"], body["value"]) == ("10,000,000 KRW", "71,200,000 KRW")
        assert body["correlation_id"] == answer.headers["X-Correlation-Id"]
        assert made.orders.kept == {}


async def test_the_same_key_is_the_same_order(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answers = await asyncio.gather(
            *(trader.post("/api/v1/orders", json=TICKET, headers=KEY) for _ in range(20))
        )

        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["order"] for answer in answers}) == 1
        assert len(made.orders.kept) == 1


async def test_the_same_terms_written_otherwise_are_the_same_order(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        first = await trader.post("/api/v1/orders", json=TICKET, headers=KEY)
        again = await trader.post(
            "/api/v1/orders", json={**TICKET, "quantity": 10, "limit_price": "71200.00"}, headers=KEY
        )

        assert first.status_code == again.status_code == 202
        assert first.json()["order"] == again.json()["order"]


@pytest.mark.parametrize(
    "other", [{"quantity": "11"}, {"account": "paper-2"}, {"side": "sell"}, {"instrument": "KRX:000660"}]
)
async def test_the_same_key_with_another_ticket_is_a_conflict(tmp_path: Path, other: dict[str, str]) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        await trader.post("/api/v1/orders", json=TICKET, headers=KEY)

        answer = await trader.post("/api/v1/orders", json={**TICKET, **other}, headers=KEY)

        assert answer.status_code == 409 and answer.json()["type"] == "conflict"
        assert len(made.orders.kept) == 1


async def test_after_a_restart_the_same_key_with_another_account_is_still_a_conflict(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        await trader.post("/api/v1/orders", json=TICKET, headers=KEY)
        made.app.state.first_answers._orders.clear()

        answer = await trader.post("/api/v1/orders", json={**TICKET, "account": "paper-2"}, headers=KEY)

        assert answer.status_code == 409
        assert len(made.risk.commands) == 1


async def test_two_principals_with_the_same_key_make_two_orders(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as made,
        await made.by_key(Scope.TRADE) as one,
        await made.by_key(Scope.TRADE) as two,
    ):
        first = await one.post("/api/v1/orders", json=TICKET, headers=KEY)
        second = await two.post("/api/v1/orders", json=TICKET, headers=KEY)

        assert first.json()["order"] != second.json()["order"]
        assert len(made.orders.kept) == 2


def test_the_order_id_is_a_pure_function_of_principal_and_key_and_fits_every_broker() -> None:
    intent = intent_of("owner", "wish-1")

    assert intent == intent_of("owner", "wish-1") != intent_of("owner", "wish-2")
    assert order_id_of(intent) == order_id_of(intent)
    assert len(order_id_of(intent)) == 28 and order_id_of(intent).isascii()


@pytest.mark.parametrize(
    ("key", "status"), [(None, 400), ("", 400), ("a b", 400), ("a" * 128, 202), ("a" * 129, 400)]
)
async def test_an_order_needs_an_idempotency_key(tmp_path: Path, key: str | None, status: int) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        headers = {} if key is None else {"Idempotency-Key": key}

        answer = await trader.post("/api/v1/orders", json=TICKET, headers=headers)

        assert answer.status_code == status
        if status == 400:
            assert answer.json()["type"] == "bad_input" and "Idempotency-Key" in answer.json()["detail"]
        assert len(made.orders.kept) == int(status == 202)


async def test_no_answer_from_risk_is_said_to_be_unknown_with_the_order_to_ask_for(tmp_path: Path) -> None:
    settings = GatewaySettings(port=18200, risk_deadline_ms=20, risk_answer_grace_ms=30)

    async with house(tmp_path, settings=settings) as made, await made.by_key(Scope.TRADE) as trader:
        made.risk.slow_s = 0.2
        answer = await trader.post("/api/v1/orders", json=TICKET, headers=KEY)
        body = answer.json()
        made.risk.slow_s = 0
        await asyncio.sleep(0.25)

        assert answer.status_code == 504 and body["type"] == "outcome_unknown"
        assert f"/api/v1/orders/{body['order']}" in body["detail"]
        assert (await trader.get(f"/api/v1/orders/{body['order']}")).status_code == 200
        assert (await trader.post("/api/v1/orders", json=TICKET, headers=KEY)).json()["order"] == body[
            "order"
        ]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("quantity", '"NaN"', "plain digits"),
        ("quantity", '"Infinity"', "plain digits"),
        ("quantity", '"-5"', "more than 0"),
        ("quantity", '"-0"', "more than 0"),
        ("quantity", "0", "more than 0"),
        ("quantity", "1e309", "10^18"),
        ("quantity", '"1e309"', "10^18"),
        ("quantity", '"1e-400"', "10^18"),
        ("quantity", '"１０"', "plain digits"),
        ("quantity", '"٣"', "plain digits"),
        ("quantity", '"1,000"', "plain digits"),
        ("quantity", '"1_000"', "plain digits"),
        ("quantity", '" 10"', "plain digits"),
        ("quantity", '"+10"', "plain digits"),
        ("quantity", '"0x10"', "plain digits"),
        ("quantity", f'"0.{"1" * 31}"', "30 digits"),
        ("quantity", '""', "plain digits"),
        ("quantity", "true", "expected a number"),
        ("quantity", "null", "expected a number"),
        ("quantity", "[10]", "expected a number"),
        ("limit_price", '"NaN"', "plain digits"),
        ("limit_price", '{"a": 1}', "expected a number"),
        ("side", '"hold"', "buy"),
        ("kind", '"iceberg"', "market"),
        ("instrument", '"005930"', "pattern"),
        ("instrument", '"KRX:<script>"', "pattern"),
        ("account", '"pa per"', "pattern"),
        ("account", '""', "at least 1"),
        ("reduce_only", '"yes"', "boolean"),
        ("filled", '"10"', "not known"),
        ("status", '"filled"', "not known"),
        ("owner_id", '"me"', "not known"),
    ],
)
async def test_a_wrong_value_is_refused_with_its_field_and_reason(
    tmp_path: Path, field: str, text: str, reason: str
) -> None:
    ticket = ", ".join([*(f'"{name}": "{value}"' for name, value in TICKET.items() if name != field)])

    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answer = await _post_raw(trader, "{" + ticket + f', "{field}": {text}' + "}")

        errors = answer.json()["errors"]
        assert answer.status_code == 422
        assert errors[0]["field"] == field and reason in errors[0]["message"]
        assert made.risk.commands == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_a_number_that_json_has_not_is_refused(tmp_path: Path, number: str) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answer = await _post_raw(trader, f'{{"quantity": {number}}}')

        assert answer.status_code == 400
        assert number in answer.json()["detail"]


@pytest.mark.parametrize(
    "number", ["0.1", "0.30000000000000000001", "1234567890123456789.5", "1e3", "10.000"]
)
async def test_a_json_number_is_taken_by_its_text(tmp_path: Path, number: str) -> None:
    ticket = ", ".join(f'"{name}": "{value}"' for name, value in TICKET.items() if name != "limit_price")

    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        await _post_raw(trader, "{" + ticket + f', "limit_price": {number}' + "}")

        assert made.risk.commands[0].terms.limit_price == Decimal(number)


@pytest.mark.parametrize(
    ("kind", "prices", "field"),
    [
        ("market", {"limit_price": "1"}, "limit_price"),
        ("limit", {}, "limit_price"),
        ("stop", {}, "stop_price"),
        ("stop_limit", {"limit_price": "1"}, "stop_price"),
        ("limit", {"limit_price": "1", "stop_price": "1"}, "stop_price"),
    ],
)
async def test_prices_must_fit_the_kind_of_order(
    tmp_path: Path, kind: str, prices: dict[str, str], field: str
) -> None:
    base = {name: value for name, value in TICKET.items() if name != "limit_price"}

    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answer = await trader.post("/api/v1/orders", json={**base, "kind": kind, **prices}, headers=KEY)

        assert answer.status_code == 422 and field in answer.json()["detail"]
        assert made.risk.commands == []


async def test_a_page_of_orders_leads_to_the_next(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        for number in range(5):
            await trader.post("/api/v1/orders", json=TICKET, headers={"Idempotency-Key": f"wish-{number}"})

        first = (await trader.get("/api/v1/orders", params={"limit": 3})).json()
        second = (await trader.get("/api/v1/orders", params={"limit": 3, "before": first["next"]})).json()

        seen = [order["id"] for order in first["orders"] + second["orders"]]
        assert len(first["orders"]) == 3 and len(second["orders"]) == 2
        assert second["next"] is None
        assert seen == list(reversed(made.orders.kept))


async def test_cancelling_is_asked_once_and_then_there_is_nothing_to_cancel(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        id = (await trader.post("/api/v1/orders", json=TICKET, headers=KEY)).json()["order"]

        first = await trader.post(f"/api/v1/orders/{id}/cancel")
        second = await trader.post(f"/api/v1/orders/{id}/cancel")
        unknown = await trader.post("/api/v1/orders/no-such/cancel")

        assert first.status_code == 202 and first.json()["order"]["state"] == "cancel_pending"
        assert second.status_code == 409 and second.json()["order"]["id"] == id
        assert unknown.status_code == 404


async def test_cancelling_all_says_which_orders_it_was(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        for number in range(2):
            await trader.post("/api/v1/orders", json=TICKET, headers={"Idempotency-Key": f"wish-{number}"})

        other = await trader.post("/api/v1/orders/cancel", json={"account": "another"})
        all_ = await trader.post("/api/v1/orders/cancel", json={"account": "paper"})

        assert other.json() == {"orders": []}
        assert {order["id"] for order in all_.json()["orders"]} == set(made.orders.kept)


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        ("71200", "71200", "71200"),
        ("71200.00", "71200", "71200"),
        ("0.0150", "0.015", "0.015"),
        ("1e3", "1000", "1000"),
        ("1" * 30, "1" * 30, "1" * 30),
        ("0.000000000000000001", "0.000000000000000001", "0.000000000000000001"),
    ],
)
def test_numbers_are_exact_and_shown_plainly(text: str, number: str, shown: str) -> None:
    value = exact(text) if len(text) <= 19 else None

    assert value is None or value == Decimal(number)
    assert plain(Decimal(number)) == shown


async def _post_raw(client: Any, body: str) -> Any:
    headers = {**KEY, "Content-Type": "application/json"}
    return await client.post("/api/v1/orders", content=body.encode(), headers=headers)
