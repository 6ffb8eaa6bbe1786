"""A program that breaks is stopped alone, also in a process that holds the bars."""

from __future__ import annotations

import subprocess
import sys

import pytest

BROKEN_PROGRAM_AFTER_THE_STORE_OPENED = """
import asyncio, sys
from pathlib import Path
import wasmtime
engine = wasmtime.Engine()
module = wasmtime.Module(engine, '(module (func (export "break") unreachable))')
store = wasmtime.Store(engine)
broken = wasmtime.Instance(store, module, []).exports(store)["break"]
from jts.adapters.timeseries.chdb_store import ChdbBarStore
bars = ChdbBarStore(Path(sys.argv[1]))
asyncio.run(bars.open())
try:
    broken(store)
except wasmtime.Trap:
    print("stopped alone")
asyncio.run(bars.close())
"""


@pytest.mark.slow
def test_a_broken_program_does_not_end_a_process_that_holds_the_bars(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN_PROGRAM_AFTER_THE_STORE_OPENED, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "stopped alone\n"), done.stderr[-500:]
