"""A gateway that really listens on loopback, and a follower of its stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from jts.domain.access.principal import Scope
from jts.domain.values import BadInput
from jts.gateway.serve import GatewayServer
from jts.gateway.settings import GatewaySettings
from jts.services.access.service import OWNER
from tests.gateway.makers import FlowingClock, House, house

PORTS = range(18_210, 18_250)


@dataclass
class LiveHouse:
    house: House
    server: GatewayServer

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/api/v1/stream"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def key(self, scope: Scope = Scope.READ) -> str:
        made = await self.house.access.create_api_key(name="follower", scope=scope, by=OWNER)
        return made.secret

    @asynccontextmanager
    async def follow(self, key: str | None = None, **more: Any) -> AsyncIterator[Follower]:
        key = key or await self.key()
        headers = {"Authorization": f"Bearer {key}"}
        async with connect(self.stream_url, additional_headers=headers, proxy=None, **more) as connection:
            yield Follower(connection)


@dataclass
class Follower:
    """Reads frames and keeps them."""

    connection: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def frame(self, *, within_s: float = 5.0) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            frame: dict[str, Any] = json.loads(await self.connection.recv())
        self.frames.append(frame)
        return frame

    async def change(self, topic: str, *, within_s: float = 5.0) -> Any:
        """The data of the next change of this topic."""
        async with asyncio.timeout(within_s):
            while True:
                frame = await self.frame(within_s=within_s)
                for change in frame.get("changes", ()):
                    if change["topic"] == topic:
                        return change["data"]

    async def frames_for(self, seconds: float) -> list[dict[str, Any]]:
        """Everything that comes in so many seconds."""
        found: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found.append(await self.frame(within_s=seconds + 1))
        except TimeoutError:
            return found


@asynccontextmanager
async def live(folder: Path, settings: GatewaySettings | None = None) -> AsyncIterator[LiveHouse]:
    clock = FlowingClock()
    async with house(folder, settings=settings, clock=clock) as made:
        server = await _started(made)
        pump = asyncio.create_task(made.hub.run())
        ticking = asyncio.create_task(_tick(clock))
        try:
            yield LiveHouse(made, server)
        finally:
            await server.stop()
            pump.cancel()
            ticking.cancel()
            await asyncio.gather(pump, ticking, return_exceptions=True)


async def _started(made: House) -> GatewayServer:
    for port in PORTS:
        server = GatewayServer(app=made.app, settings=replace(made.settings, port=port), hub=made.hub)
        try:
            await server.start()
        except BadInput:
            continue
        return server
    raise AssertionError(f"every port of {PORTS} is in use")


async def _tick(clock: FlowingClock) -> None:
    """The clock goes with the machine's, in steps of 5 ms."""
    loop = asyncio.get_running_loop()
    last = loop.time()
    while True:
        await asyncio.sleep(0.005)
        now = loop.time()
        clock.move(now - last)
        last = now


async def closed_with(connection: Any) -> int | None:
    """The code with which the other side closes, within five seconds. Errors: TimeoutError."""
    async with asyncio.timeout(5):
        try:
            while True:
                await connection.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
