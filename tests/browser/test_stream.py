"""Live means live, and stale looks stale: silence, cuts, overlaps, rows that hold still."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import Visit

UNFILLED = {"instrument": "BINANCE:ETHUSDT", "side": "buy", "kind": "limit", "quantity": "0.1000",
            "limit_price": "2500.00", "state": "working"}  # fmt: skip


def test_prices_move_without_a_click(visit: Callable[..., Visit]) -> None:
    page = visit().open()
    price = page.page.locator("[data-price='BINANCE:BTCUSDT'] .price")
    before = price.inner_text()

    expect(price).not_to_have_text(before, timeout=5_000)


def test_a_silent_stream_is_stale_within_two_heartbeats_locks_the_ticket_and_recovers_alone(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open("/orders")
    page.expected.append("WebSocket")
    page.settled("orders")
    rows = page.page.locator("main tr[data-row]").count()

    mock.control(silent=True)
    started = time.monotonic()
    expect(page.page.locator(".frame[data-fresh=old]")).to_be_visible(timeout=4_000)
    took_s = time.monotonic() - started
    expect(page.page.get_by_test_id("connection-banner")).to_contain_text("orders are locked")
    expect(page.page.get_by_test_id("order-lock")).to_be_visible()
    expect(page.page.get_by_test_id("submit-order")).to_be_disabled()
    mock.control(silent=False, cut=True)
    page.wait_live()

    assert took_s < 3.5  # two heartbeats, the look every quarter second, and the clock of the page
    expect(page.page.get_by_test_id("submit-order")).to_be_enabled()
    assert page.page.locator("main tr[data-row]").count() == rows


def test_an_order_told_twice_appears_once(mock: MockPlatform, visit: Callable[..., Visit]) -> None:
    page = visit().open("/orders")
    page.settled("orders")

    mock.control(orders=[{**UNFILLED, "id": "ord-twice"}], overlap=True)
    mock.control(overlap=True, cut=True)
    page.wait_live()
    page.page.wait_for_timeout(300)

    expect(page.page.locator("[data-row='ord-twice']")).to_have_count(1)


def test_rows_hold_still_under_the_pointer_while_new_ones_wait(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open("/orders")
    page.settled("orders")
    row = page.page.locator("main tr[data-row]").nth(2)
    row.hover()
    name, place = row.get_attribute("data-row"), row.bounding_box()

    mock.control(orders=[{**UNFILLED, "id": f"ord-new-{n}"} for n in range(7)])
    chip = page.page.get_by_role("button", name="7 new")
    expect(chip).to_be_visible()

    assert page.page.locator(f"[data-row='{name}']").bounding_box() == place
    expect(page.page.locator("[data-row='ord-new-0']")).to_have_count(0)
    chip.click()
    expect(page.page.locator("[data-row^='ord-new-']")).to_have_count(7)


def test_a_cut_feed_is_named_in_words_and_its_prices_carry_their_age(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open()

    mock.control(feed={"name": "krx", "state": "stale"})

    expect(page.page.locator("[data-feed=krx] .pill")).to_contain_text("Stale")
    expect(page.page.locator("[data-price='KRX:005930'].is-old")).to_be_visible()
    expect(page.page.locator("[data-state=partial]")).to_contain_text("1 of 2 feeds are well. Cut off: krx")
    expect(page.page.locator(".matters")).to_contain_text("Feed krx: Stale")


def test_the_same_total_stands_on_the_dashboard_and_in_the_api(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(isFrozen=True)
    page = visit(language="en").open()
    equity = mock.get("/portfolio")["accounts"][0]["currencies"][0]["equity"]

    shown = page.page.get_by_test_id("equity-KRW").inner_text()

    assert shown.replace(",", "").split()[0] == equity


def test_signed_out_mid_use_leads_back_to_the_same_place_with_what_was_typed(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open("/orders?view=open&instrument=BINANCE%3AETHUSDT")
    page.expected += ["401", "WebSocket"]
    page.settled("orders")
    page.page.locator("input[name=quantity]").fill("0.0321")

    mock.control(signedIn=False)
    page.page.get_by_role("button", name="Cancel Buy").first.click()
    expect(page.page.locator("main[data-screen=sign-in]")).to_contain_text("jts link")
    page.page.get_by_label("Paste the one-time link").fill(f"{page.url}/welcome?token=abcdefgh12345678")
    page.page.get_by_role("button", name="Sign in with the link").click()
    page.wait_live()

    page.screen("orders")
    expect(page.page).to_have_url(f"{page.url}/orders?view=open&instrument=BINANCE%3AETHUSDT")
    expect(page.page.locator("input[name=quantity]")).to_have_value("0.0321")
