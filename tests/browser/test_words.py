"""Both languages are complete, switch without a reload, and write numbers and times their own way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import SCREENS, Visit

HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")
RAW_KEY = re.compile(r"^[a-z_]+(\.[a-z_]+)+$")
GAP = re.compile(r"\{\w+\}")
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
# Names, units and commands which a Korean trader reads in Latin letters.
TERMS = {
    "API", "Average", "BINANCE", "BTC", "BTCUSDT", "CSV", "Charts", "Ctrl", "ETHUSDT", "End", "English",
    "Esc", "FOK", "HTS", "Home", "IOC", "JTS", "KRW", "KRX", "KST", "Lightweight", "Parquet", "RSI",
    "Shift", "TradingView", "UPBIT", "USDT", "UTC", "average", "cross", "data", "demo", "embedded",
    "import", "jts", "kill", "krx", "link", "mean", "owner", "paper", "reversion", "rsi", "run",
    "status",
}  # fmt: skip


def _texts(page: Visit) -> list[str]:
    texts: list[str] = page.probe("texts")
    return texts


@pytest.mark.parametrize("is_empty", [False, True])
def test_english_has_no_korean_and_korean_no_stray_english(
    mock: MockPlatform, visit: Callable[..., Visit], is_empty: bool
) -> None:
    mock.reset(isEmpty=is_empty)
    page = visit(language="en").open()
    strays: list[tuple[str, str, str]] = []

    for language in ("en", "ko"):
        page.go("/settings")
        page.page.locator(f"[lang={language}]").get_by_text(
            "English" if language == "en" else "한국어"
        ).click()
        expect(page.page.locator(f"html[lang={language}]")).to_be_attached()
        for name, path in SCREENS.items():
            page.go(path)
            page.settled(name)
            for text in _texts(page):
                if (
                    RAW_KEY.match(text)
                    or GAP.search(text)
                    or "undefined" in text
                    or "NaN" in text
                    or (language == "en" and HANGUL.search(text))
                    or (language == "ko" and not set(LATIN_WORD.findall(text)) <= TERMS)
                ):
                    strays.append((language, path, text))

    assert strays == []


def test_the_language_changes_without_loading_the_page_again(visit: Callable[..., Visit]) -> None:
    page = visit(language="ko").open("/settings")
    page.page.evaluate("() => { window.isSamePage = true }")

    page.page.get_by_label("English").check()

    expect(page.page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    expect(page.page).to_have_title("Settings · JTS")
    assert page.page.evaluate("() => [document.documentElement.lang, window.isSamePage]") == ["en", True]


def test_money_and_times_are_written_for_their_language_and_zone(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    mock.reset(isFrozen=True)
    korean = visit(language="ko", zone="KST").open("/orders/ord-0093")
    english = visit(language="en", zone="UTC").open("/orders/ord-0093")
    stamp = re.compile(r"(\d\d):(\d\d:\d\d\.\d{3}) (KST|UTC)")

    seoul = stamp.search(korean.page.locator("[data-event=OrderIntended]").inner_text())
    world = stamp.search(english.page.locator("[data-event=OrderIntended]").inner_text())
    korean.go("/")
    won = korean.page.get_by_test_id("equity-KRW").inner_text()
    curve = korean.page.locator("[data-currency=KRW] figcaption").inner_text()

    assert seoul is not None and world is not None
    assert (seoul[2], seoul[3], world[3]) == (world[2], "KST", "UTC")
    assert (int(seoul[1]) - int(world[1])) % 24 == 9
    assert re.fullmatch(r"[\d,]+ KRW", won)  # won without decimals
    assert "만" in curve


def test_changing_the_zone_changes_every_time_on_the_screen(visit: Callable[..., Visit]) -> None:
    page = visit(language="en", zone="KST").open("/orders")
    page.settled("orders")
    assert page.page.get_by_role("columnheader", name="Ordered at (KST)").is_visible()

    page.go("/settings")
    page.page.get_by_label("UTC", exact=True).check()
    page.go("/")
    page.settled("dashboard")

    texts = " ".join(_texts(page))
    assert "UTC" in texts
    assert "KST" not in texts


SCHEMES = {"korean": ("red", "blue"), "western": ("green", "red"), "safe": ("blue", "orange")}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colour_scheme_turns_all_directions_at_once_and_leaves_status_alone(
    visit: Callable[..., Visit], theme: str
) -> None:
    page = visit(language="en", theme=theme).open()
    page.settled("dashboard")
    status = "() => getComputedStyle(document.querySelector('.badge.ok')).color"
    before = page.page.evaluate(status)
    seen: dict[str, tuple[str, str]] = {}

    for colours, label in (("western", "Western"), ("safe", "Colour-blind"), ("korean", "Korean (up")):
        page.go("/settings")
        page.page.get_by_label(label).check()
        page.go("/")
        page.settled("dashboard")
        seen[colours] = (page.probe("hue", "main .up"), page.probe("hue", "main .down"))

    assert seen == SCHEMES
    assert page.page.evaluate(status) == before
    assert page.page.locator("main .up .arrow").first.inner_text() == "▲"
