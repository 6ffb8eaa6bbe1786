"""How long a start takes on a home that was used before: from the process to the line that says it is ready.

python benchmarks/second_start.py --json

The first start makes the home and trades for a while, then is killed, so that each measured start recovers
as it would after a crash. Aim: under 5 s, median of five. `processor_s` is what the start itself costs: on a
machine with other work the wall time grows, this hardly does.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import facts, tell

JTS = Path(sys.executable).with_name("jts")
AIM_S = 5.0


def start(home: Path, port: int) -> tuple[subprocess.Popen[str], float, float]:
    """The running platform, the seconds until it was ready, and the processor seconds it used for that."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(JTS), "run", "--demo"],
        env={**os.environ, "JTS_HOME": str(home), "JTS_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - began
    assert line.startswith("JTS is ready"), f"expected the ready line, found {line!r}"
    return process, took, processor_s(process.pid)


def processor_s(pid: int) -> float:
    """User and system time of a process so far; 0 where the system does not tell (no /proc)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.wait(timeout=30)
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--trade-s", type=float, default=20.0, help="how long the first start trades")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    machine = facts()
    port = arguments.port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        process, first_s, _ = start(home, port)
        time.sleep(arguments.trade_s)
        end(process)
        starts, used = [], []
        for _ in range(arguments.starts):
            process, took, processor = start(home, port)
            starts.append(took)
            used.append(processor)
            end(process)
        stored_kib = sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) // 1024
    median_s = statistics.median(starts)
    tell(
        {
            "benchmark": "second_start",
            "machine": machine,
            "target": {"median_s": AIM_S},
            "measured": {
                "median_s": round(median_s, 3),
                "processor_s": round(statistics.median(used), 3),
                "starts_s": [round(each, 3) for each in starts],
                "first_start_s": round(first_s, 3),
                "home_kib": stored_kib,
            },
            "ok": median_s < AIM_S,
        },
        as_json=arguments.json,
    )


if __name__ == "__main__":
    main()
