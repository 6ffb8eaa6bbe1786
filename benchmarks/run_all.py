"""Every benchmark with quick settings, one after the other: one JSON array on standard output (`make bench`).

A benchmark that cannot run here (no Chromium, say) is told as such and does not stop the others. Each runs in
a process of its own, so that none warms up another. The exit code is 1 if an aim was missed or one did not
run. For figures to quote, run them singly with their own settings on a quiet machine: see README.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from machine import disk, facts

FOLDER = Path(__file__).parent
TIME_MAX_S = 600
QUICK: dict[str, tuple[str, ...]] = {
    "second_start": ("--trade-s", "5", "--starts", "3"),
    "bus_speed": ("--messages", "300000"),
    "order_path": ("--seconds", "5"),
    "platform_order_path": ("--seconds", "9", "--alone", "200"),
    "risk_decision": (),
    "import_speed": ("--bars", "300000"),
    "bar_store_speed": ("--bars", "1000000"),
    "api_speed": ("--seconds", "5"),
    "tick_to_page": ("--seconds", "15"),
    "backtest_speed": (),
}
"""In this sequence; one of the folder that is not named here runs at the end with its own defaults."""

NOT_BENCHMARKS = {"machine", "run_all"}


def benchmarks() -> list[str]:
    there = {path.stem for path in FOLDER.glob("*.py")} - NOT_BENCHMARKS
    return [name for name in QUICK if name in there] + sorted(there - set(QUICK))


def run(name: str) -> dict[str, Any]:
    """What a benchmark printed, with its name and how it ended."""
    began = time.perf_counter()
    command = [sys.executable, str(FOLDER / f"{name}.py"), *QUICK.get(name, ()), "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_MAX_S, check=False)
        told = _last_object(done.stdout)
        why = "" if told is not None else _why(done.stderr, done.returncode)
    except subprocess.TimeoutExpired:
        told, why = None, f"did not end within {TIME_MAX_S} s"
    result = {"benchmark": name} | (told or {"ok": False, "did_not_run": why})
    # Those of other rooms say `met`, or state no aim at all: then having run is all there is to say.
    result.setdefault("ok", result.get("met", True))
    return result | {"seconds": round(time.perf_counter() - began, 1)}


def _last_object(text: str) -> dict[str, Any] | None:
    """The JSON object at the end of the output: on one line, or spread over several."""
    place = text.rfind("\n{")
    for part in (text.strip().splitlines()[-1:], [text[place + 1 :]], [text]):
        try:
            found = json.loads("".join(part))
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None


def _why(errors: str, code: int) -> str:
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    return f"exit code {code}: {lines[-1][:300] if lines else 'it printed nothing'}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(benchmarks())
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; known: {', '.join(benchmarks())}")
    results: list[dict[str, Any]] = [{"machine": facts() | disk()}]
    for name in arguments.names or benchmarks():
        print(f"{name} ...", file=sys.stderr, flush=True)
        results.append(run(name))
    print(json.dumps(results, indent=2))
    sys.exit(0 if all(each.get("ok", True) for each in results) else 1)


if __name__ == "__main__":
    main()
