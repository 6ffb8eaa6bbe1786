"""The one command: format, lint, types, floor plan, house rules, tests. `--all` adds everything that takes
longer.

Independent checks run side by side; what fails is printed whole, what passes is one line with its seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
ONE_HALF = ("tests/gateway", "tests/language", "tests/services")
"""Half of the fast tests by seconds, not by number; the other half is whatever else there is."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


def fast() -> tuple[Check, ...]:
    python = str(BIN / "python")
    tests = (python, "-m", "pytest", "-m", "not slow and not browser", "-x", "-p", "no:cacheprovider")
    return (  # those that take longest first, so that neither processor waits at the end
        Check("fast tests, one half", (*tests, *ONE_HALF)),
        Check("fast tests, the other", (*tests, "tests", *(f"--ignore={folder}" for folder in ONE_HALF))),
        Check("types", (str(BIN / "mypy"), "--no-error-summary")),
        Check("format", (str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
        Check("lint", (str(BIN / "ruff"), "check", "--quiet", ".")),
        Check("floor plan", (str(BIN / "lint-imports"), "--no-logo")),
        Check("house rules", (python, "tools/tidy.py")),
    )


def run(check: Check) -> bool:
    began = time.monotonic()
    done = subprocess.run(check.command, cwd=check.folder, capture_output=True, text=True, env=environment())
    seconds = time.monotonic() - began
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {check.name}  {seconds:.1f} s", flush=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONWARNINGS": "default"}


def run_all(checks: Sequence[Check]) -> bool:
    with ThreadPoolExecutor(max_workers=3) as pool:  # one more than processors: tests also wait for disks
        return all(list(pool.map(run, checks)))


def whole() -> bool:
    """Everything: the fast checks without their tests, the page's own checks, then all tests, live output."""
    ok = run_all([check for check in fast() if not check.name.startswith("fast tests")])
    ok = run(Check("page", ("npm", "run", "--silent", "check"), ROOT / "web")) and ok
    subprocess.run([str(BIN / "python"), "tools/browser.py"], cwd=ROOT, check=True, env=environment())
    everything = {**environment(), "JTS_FULL": "1"}  # every property tried with many examples
    for marked in ("browser", "not browser"):
        # A process each: the browser's driver keeps an event loop running, which other tests cannot share.
        command = [str(BIN / "python"), "-m", "pytest", "--durations=10", "-m", marked]
        ok = subprocess.run(command, cwd=ROOT, env=everything).returncode == 0 and ok
    return ok


def main(arguments: Sequence[str]) -> int:
    return 0 if (whole() if "--all" in arguments else run_all(fast())) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
