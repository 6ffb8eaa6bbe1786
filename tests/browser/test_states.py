"""Four designed states on each screen: loading, empty, error, partial."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import SCREENS, Visit

READING = {name: path for name, path in SCREENS.items() if name != "more"}
NOUNS = re.compile(r"/api/v1/(?!session$|health$)")


def _refuse(route: Route) -> None:
    body = {
        "type": "unavailable",
        "title": "down",
        "status": 503,
        "detail": "the store is busy",
        "correlation_id": "cor-42",
    }
    route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(body))


def _without_stream(page: Visit) -> None:
    page.page.route_web_socket(re.compile("/stream$"), lambda socket: None)


@pytest.mark.parametrize("screen", READING)
def test_an_error_says_what_failed_what_still_works_and_heals_on_retry(
    mock: MockPlatform, visit: Callable[..., Visit], screen: str
) -> None:
    page = visit(language="en")
    page.expected.append("503")
    _without_stream(page)
    page.page.route(NOUNS, _refuse)

    page.open(READING[screen], is_live=False)
    error = page.screen(screen).locator("[data-state=error]").first
    expect(error).to_contain_text("could not be loaded")
    expect(error).to_contain_text("the store is busy")
    expect(error).to_contain_text("cor-42")
    expect(error).to_contain_text("kill switch still work")
    page.page.unroute(NOUNS)
    while page.page.locator("main [data-state=error]").count():
        page.page.locator("main [data-state=error]").first.get_by_role("button", name="Try again").click()
        page.page.wait_for_timeout(150)

    expect(page.page.locator("main [data-state=error]")).to_have_count(0)


@pytest.mark.parametrize("screen", READING)
def test_a_slow_answer_shows_a_skeleton_and_after_two_seconds_names_the_step(
    mock: MockPlatform, visit: Callable[..., Visit], screen: str
) -> None:
    page = visit(language="en")
    page.expected.append("ERR_")
    _without_stream(page)
    page.page.route(NOUNS, lambda route: None)

    page.open(READING[screen], is_live=False)
    waiting = page.page.locator(f"main[data-screen={screen}] [data-state=loading]").first

    expect(waiting.locator(".skeleton")).to_be_visible(timeout=3_000)
    expect(waiting).to_contain_text(re.compile(r"waiting \ds for an answer"), timeout=4_000)


@pytest.mark.parametrize(
    "screen", ["dashboard", "chart", "orders", "positions", "strategies", "risk", "data"]
)
def test_an_empty_screen_says_why_and_what_to_do_next(
    mock: MockPlatform, visit: Callable[..., Visit], screen: str
) -> None:
    mock.reset(isEmpty=True)
    page = visit(language="en").open(READING[screen])

    empty = page.settled(screen).locator("[data-state=empty]").first

    expect(empty).to_be_visible()
    assert len(empty.inner_text()) > 15
    expect(page.page.locator("main [data-state=error]")).to_have_count(0)


@pytest.mark.parametrize("screen", ["dashboard", "orders", "positions", "strategies", "risk", "data"])
def test_with_the_stream_alive_a_failed_reading_is_partial_not_an_error(
    mock: MockPlatform, visit: Callable[..., Visit], screen: str
) -> None:
    page = visit(language="en")
    page.expected.append("503")
    page.page.route(NOUNS, _refuse)

    page.open(READING[screen])
    partial = page.screen(screen).locator("[data-state=partial]").first

    expect(partial).to_contain_text("live stream")
    expect(partial.get_by_role("button", name="Try again")).to_be_visible()


def test_a_program_is_checked_while_it_is_typed_and_the_draft_survives_a_reload(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open("/strategies")
    page.settled("strategies")
    editor = page.page.get_by_label("Program")
    expect(page.page.get_by_test_id("check-ok")).to_be_visible()

    editor.fill('strategy "Mine" version 1\nbuy when smma(close, 5) > 3')
    findings = page.page.get_by_test_id("findings")
    expect(findings).to_contain_text("line 2, column 10", timeout=1_500)
    expect(findings).to_contain_text("did you mean sma?")
    findings.get_by_role("button").click()
    selected = page.probe("selected")
    page.page.reload()
    page.settled("strategies")

    assert selected == "smma"
    expect(editor).to_have_value('strategy "Mine" version 1\nbuy when smma(close, 5) > 3')


def test_a_reader_sees_no_way_to_order(mock: MockPlatform, visit: Callable[..., Visit]) -> None:
    mock.control(scope="read")
    page = visit(language="en").open("/orders")

    expect(page.page.get_by_test_id("submit-order")).to_be_disabled()
    expect(page.page.get_by_test_id("order-lock")).to_contain_text("may only read")
