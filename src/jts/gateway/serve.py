"""The HTTP server inside the runtime's loop: binds first and says plainly what is wrong, stops within 3 s."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from jts.domain.values import BadInput
from jts.gateway.settings import GatewaySettings
from jts.gateway.stream import StreamHub

STOP_MAX_S = 2
BACKLOG = 512
WEBSOCKET_MESSAGE_BYTES_MAX = 1024
HEADER_BLOCK_BYTES_MAX = 32_768


class GatewayServer:
    """Start binds and begins to answer; stop ends the stream's followers, lets answers finish, and closes.

    `port` is the bound one, also when 0 was asked for.
    """

    def __init__(self, *, app: ASGIApp, settings: GatewaySettings, hub: StreamHub | None = None) -> None:
        self._settings = settings
        self._hub = hub
        self._server = _Server(
            uvicorn.Config(
                app,
                http="h11",  # the strictest of the parsers: it refuses what could be read in two ways
                ws="websockets-sansio",
                ws_max_size=WEBSOCKET_MESSAGE_BYTES_MAX,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_MAX_S,
                h11_max_incomplete_event_size=HEADER_BLOCK_BYTES_MAX,
            )
        )
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        assert self._socket is not None, "start the server first"
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        host = self._settings.host
        shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
        return f"http://{shown}:{self.port}"

    async def start(self) -> None:
        """Errors: BadInput if the address cannot be bound, with the next step."""
        self._socket = _bound(self._settings.host, self._settings.port)
        self._serving = asyncio.create_task(self._server.serve([self._socket]), name="gateway")
        began = asyncio.create_task(self._server.began.wait())
        await asyncio.wait({began, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        if not self._server.began.is_set():
            began.cancel()
            await self._serving
            raise AssertionError("the HTTP server ended before it began")

    async def wait(self) -> None:
        """Until the server ends, which it does only by `stop` or a failure."""
        assert self._serving is not None, "start the server first"
        await asyncio.shield(self._serving)

    async def stop(self) -> None:
        """A repeat changes nothing."""
        if self._serving is None:
            return
        if self._hub is not None:
            self._hub.stop()
        self._server.should_exit = True
        serving, self._serving = self._serving, None
        await serving


class _Server(uvicorn.Server):
    """Tells when it answers. Signals are the runtime's business."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.began = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.began.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends small answers at once (TCP_NODELAY) only where it reads TCP
    # here; without it heads and bodies wait 40 ms for each other (measured, benchmarks/api_speed.py).
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise BadInput(_why(error, host, port), code="port") from error
    made.setblocking(False)
    return made


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use by another program (perhaps another JTS). "
            f"Stop that, or choose another: JTS_PORT={port + 1 if port < 65_535 else 8000} jts run"
        )
    if error.errno == errno.EACCES:
        return (
            f"port {port} on {host} may not be used by this user. "
            "Choose one above 1023: JTS_PORT=8000 jts run"
        )
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return f"this machine has no address {host}. Choose one it has, such as 127.0.0.1"
    return f"cannot listen on {host}:{port} ({error.strerror}). Choose another port: JTS_PORT=8000 jts run"
