"""No order by accident: double presses, lost answers, moved prices, refusals, live money, the kill switch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import PROBES, Visit

BITCOIN = "/orders?trade=BINANCE%3ABTCUSDT&ticket=open"


def _ticket(visit: Visit, *, kind: str = "market", quantity: str = "0.01") -> Page:
    """An order ticket for bitcoin, filled in and ready to be sent."""
    visit.open(BITCOIN)
    page = visit.page
    expect(page.get_by_test_id("ticket-last")).not_to_have_text("no price")
    page.get_by_label("Type").select_option(kind)
    page.locator("input[name=quantity]").fill(quantity)
    return page


def _double_click(page: Page) -> None:
    page.get_by_test_id("submit-order").dblclick()


def _click_and_enter(page: Page) -> None:
    page.get_by_test_id("submit-order").click()
    page.keyboard.press("Enter")


def _held_enter(page: Page) -> None:
    page.locator("input[name=quantity]").focus()
    for _ in range(12):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")


def _five_clicks(page: Page) -> None:
    page.evaluate(f"({PROBES}).pressSubmit(5)")


@pytest.mark.parametrize("press", [_double_click, _click_and_enter, _held_enter, _five_clicks])
@pytest.mark.parametrize("delay_ms", [0, 300])
def test_one_press_too_many_is_still_one_order(
    mock: MockPlatform, visit: Callable[..., Visit], press: Callable[[Page], None], delay_ms: int
) -> None:
    page = _ticket(visit(language="en"))
    mock.control(delayMs=delay_ms)

    press(page)
    expect(page.locator("[data-outcome=taken]")).to_be_visible()
    page.wait_for_timeout(300)

    assert len(mock.orders_sent()) == 1


def test_leaving_coming_back_and_reloading_while_sending_is_one_order_under_one_id(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    made = visit(language="en")
    made.expected += ["ERR_", "Failed to load"]
    page = _ticket(made)
    mock.control(delayMs=1_500)

    page.get_by_test_id("submit-order").click()
    page.wait_for_timeout(200)
    page.reload()
    mock.control(delayMs=0)
    made.wait_live()
    expect(page.locator("[data-outcome=unknown]")).to_contain_text("may have been taken")
    page.get_by_test_id("ask-again").click()
    expect(page.locator("[data-outcome=taken]")).to_be_visible()
    page.go_back()
    page.go_forward()
    page.wait_for_timeout(300)

    assert len({entry["key"] for entry in mock.orders_sent()}) == 1
    assert len({entry["key"] for entry in mock.orders_sent() if entry["key"]}) == 1
    mine = [order for order in mock.get("/orders?limit=500")["orders"] if order["id"] > "ord-0100"]
    assert len(mine) == 1


def test_a_lost_answer_is_unknown_not_failed_and_asking_again_is_the_same_order(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    made = visit(language="en")
    made.expected += ["ERR_EMPTY_RESPONSE", "ERR_CONNECTION"]
    page = _ticket(made)
    mock.control(loseReplies=True)

    page.get_by_test_id("submit-order").click()
    expect(page.locator("[data-outcome=unknown]")).to_contain_text("Unknown")
    page.locator("input[name=quantity]").press("Enter")
    mock.control(loseReplies=False)
    page.get_by_test_id("ask-again").click()
    expect(page.locator("[data-outcome=taken]")).to_be_visible()

    sent = mock.orders_sent()
    assert len({entry["key"] for entry in sent}) == 1
    mine = [order for order in mock.get("/orders?limit=500")["orders"] if order["id"] > "ord-0100"]
    assert len(mine) == 1


def test_a_price_that_moved_asks_again_before_anything_is_sent(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(isFrozen=True)
    page = _ticket(visit(language="en", reconfirmBps=30))

    mock.control(price={"instrument": "BINANCE:BTCUSDT", "value": 60_512.37 * 1.0031})
    expect(page.get_by_test_id("ticket-last")).to_have_text("60,699.96")
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("confirm-moved")).to_contain_text("from 60,512.37 to 60,699.96, 31 bp")
    assert mock.orders_sent() == []
    page.get_by_test_id("confirm-order").click()
    expect(page.locator("[data-outcome=taken]")).to_be_visible()

    assert len(mock.orders_sent()) == 1


def test_a_price_that_moved_within_the_tolerance_does_not_ask(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(isFrozen=True)
    page = _ticket(visit(language="en", reconfirmBps=30))

    mock.control(price={"instrument": "BINANCE:BTCUSDT", "value": 60_512.37 * 1.0029})
    expect(page.get_by_test_id("ticket-last")).to_have_text("60,687.86")
    page.get_by_test_id("submit-order").click()

    expect(page.locator("[data-outcome=taken]")).to_be_visible()


def test_a_refusal_names_the_control_the_limit_and_the_value(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(isFrozen=True)
    made = visit(language="en")
    made.expected.append("422")
    page = _ticket(made, quantity="1")

    page.get_by_test_id("submit-order").click()

    refused = page.locator("[data-outcome=refused]")
    expect(refused).to_contain_text("Order value")
    expect(refused).to_contain_text("5,000 USDT")
    expect(refused).to_contain_text("60,512 USDT")
    expect(refused).to_contain_text("lower the quantity or split the order")


def test_a_price_off_the_tick_grid_is_told_with_its_neighbours_before_sending(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    made = visit(language="en").open("/orders?trade=KRX%3A005930")
    page = made.page
    page.locator("input[name=quantity]").fill("3")
    page.locator("input[name=limit_price]").fill("74150")
    expect(page.get_by_text("tick 100")).to_be_visible()

    page.get_by_test_id("submit-order").click()

    expect(page.get_by_role("alert")).to_contain_text(
        "74150 is off the tick grid of 100. Use 74,100 or 74,200."
    )
    assert mock.orders_sent() == []
    page.get_by_role("button", name="Limit price: One tick up").click()
    expect(page.locator("input[name=limit_price]")).to_have_value("74200")


def test_an_order_fills_and_its_life_line_shows_each_step_by_keys_alone(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = _ticket(visit(language="en"))

    page.locator("input[name=quantity]").press("Enter")
    page.get_by_role("link", name="See the life of the order").press("Enter")

    life = page.get_by_test_id("life")
    for step in ("OrderIntended", "OrderSendStarted", "OrderAccepted", "OrderFilled"):
        expect(life.locator(f"[data-event={step}]")).to_be_visible()
    assert mock.orders_sent()[0]["csrf"] == "csrf-of-the-mock"


def test_an_unknown_order_has_its_own_badge_age_and_what_is_being_done(visit: Callable[..., Visit]) -> None:
    page = visit(language="en").open("/orders")

    row = page.page.locator("[data-row='ord-0093']")

    expect(row.locator("[data-order-state=unknown]")).to_contain_text("Unknown")
    expect(row.locator(".badge-age")).to_contain_text("for ")
    expect(row).to_contain_text("nothing is sent again")


def test_live_and_paper_are_framed_and_named_on_every_order_surface(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(hasLive=True)
    made = visit(language="ko").open("/orders")
    page = made.page
    expect(page.locator(".frame")).to_have_attribute("data-mode", "live")
    expect(page.locator(".top [data-mode=live]")).to_contain_text("실전")

    expect(page.locator(".ticket.surface-paper [data-mode=paper]")).to_contain_text("모의")
    page.locator(".ticket").get_by_role("combobox", name="계좌").select_option("50123456-01")
    expect(page.locator(".ticket.surface-live [data-mode=live]")).to_contain_text(
        "실전 계좌: 실제 돈이 움직입니다"
    )
    page.locator(".ticket").get_by_role("combobox", name="종목").select_option("KRX:005930")
    page.locator(".ticket").get_by_role("combobox", name="유형").select_option("market")
    page.locator("input[name=quantity]").fill("1")
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("confirm-live")).to_contain_text("50123456-01")
    assert mock.orders_sent() == []
    made.go("/positions")
    expect(page.locator("section[aria-label='50123456-01'] [data-mode=live]")).to_contain_text("실전")
    page.locator("section[aria-label='50123456-01']").get_by_role("button", name="청산").first.click()
    expect(page.locator("dialog .surface-live [data-mode=live]")).to_contain_text("실전")


def test_closing_a_position_is_reduce_only_and_shows_what_will_be_left(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    made = visit(language="en").open("/positions")
    page = made.page
    page.get_by_role("button", name="Close all KRX:005930").click()

    page.get_by_label("Quantity to close").fill("20")
    expect(page.locator("dialog .echo")).to_contain_text(
        "Market Sell 20, reduce only. Once filled, the position is 100."
    )
    page.get_by_label("Quantity to close").fill("121")
    expect(page.locator("dialog [role=alert]")).to_contain_text("cannot exceed the 120 held")
    page.get_by_label("Quantity to close").fill("120")
    page.get_by_role("button", name="Place closing order").dblclick()
    expect(page.locator("dialog [data-outcome=taken]")).to_be_visible()

    sent = [entry["body"] for entry in mock.orders_sent()]
    assert [(body["side"], body["quantity"], body["reduce_only"]) for body in sent] == [("sell", "120", True)]


def test_cancel_all_lists_exactly_what_it_cancels(mock: MockPlatform, visit: Callable[..., Visit]) -> None:
    made = visit(language="en").open("/orders?run=rsi-reversion")
    made.settled("orders")

    made.page.get_by_role("button", name="Cancel all").click()
    listed = made.page.get_by_test_id("cancel-scope").locator("code").all_inner_texts()
    made.page.get_by_role("button", name="Cancel 1").click()
    expect(made.page.get_by_text("Cancel requested for 1.")).to_be_visible()

    assert listed == ["ord-0092"]
    assert [(entry["path"], entry["body"]) for entry in mock.log()] == [
        ("/orders/cancel", {"run": "rsi-reversion"})
    ]


def test_stopping_a_strategy_touches_only_its_own_orders(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    made = visit(language="en").open("/strategies")
    made.settled("strategies")

    made.page.get_by_role("button", name="Stop RSI mean reversion").click()
    listed = made.page.get_by_test_id("stop-scope").locator("code").all_inner_texts()
    made.page.locator("dialog").get_by_role("button", name="Stop", exact=True).click()
    expect(made.page.locator("dialog[open]")).to_have_count(0)
    made.page.wait_for_timeout(300)

    states = {order["id"]: order["state"] for order in mock.get("/orders?limit=500")["orders"]}
    assert listed == ["ord-0092"]
    assert (states["ord-0091"], states["ord-0092"], states["ord-0093"]) == ("working", "cancelled", "unknown")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_kill_switch_works_while_the_stream_is_dead_and_holds_over_a_reload(
    mock: MockPlatform, visit: Callable[..., Visit], width: int
) -> None:
    mock.reset(openOrders=500)
    made = visit(language="en", width=width).open()
    made.expected.append("WebSocket")
    mock.control(silent=True)
    expect(made.page.locator(".frame[data-fresh=old]")).to_be_visible()

    made.page.locator(".kill-button").click()
    dialog = made.page.get_by_role("dialog", name="Kill switch")
    expect(dialog.locator(".echo")).to_contain_text(
        "On All accounts: Block new orders + Cancel all working orders."
    )
    dialog.get_by_label("Reason").fill("drill")
    dialog.get_by_role("button", name="Stop now").click()
    expect(dialog.get_by_test_id("kill-engaged")).to_be_visible()
    mock.control(silent=False, cut=True)
    made.page.reload()
    made.wait_live()

    expect(made.page.locator(".kill-button")).to_have_attribute("data-kill", "engaged")
    sent = [entry for entry in mock.log() if entry["path"] == "/kill"]
    assert [entry["body"] for entry in sent] == [{"acts": ["freeze", "cancel"], "reason": "drill"}]
    still_open = mock.get("/orders?open=true&limit=1000")["orders"]
    assert [order["id"] for order in still_open] == []
    made.page.locator(".kill-button").click()
    dialog.get_by_label("Reason for resuming (required)").fill("drill over")
    dialog.get_by_role("button", name="Resume trading").click()
    expect(made.page.locator(".kill-button")).to_have_attribute("data-kill", "clear")
