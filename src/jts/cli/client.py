"""The command line's way to the running platform: HTTP on loopback, with a key only this user can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

ANSWER_MAX_S = 30.0


class Running(msgspec.Struct, frozen=True):
    """What the platform leaves in `<home>/run/platform.json` (mode 0600) while it runs."""

    url: str
    pid: int
    key: str
    version: str


class NotRunning(click.ClickException):
    """No platform answers on this home."""


class Client:
    """Speaks to the platform as the owner of this machine's account."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._http = httpx.Client(
            base_url=running.url,
            timeout=ANSWER_MAX_S,
            headers={"Authorization": f"Bearer {running.key}"},
            trust_env=False,  # a proxy set for the internet has no business on loopback
        )

    @staticmethod
    def find(home: Path) -> Client | None:
        """The client, or None if no platform runs on this home."""
        try:
            running = msgspec.json.decode((home / "run" / "platform.json").read_bytes(), type=Running)
        except (OSError, msgspec.MsgspecError):
            return None
        client = Client(running)
        try:
            client._http.get("/api/v1/health", timeout=5.0)
        except httpx.TransportError:
            return None
        return client

    @staticmethod
    def from_home(home: Path) -> Client:
        """Errors: NotRunning, with the next step."""
        client = Client.find(home)
        if client is None:
            raise NotRunning(f"no platform is running on {home}. Start one with `jts run` (or set JTS_HOME).")
        return client

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """`path` below /api/v1. Errors: click.ClickException with the problem's own words."""
        return self._call("GET", path, params={k: v for k, v in params.items() if v is not None})

    def post(self, path: str, body: Any = None, key: str | None = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, json={} if body is None else body, headers=headers)

    def delete(self, path: str) -> dict[str, Any]:
        return self._call("DELETE", path)

    def send_bytes(
        self, path: str, body: bytes, content_type: str, timeout_s: float = 600.0
    ) -> dict[str, Any]:
        return self._call(
            "POST", path, content=body, headers={"Content-Type": content_type}, timeout=timeout_s
        )

    def _call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        path = path if path.startswith("/api/") else f"/api/v1/{path.lstrip('/')}"
        try:
            response = self._http.request(method, path, **kwargs)
        except httpx.TimeoutException:
            raise click.ClickException(
                f"the platform did not answer {method} {path} in time; whether it acted is unknown. "
                "Look with `jts status` and `jts orders` before asking again."
            ) from None
        except httpx.TransportError as error:
            raise NotRunning(
                f"the platform at {self.running.url} went away ({error}). Start it: `jts run`."
            ) from None
        if response.status_code >= 400:
            raise Problem.of(response)
        return response.json() if response.content else {}


class Problem(click.ClickException):
    """The platform said no. `body` is its problem document."""

    def __init__(self, message: str, status: int, body: dict[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.body = body

    @staticmethod
    def of(response: httpx.Response) -> Problem:
        try:
            body = response.json()
        except ValueError:
            body = {}
        lines = [str(body.get("detail") or body.get("title") or f"status {response.status_code}")]
        if body.get("control"):
            lines.append(f"control {body['control']}: limit {body.get('limit')}, value {body.get('value')}")
        lines += [f"{e.get('field')}: {e.get('message')}" for e in body.get("errors") or ()]
        lines += [
            f"{e.get('code')} line {e.get('line')}: {e.get('message')}; {e.get('hint')}"
            for e in body.get("diagnostics") or ()
        ]
        return Problem("\n  ".join(lines), response.status_code, body)
