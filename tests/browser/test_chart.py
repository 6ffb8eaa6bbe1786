"""The chart keeps its zoom, marks exactly our fills, says why, and can be read without eyes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import Visit

BITCOIN = "/chart?instrument=BINANCE%3ABTCUSDT&timeframe=1m"


def _range(page: Visit) -> tuple[int, int]:
    """The visible range as the address keeps it, in seconds."""
    page.page.wait_for_timeout(400)
    query = parse_qs(urlparse(page.page.url).query)
    return int(query["from"][0]), int(query["to"][0])


def test_the_zoom_survives_new_candles_theme_language_and_reload(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en", theme="light").open(BITCOIN)
    page.settled("chart")
    page.page.wait_for_timeout(300)
    page.page.get_by_role("button", name="Earlier").click()
    page.page.get_by_role("button", name="Zoom in").click()
    before = _range(page)

    last_ms = int(time.time() // 60 * 60_000)
    for step in range(10):
        bar = [last_ms + step * 60_000, 60_500, 60_600, 60_400, 60_550, 3.5]
        mock.control(bar={"instrument": "BINANCE:BTCUSDT", "timeframe": "1m", "bar": bar})
    after_candles = _range(page)
    page.page.keyboard.press("Control+k")
    page.page.get_by_role("combobox", name="Find a command").fill("dark theme")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("html[data-theme=dark]")).to_be_attached()
    after_theme = _range(page)
    page.page.reload()
    page.wait_live()
    page.settled("chart")
    after_reload = _range(page)

    assert after_candles == before
    assert after_theme == before
    assert (
        abs(after_reload[0] - before[0]) <= 60 and abs(after_reload[1] - before[1]) <= 60
    )  # one bar of rounding


def test_the_markers_are_the_fills_of_the_api(mock: MockPlatform, visit: Callable[..., Visit]) -> None:
    page = visit(language="en").open(BITCOIN)
    page.settled("chart")
    told = [fill for fill in mock.get("/fills?limit=500")["fills"] if fill["instrument"] == "BINANCE:BTCUSDT"]
    listed = page.page.get_by_test_id("trades").locator("li")
    expect(listed).to_have_count(len(told))

    shown = [
        (row.get_attribute("data-fill"), row.get_attribute("data-at"), row.get_attribute("data-price"))
        for row in listed.all()
    ]
    markers = json.loads(page.page.get_by_test_id("markers").get_attribute("data-markers") or "[]")

    assert shown == [(fill["id"], fill["at"], fill["price"]) for fill in told]
    assert {marker[0] for marker in markers} == {fill["id"] for fill in told}


def test_a_trade_tells_its_rule_values_risk_approval_and_order_by_keys(visit: Callable[..., Visit]) -> None:
    page = visit(language="en").open(BITCOIN)
    page.settled("chart")

    page.page.get_by_test_id("trades").get_by_role("button").first.press("Enter")

    why = page.page.get_by_test_id("why")
    expect(why.locator("h3")).to_be_focused()
    expect(why).to_contain_text("buy when sma(close, 5) crosses above sma(close, 20)")
    expect(why).to_contain_text("60511.02")
    expect(why).to_contain_text("approved apr-ord-")
    expect(why.get_by_role("link")).to_have_attribute("href", re.compile("^/orders/ord-"))


def test_arrow_keys_read_bar_by_bar_and_the_table_equals_the_series(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(isFrozen=True)
    page = visit(language="en", zone="UTC").open("/chart?instrument=KRX%3A005930&timeframe=1d")
    page.settled("chart")
    bars = mock.get("/bars?instrument=KRX:005930&timeframe=1d&limit=500")["bars"]

    page.page.get_by_test_id("chart").focus()
    page.page.keyboard.press("End")
    page.page.keyboard.press("Home")
    first = page.page.get_by_test_id("chart-read").inner_text()
    page.page.keyboard.press("ArrowRight")
    second = page.page.get_by_test_id("chart-read").inner_text()
    page.page.get_by_role("button", name="Show data table").click()
    rows = page.page.get_by_test_id("data-table").locator("tbody tr")
    shown = [
        [cell.replace(",", "") for cell in row.locator("td").all_inner_texts()[1:]] for row in rows.all()[:20]
    ]

    assert [
        f"{name} {value:,}" in first
        for name, value in zip(("open", "high", "low", "close"), bars[0][1:5], strict=True)
    ] == [True] * 4
    assert f"close {bars[1][4]:,}" in second
    assert [[float(value) for value in row] for row in shown] == [bar[1:] for bar in bars[::-1][:20]]


def test_the_drawing_turns_its_colours_with_the_scheme(visit: Callable[..., Visit]) -> None:
    page = visit(language="en", colours="korean").open(BITCOIN)
    page.settled("chart")
    page.page.wait_for_timeout(400)

    korean = page.probe("pixels")
    page.probe("choose", {"colours": "western"})
    page.page.reload()
    page.wait_live()
    page.settled("chart")
    page.page.wait_for_timeout(400)
    western = page.probe("pixels")

    assert korean["red"] > 500 and korean["green"] == 0
    assert western["green"] > 500
