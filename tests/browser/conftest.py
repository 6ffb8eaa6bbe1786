"""One browser for the run; each page is watched for console errors, policy breaches, foreign requests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.browser.platform import WEB, MockPlatform
from tests.browser.visit import CHROMIUM_FLAGS, Visit

MOCK_PORT = int(os.environ.get("JTS_BROWSER_MOCK_PORT", "18310"))
REAL_URL = os.environ.get("JTS_BROWSER_URL", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        message = (
            "no Chromium on PATH: install it (Debian: apt-get install chromium), or leave out -m browser"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def built_page() -> Path:
    """web/dist, built if it is missing or older than its sources."""
    index = WEB / "dist" / "index.html"
    sources = [path for folder in ("src", "public") for path in (WEB / folder).rglob("*") if path.is_file()]
    newest = max(path.stat().st_mtime for path in sources)
    if not index.exists() or index.stat().st_mtime < newest:
        subprocess.run(["npm", "run", "build"], cwd=WEB, check=True, capture_output=True, timeout=300)
    return index.parent


@pytest.fixture(scope="session")
def started_mock(built_page: Path) -> Iterator[MockPlatform | None]:
    if REAL_URL:
        yield None
        return
    mock = MockPlatform(port=MOCK_PORT)
    yield mock
    mock.stop()


@pytest.fixture
def mock(started_mock: MockPlatform | None) -> MockPlatform:
    """The made-up platform in a fresh world. Tests that need it cannot run on a real one."""
    if started_mock is None:
        pytest.skip("JTS_BROWSER_URL names a real platform, which does not misbehave on request")
    started_mock.reset()
    return started_mock


@pytest.fixture
def platform_url(request: pytest.FixtureRequest, started_mock: MockPlatform | None) -> str:
    """The made-up platform, or the real one that JTS_BROWSER_URL names (with JTS_BROWSER_COOKIE or
    JTS_BROWSER_TOKEN to be signed in)."""
    if started_mock is None:
        return REAL_URL.rstrip("/")
    if "mock" not in request.fixturenames:
        started_mock.reset()
    return started_mock.url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
    yield started
    started.close()


def signed_in(context: BrowserContext, url: str) -> None:
    """On a real platform: by cookie, or by a one-time token."""
    if not REAL_URL:
        return
    if cookie := os.environ.get("JTS_BROWSER_COOKIE"):
        context.add_cookies([{"name": "jts_session", "value": cookie, "url": url}])
    elif token := os.environ.get("JTS_BROWSER_TOKEN"):
        context.request.get(f"{url}/welcome?token={token}")


@pytest.fixture
def visit(browser: Browser, platform_url: str) -> Iterator[Callable[..., Visit]]:
    """Open the page: `visit(language="en", theme="dark", width=390)`. What went wrong on it fails the test at
    its end."""
    visits: list[Visit] = []

    def open_page(**wishes: str | int) -> Visit:
        made = Visit.begin(browser, platform_url, sign_in=signed_in, **wishes)  # type: ignore[arg-type]  # wishes are its keywords
        visits.append(made)
        return made

    yield open_page
    problems = [problem for each in visits for problem in each.problems]
    for each in visits:
        each.context.close()
    assert problems == []
