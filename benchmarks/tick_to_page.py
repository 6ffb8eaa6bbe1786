"""How old a price is when the page shows it: from our receiving the print to the changed text in the browser.

python benchmarks/tick_to_page.py --seconds 60 --json

The real platform in a process of its own, on the demo market, and the built page in a headless Chromium on
the same machine (so both read one clock). The page's WebSocket is listened to for the instant at which the
print behind each price was received, and the price's cell is watched; an age is taken at the first change of
the text after that price came. Needs the page (`make build`) and Chromium. Aim: p95 under 300 ms.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from machine import facts, percentile, tell
from second_start import JTS, end, free_port

AIM_MS = 300.0
INSTRUMENT = "BINANCE:BTCUSDT"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WATCH = """
(() => {
  const wanted = "%s";
  const now = () => performance.timeOrigin + performance.now();
  window.agesMs = [];
  window.framesSeen = 0;
  let received = null;
  const look = (value) => {
    if (Array.isArray(value)) return value.forEach(look);
    if (value === null || typeof value !== "object") return;
    if (value.instrument === wanted && value.received_at) received = Date.parse(value.received_at);
    Object.values(value).forEach(look);
  };
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", (event) => {
        if (typeof event.data !== "string") return;
        window.framesSeen += 1;
        look(JSON.parse(event.data));
      });
    }
  };
  let shown = null;
  new MutationObserver(() => {
    const cell = document.querySelector(`[data-price="${wanted}"] .price`);
    if (cell === null || cell.textContent === shown) return;
    shown = cell.textContent;
    if (received !== null) window.agesMs.push(now() - received);
    received = null;
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
"""


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit("expected Chromium in PATH, found none: install your system's package `chromium`")


def ages(link: str, seconds: float) -> tuple[list[float], int]:
    """Milliseconds, one for each changed price that was shown; and how many frames came."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(WATCH % INSTRUMENT)
        page.goto(link)
        page.wait_for_selector(f'[data-price="{INSTRUMENT}"]', timeout=60_000)
        page.wait_for_timeout(5_000)  # what is drawn first is not what is measured
        page.evaluate("() => { window.agesMs = []; }")
        page.wait_for_timeout(seconds * 1_000)
        found = [float(each) for each in page.evaluate("() => window.agesMs")]
        frames = int(page.evaluate("() => window.framesSeen"))
        browser.close()
    return found, frames


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    machine = facts()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [str(JTS), "run", "--demo"],
            env={
                **os.environ,
                "JTS_HOME": str(Path(folder) / "home"),
                "JTS_PORT": str(arguments.port or free_port()),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("JTS is ready at "), f"expected the ready line, found {line!r}"
            found, frames = ages(line.removeprefix("JTS is ready at ").strip(), arguments.seconds)
        finally:
            end(process)
            time.sleep(0.1)
    if len(found) < arguments.seconds:
        print(f"only {len(found)} changed prices were shown ({frames} frames came)", file=sys.stderr)
    p95_ms = percentile(found, 0.95) if found else float("inf")
    tell(
        {
            "benchmark": "tick_to_page",
            "machine": machine,
            "target": {"p95_ms": AIM_MS},
            "measured": {
                "prices_shown": len(found),
                "p50_ms": round(percentile(found, 0.5), 1) if found else None,
                "p95_ms": round(p95_ms, 1) if found else None,
                "max_ms": round(max(found), 1) if found else None,
            },
            "ok": p95_ms < AIM_MS and len(found) >= arguments.seconds,
        },
        as_json=arguments.json,
    )


if __name__ == "__main__":
    main()
