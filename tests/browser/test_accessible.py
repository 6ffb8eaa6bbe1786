"""Everyone can use the page: axe, contrast, targets, reflow, focus, keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import SCREENS, Visit

LOOKS = [
    (language, theme, width)
    for language in ("ko", "en")
    for theme in ("light", "dark")
    for width in (390, 1440)
]
MORE_PLACES = {"orders": "/orders/ord-0093", "strategies": "/strategies/average-cross"}


def _fail_all_but_the_session(route: Route) -> None:
    if route.request.url.endswith(("/session", "/health")):
        route.continue_()
    else:
        route.fulfill(status=500)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_axe_finds_nothing_on_any_screen(
    visit: Callable[..., Visit], language: str, theme: str, width: int
) -> None:
    page = visit(language=language, theme=theme, width=width).open()
    found: dict[str, list[str]] = {}

    for name, path in [*SCREENS.items(), *MORE_PLACES.items()]:
        page.go(path)
        page.settled(name)
        found[path] = page.axe()

    assert {path: violations for path, violations in found.items() if violations} == {}


@pytest.mark.parametrize(("language", "theme", "width"), [("ko", "light", 390), ("en", "dark", 1440)])
def test_axe_finds_nothing_in_empty_and_failed_screens_and_dialogs(
    mock: MockPlatform, visit: Callable[..., Visit], language: str, theme: str, width: int
) -> None:
    found: dict[str, list[str]] = {}
    empty = visit(language=language, theme=theme, width=width)
    empty.expected.append("401")  # it is still open when the person is signed out below
    mock.reset(isEmpty=True)
    empty.open()
    for name, path in SCREENS.items():
        empty.go(path)
        empty.settled(name)
        found[f"empty {path}"] = empty.axe()

    mock.reset()
    failed = visit(language=language, theme=theme, width=width)
    failed.expected += ["500", "401"]
    failed.page.route(
        "**/api/v1/**",
        lambda route: (
            route.continue_()
            if route.request.url.endswith(("/session", "/health"))
            else route.fulfill(status=500)
        ),
    )
    failed.page.route_web_socket("**/stream", lambda socket: None)
    failed.open(is_live=False)
    for name, path in SCREENS.items():
        failed.go(path)
        failed.settled(name)
        found[f"failed {path}"] = failed.axe()

    dialogs = visit(language=language, theme=theme, width=width).open()
    dialogs.expected.append("401")
    dialogs.page.locator(".kill-button").click()
    found["kill dialog"] = dialogs.axe()
    dialogs.page.keyboard.press("Escape")
    dialogs.page.keyboard.press("?")
    found["help"] = dialogs.axe()
    dialogs.page.keyboard.press("Escape")
    dialogs.page.keyboard.press("Control+k")
    found["palette"] = dialogs.axe()
    mock.control(signedIn=False)
    signed_out = visit(language=language, theme=theme, width=width)
    signed_out.expected.append("401")
    signed_out.open(is_live=False)
    expect(signed_out.page.locator("main[data-screen=sign-in]")).to_be_visible()
    found["sign-in"] = signed_out.axe()

    assert {place: violations for place, violations in found.items() if violations} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colours", ["korean", "western", "safe"])
def test_direction_and_status_colours_can_be_read_on_every_ground(
    visit: Callable[..., Visit], theme: str, colours: str
) -> None:
    page = visit(theme=theme, colours=colours).open()

    ratios: dict[str, float] = page.probe("contrast")

    assert {name: round(ratio, 2) for name, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize(("width", "least"), [(1440, 24), (390, 24)])
def test_every_target_is_large_enough(visit: Callable[..., Visit], width: int, least: int) -> None:
    page = visit(width=width).open()
    small: dict[str, list[str]] = {}
    money = "main[data-screen=orders] .ticket button, main .card-actions button, .kill-button, .tabs a"

    for name, path in SCREENS.items():
        page.go(path + ("?ticket=open" if name == "orders" else ""))
        page.settled(name)
        small[path] = page.probe("small", least)
        if width == 390:
            boxes = [each.bounding_box() for each in page.page.locator(money).all() if each.is_visible()]
            small[f"{path} money"] = [str(box) for box in boxes if box and box["height"] < 43.5]
    page.page.locator(".kill-button").click()
    small["kill"] = page.probe("small", 44 if width == 390 else 24)

    assert {place: offenders for place, offenders in small.items() if offenders} == {}


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_no_screen_scrolls_sideways(visit: Callable[..., Visit], width: int) -> None:
    page = visit(language="en", width=width).open()
    wide: dict[str, int] = {}

    for name, path in [*SCREENS.items(), *MORE_PLACES.items()]:
        page.go(path)
        page.settled(name)
        wide[path] = page.probe("sideways")

    assert {path: excess for path, excess in wide.items() if excess > 0} == {}


def test_the_focus_can_be_seen_at_every_stop_and_is_never_under_the_header(
    visit: Callable[..., Visit],
) -> None:
    page = visit(language="en").open("/orders")
    page.settled("orders")
    hidden: list[str] = []

    for _ in range(45):
        page.page.keyboard.press("Tab")
        problem = page.probe("unseen")
        if problem:
            hidden.append(problem)

    assert hidden == []


def test_a_dialog_keeps_the_focus_and_gives_it_back(visit: Callable[..., Visit]) -> None:
    page = visit().open()
    opener = page.page.locator(".kill-button")
    opener.focus()

    page.page.keyboard.press("Enter")
    expect(page.page.locator("dialog[open]")).to_be_visible()
    inside = []
    for _ in range(20):
        page.page.keyboard.press("Tab")
        inside.append(page.probe("isFocusInDialog"))
    page.page.keyboard.press("Escape")

    assert all(inside)
    expect(opener).to_be_focused()


def test_the_skip_link_leads_past_the_frame(visit: Callable[..., Visit]) -> None:
    page = visit().open()

    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")

    expect(page.page.locator("main")).to_be_focused()


def test_question_mark_lists_the_keys_and_sequences_lead_to_screens(visit: Callable[..., Visit]) -> None:
    page = visit(language="en").open()

    page.page.keyboard.press("?")
    expect(page.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("g")
    page.page.keyboard.press("o")

    page.screen("orders")


def test_single_keys_can_be_turned_off_and_never_act_while_typing(visit: Callable[..., Visit]) -> None:
    page = visit(language="en").open("/orders")
    page.settled("orders")

    page.page.locator("input[name=quantity]").fill("")
    page.page.locator("input[name=quantity]").press_sequentially("go?")
    expect(page.page.locator("input[name=quantity]")).to_have_value("go?")
    expect(page.page.locator("dialog[open]")).to_have_count(0)
    page.go("/settings")
    page.page.get_by_label("Use single-key shortcuts").uncheck()
    page.page.locator("h1").click()
    page.page.keyboard.press("g")
    page.page.keyboard.press("d")
    page.page.keyboard.press("?")

    expect(page.page.locator("dialog[open]")).to_have_count(0)
    page.screen("settings")


def test_the_kill_dialog_opens_by_keys_and_the_palette_finds_by_first_consonants(
    visit: Callable[..., Visit],
) -> None:
    page = visit().open()

    page.page.keyboard.press("Control+Shift+K")
    expect(page.page.locator("dialog[open]")).to_have_count(0)
    page.page.keyboard.press("Control+Shift+K")
    expect(page.page.get_by_role("dialog", name="긴급 정지")).to_be_visible()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Control+k")
    page.page.get_by_role("combobox").fill("ㅅㅅㅈㅈ")
    page.page.keyboard.press("Enter")

    page.screen("chart")
    expect(page.page).to_have_url(f"{page.url}/chart?instrument=KRX%3A005930")
