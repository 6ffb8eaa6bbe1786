"""The page speaks the gateway's language: its types are made from the gateway's OpenAPI, and are fresh."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.browser.platform import WEB


def test_the_client_types_are_those_of_the_gateway() -> None:
    answer = subprocess.run(
        ["node", "scripts/api.mjs", "--check"],
        cwd=WEB, env={**os.environ, "JTS_PYTHON": sys.executable}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert answer.returncode == 0, answer.stderr


def test_the_first_screen_is_small_and_the_chart_is_loaded_only_when_wanted() -> None:
    import gzip
    import re

    dist = WEB / "dist"
    index = (dist / "index.html").read_text()
    first = {dist / name.lstrip("/") for name in re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', index)}

    size = sum(len(gzip.compress(path.read_bytes())) for path in first)

    assert first
    assert size <= 250 * 1024
    assert not any("chart" in path.name for path in first)
