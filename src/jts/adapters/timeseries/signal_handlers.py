"""Keeps the process's fault handlers as they were while a library is loaded that brings its own.

The engine of the bars installs handlers for illegal instructions and memory faults as it is imported.
Strategies run in WebAssembly, which stops a program that breaks by such a fault and needs its own handler for
it: without this, a broken program would end the whole platform instead of only itself. Measured with
chdb-core-lite 26.5 and wasmtime 50.
"""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Iterator
from contextlib import contextmanager

FAULTS = (signal.SIGILL, signal.SIGTRAP, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV)
ACTION_BYTES_MAX = 512
"""More than any system's `struct sigaction`, which is only carried here, never read."""


@contextmanager
def kept_fault_handlers() -> Iterator[None]:
    """Handlers of faults are the same after as before, whoever set them meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = {number: ctypes.create_string_buffer(ACTION_BYTES_MAX) for number in FAULTS}
    for number, action in before.items():
        libc.sigaction(int(number), None, action)
    try:
        yield
    finally:
        for number, action in before.items():
            libc.sigaction(int(number), action, None)
