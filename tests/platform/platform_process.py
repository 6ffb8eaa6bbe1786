"""A platform in a process of its own, on a home of its own, and the means to ask it, stop it and kill it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

JTS = str(Path(sys.executable).with_name("jts"))
READY_MAX_S = 60.0
STOP_MAX_S = 20.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PlatformProcess:
    """`jts run --demo` on one home. Use as a context manager, so that no process is left behind."""

    def __init__(self, home: Path, *arguments: str, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.link = ""
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> PlatformProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "JTS_HOME": str(self.home), "JTS_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}

    def start(self) -> None:
        """Wait until it says that it is ready. Errors: AssertionError with its output."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / "stderr.txt").open("a") as errors:
            self._process = subprocess.Popen(
                [JTS, "run", "--demo", *self._arguments],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("JTS is ready at "), line + (self.home.parent / "stderr.txt").read_text()
        self.link = line.removeprefix("JTS is ready at ").strip()

    def interrupt(self) -> int:
        """Ctrl-C. Returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._ended()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._ended()

    def jts(self, *arguments: str) -> Any:
        """Run a verb with --json on this home and read what it prints."""
        done = self.try_jts(*arguments, "--json")
        assert done.returncode == 0, f"jts {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def try_jts(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [JTS, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def http(self, key: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30, trust_env=False
        )

    def _ended(self) -> int:
        assert self._process is not None
        code = self._process.wait(timeout=STOP_MAX_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code


def wait_for(what: str, look: Callable[[], Any], *, at_most_s: float = 60.0) -> Any:
    """Ask until the answer is truthy. Errors: AssertionError naming what never came."""
    until = time.monotonic() + at_most_s
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {at_most_s:.0f} s for {what}; it did not come")
