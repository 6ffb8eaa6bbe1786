"""One person's visit to the page: their settings, their screen, and everything that went wrong meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.platform import WEB

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (
    (WEB / "node_modules" / "axe-core" / "axe.min.js").read_text() if (WEB / "node_modules").exists() else ""
)
PROBES = (Path(__file__).parent / "probes.js").read_text().rstrip().removesuffix(";")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SCREENS = {
    "dashboard": "/",
    "chart": "/chart",
    "orders": "/orders",
    "positions": "/positions",
    "strategies": "/strategies",
    "risk": "/risk",
    "data": "/data",
    "settings": "/settings",
    "more": "/more",
}

expect.set_options(timeout=8_000)


@dataclass(kw_only=True)
class Visit:
    """A page with its context. `problems`: console errors and warnings, page errors, requests to elsewhere.

    `expected`: parts of console messages that the test itself provokes, such as a failed request.
    """

    page: Page
    context: BrowserContext
    url: str
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        browser: Browser,
        url: str,
        *,
        sign_in: Callable[[BrowserContext, str], None] = lambda context, url: None,
        language: str = "ko",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
        colours: str = "korean",
        zone: str = "KST",
        **settings: Any,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=width < 720, reduced_motion="reduce"
        )
        sign_in(context, url)
        chosen = {"language": language, "theme": theme, "colours": colours, "zone": zone, **settings}
        context.add_init_script(
            "if (location.protocol.startsWith('http') && !localStorage.getItem('jts.settings')) "
            f"localStorage.setItem('jts.settings', {json.dumps(json.dumps(chosen))});"
        )
        visit = cls(page=context.new_page(), context=context, url=url)
        visit.page.on("console", visit._heard)
        visit.page.on("pageerror", lambda error: visit.problems.append(f"page error: {error}"))
        visit.page.on("request", visit._asked)
        return visit

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if not any(part in message.text for part in self.expected):
            self.problems.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"request left the origin: {request.url}")

    def open(self, path: str = "/", *, is_live: bool = True) -> Visit:
        """Load an address; by default wait until the stream is live."""
        self.page.goto(f"{self.url}{path}")
        if is_live:
            self.wait_live()
        return self

    def wait_live(self) -> None:
        expect(self.page.locator(".frame[data-fresh=live]")).to_be_visible()

    def go(self, path: str) -> None:
        """Follow an address inside the page, without loading it again."""
        self.probe("follow", path)

    def probe(self, name: str, given: object = None) -> Any:
        """Ask the page itself: one of the functions in probes.js."""
        return self.page.evaluate(f"(given) => ({PROBES}).{name}(given)", given)

    def screen(self, name: str) -> Locator:
        """The main area of a screen, once it is the one shown and has its heading."""
        main = self.page.locator(f"main[data-screen={name}]")
        expect(main.locator("h1").first).to_be_visible()
        return main

    def settled(self, name: str) -> Locator:
        """A screen when nothing on it is loading."""
        main = self.screen(name)
        expect(main.locator("[data-state=loading]")).to_have_count(0)
        return main

    def axe(self) -> list[str]:
        """What axe finds, one line per element."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found: list[dict[str, Any]] = self.page.evaluate(
            "async (tags) => (await axe.run(document, { runOnly: { type: 'tag', values: tags },"
            " resultTypes: ['violations'] })).violations",
            AXE_TAGS,
        )
        return [
            f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for rule in found
            for node in rule["nodes"]
        ]
