"""The page speaks the gateway's language, is small at first, and its lock file names no registry."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.browser.platform import WEB

FIRST_MAX_BYTES = 250 * 1024


def test_the_client_types_are_those_of_the_gateway() -> None:
    environment = {**os.environ, "JTS_PYTHON": sys.executable}

    answer = subprocess.run(
        ["node", "scripts/api.mjs", "--check"],
        cwd=WEB,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert answer.returncode == 0, answer.stderr


def test_the_first_screen_is_small_and_the_chart_is_loaded_only_when_wanted(built_page: Path) -> None:
    index = (built_page / "index.html").read_text()

    first = {
        built_page / name.lstrip("/") for name in re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', index)
    }
    size = sum(len(gzip.compress(path.read_bytes())) for path in first)

    assert first
    assert size <= FIRST_MAX_BYTES
    assert not any("chart" in path.name for path in first)


def test_the_lock_file_pins_by_hash_and_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') > 100
