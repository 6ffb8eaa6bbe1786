"""The made-up platform behind the page: started once, told how to misbehave, asked what reached it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

WEB = Path(__file__).parents[2] / "web"
START_MAX_S = 20.0


class MockPlatform:
    """web/mock/server.mjs on loopback. `control` changes its behaviour, `log` tells what was sent to it."""

    def __init__(self, *, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            ["node", str(WEB / "mock" / "server.mjs"), "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_MAX_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the mock platform ended at its start; is its port taken?"
            try:
                urllib.request.urlopen(f"{self.url}/mock/log", timeout=1).close()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the mock platform did not answer within {START_MAX_S} s")

    def control(self, **change: Any) -> None:
        body = json.dumps(change).encode()
        request = urllib.request.Request(f"{self.url}/mock/control", data=body, method="POST")
        urllib.request.urlopen(request, timeout=5).close()

    def reset(self, **world: Any) -> None:
        """A fresh world, well behaved."""
        self.control(
            silent=False, delayMs=0, loseReplies=False, signedIn=True, scope="owner", build="", world=world
        )

    def log(self) -> list[dict[str, Any]]:
        """Every POST and DELETE that arrived since the last reset, oldest first."""
        with urllib.request.urlopen(f"{self.url}/mock/log", timeout=5) as answer:
            entries: list[dict[str, Any]] = json.load(answer)["log"]
        return entries

    def orders_sent(self) -> list[dict[str, Any]]:
        return [entry for entry in self.log() if entry["path"] == "/orders"]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/api/v1{path}", timeout=5) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=5)
