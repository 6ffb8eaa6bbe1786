"""The page is an app: installable, a shell offline, nothing of the platform cached, updates ask first."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.platform import MockPlatform
from tests.browser.visit import CHROMIUM_FLAGS, SCREENS, Visit


def _controlled(page: Visit) -> None:
    """Wait for the service worker, then load again so that it answers for the page."""
    page.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.page.reload()
    page.wait_live()
    assert page.page.evaluate("() => navigator.serviceWorker.controller !== null")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_manifest_has_what_installing_needs(
    visit: Callable[..., Visit], platform_url: str, language: str
) -> None:
    page = visit(language=language).open()

    session = page.context.new_cdp_session(page.page)
    told = session.send("Page.getAppManifest")
    manifest = json.loads(told["data"])

    assert told["errors"] == []
    assert told["url"].endswith(f"/manifest.{language}.webmanifest")
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/", "/", "/")
    assert (manifest["display"], manifest["lang"]) == ("standalone", language)
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in manifest["icons"]:
        with urllib.request.urlopen(platform_url + icon["src"]) as answer:
            head = answer.read(24)
            width = int.from_bytes(head[16:20], "big")
            assert (answer.headers["Content-Type"], head[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
            assert f"{width}x{width}" == icon["sizes"]


def test_the_browser_would_install_it(
    playwright: Playwright, chromium_path: str, platform_url: str, tmp_path: Path
) -> None:
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", executable_path=chromium_path, args=CHROMIUM_FLAGS
    )
    page = context.pages[0]
    page.goto(platform_url)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    errors = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]

    context.close()
    assert errors == []


def test_offline_every_screen_shows_its_last_figures_as_old_in_the_same_language(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open()
    page.expected += ["ERR_INTERNET_DISCONNECTED", "WebSocket"]
    _controlled(page)
    page.settled("dashboard")
    equity = page.page.get_by_test_id("equity-KRW").inner_text()
    page.page.evaluate("() => dispatchEvent(new Event('pagehide'))")
    page.context.set_offline(True)
    seen: dict[str, str] = {}

    for name, path in SCREENS.items():
        page.page.goto(page.url + path)
        page.screen(name)
        banner = page.page.get_by_test_id("connection-banner")
        expect(banner).to_contain_text("Offline.")
        seen[name] = page.page.evaluate("() => document.documentElement.lang")
    page.page.goto(page.url)

    assert set(seen.values()) == {"en"}
    expect(page.page.get_by_test_id("equity-KRW")).to_be_visible()
    assert page.page.get_by_test_id("equity-KRW").inner_text()[:6] == equity[:6]
    expect(page.page.locator(".stale-mark").first).to_contain_text("old value")


def test_offline_nothing_can_be_ordered_and_nothing_is_sent_afterwards(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open("/orders")
    page.expected += ["ERR_INTERNET_DISCONNECTED", "WebSocket"]
    _controlled(page)
    page.settled("orders")
    page.page.locator("input[name=quantity]").fill("0.01")
    page.context.set_offline(True)

    expect(page.page.get_by_test_id("submit-order")).to_be_disabled()
    expect(page.page.get_by_test_id("order-lock")).to_contain_text("Offline")
    for button in page.page.get_by_role("button", name="Cancel").all():
        expect(button).to_be_disabled()
    page.page.locator("input[name=quantity]").press("Enter")
    page.context.set_offline(False)
    page.wait_live()
    page.page.wait_for_timeout(500)

    assert mock.log() == []


def test_no_cache_holds_what_the_platform_said_and_signing_out_empties_everything(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open()
    page.expected.append("401")
    _controlled(page)
    for name, path in SCREENS.items():
        page.go(path)
        page.settled(name)

    kept: list[str] = page.probe("cachedPaths")
    page.go("/settings")
    page.page.get_by_role("button", name="Sign out").click()
    expect(page.page.locator("main[data-screen=sign-in]")).to_be_visible()

    assert "/index.html" in kept
    assert [url for url in kept if url.startswith(("/api", "/welcome", "/metrics"))] == []
    left: dict[str, Any] = page.probe("kept")
    assert left == {"caches": 0, "session": 0, "databases": 0}


def test_a_new_build_is_offered_and_applied_only_when_accepted(
    mock: MockPlatform, visit: Callable[..., Visit]
) -> None:
    page = visit(language="en").open()
    _controlled(page)
    page.page.evaluate("() => { window.isSamePage = true }")

    mock.control(build="next")
    page.probe("updateWorker")
    expect(page.page.get_by_test_id("update-prompt")).to_be_visible()
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("() => window.isSamePage === true")
    with page.page.expect_navigation():
        page.page.get_by_role("button", name="Apply new version").click()

    page.wait_live()
    assert page.page.evaluate("() => window.isSamePage === undefined")
    expect(page.page.get_by_test_id("update-prompt")).to_have_count(0)
