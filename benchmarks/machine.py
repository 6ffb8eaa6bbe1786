"""What a figure was measured on, and how each benchmark says what it found."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from typing import Any

SYNCS = 100


def facts() -> dict[str, Any]:
    """The machine as it was before the measuring began. Other work on it makes every figure worse."""
    return {
        "cores": os.cpu_count(),
        "load_average_at_start": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def disk(folder: str | None = None) -> dict[str, float]:
    """How long the disk takes to keep 4 KiB for good: no order path is faster than its commits."""
    waits = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for place in range(SYNCS):
            os.pwrite(file.fileno(), b"x" * 4096, 4096 * place)
            began = time.perf_counter()
            os.fsync(file.fileno())
            waits.append((time.perf_counter() - began) * 1_000)
    return {
        "fsync_p50_ms": round(percentile(waits, 0.5), 3),
        "fsync_p99_ms": round(percentile(waits, 0.99), 3),
    }


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all values does not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def tell(result: dict[str, Any], *, as_json: bool) -> None:
    """One JSON object on a line of its own, or the same for people. Ends with 1 if an aim was missed."""
    print(json.dumps(result) if as_json else json.dumps(result, indent=2))
    sys.exit(0 if result["ok"] else 1)
