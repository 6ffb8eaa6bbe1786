"""The server itself: where it listens, how it starts, how it stops."""

from __future__ import annotations

import asyncio
import signal
import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from jts.domain.values import BadInput
from jts.gateway.serve import GatewayServer
from tests.gateway.live import live
from tests.gateway.makers import house

pytestmark = pytest.mark.slow


async def test_a_port_in_use_is_named_with_the_next_step(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        port = running.server.port
        second = GatewayServer(app=running.house.app, settings=replace(running.house.settings, port=port))

        with pytest.raises(BadInput, match=rf"port {port} .* in use.*JTS_PORT={port + 1}"):
            await second.start()


async def test_it_stops_within_three_seconds_with_streams_and_connections_open(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()
        idle = socket.create_connection(("127.0.0.1", running.server.port))
        loop = asyncio.get_running_loop()
        began = loop.time()

        await running.server.stop()

        took_s = loop.time() - began
        idle.close()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await follower.connection.recv()
        assert took_s < 3
        assert closed.value.rcvd is not None and closed.value.rcvd.code in (1001, 1012)


async def test_it_leaves_signals_to_the_runtime(tmp_path: Path) -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))

    async with live(tmp_path):
        during = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))

    assert during == before


async def test_it_answers_over_a_real_socket_and_does_not_say_what_it_is(tmp_path: Path) -> None:
    async with live(tmp_path) as running, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{running.server.url}/api/v1/health")

        assert answer.status_code == 200
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_requests_that_could_be_smuggled_are_refused(tmp_path: Path, request_: bytes) -> None:
    async with live(tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.server.port)
        writer.write(request_)
        first = await asyncio.wait_for(reader.readline(), 5)
        writer.close()

        assert first.split()[1:2][0][:1] == b"4", first


async def test_an_address_this_machine_has_not_is_told(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        settings = replace(made.settings, host="203.0.113.7", port=18_249)

        with pytest.raises(BadInput, match=r"no address 203\.0\.113\.7"):
            await GatewayServer(app=made.app, settings=settings).start()


async def test_stopping_twice_and_before_starting_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        server = GatewayServer(app=made.app, settings=made.settings)

        await server.stop()

    async with live(tmp_path) as running:
        await running.server.stop()
        await running.server.stop()


async def test_small_answers_leave_at_once(tmp_path: Path) -> None:
    async with live(tmp_path) as running, httpx.AsyncClient(trust_env=False) as client:
        loop = asyncio.get_running_loop()
        took_s: list[float] = []
        for _ in range(30):
            began = loop.time()
            await client.get(f"{running.server.url}/api/v1/health")
            took_s.append(loop.time() - began)

        assert sorted(took_s)[15] < 0.03  # a head that waits for its body's acknowledgement takes 0.04 s
