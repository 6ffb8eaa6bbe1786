"""The stream's door: one WebSocket, recognised at the handshake, checked again while it is open."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from jts.domain.values import NANOS_PER_SECOND
from jts.gateway.auth.caller import Caller
from jts.gateway.gate import deny
from jts.gateway.problems import Problem, correlation_of
from jts.gateway.stream import StreamHub
from jts.gateway.stream_client import POLICY, SIGNED_OUT, StreamClient

MESSAGE_LENGTH_MAX = 256
MESSAGES_MAX = 30
MESSAGES_PER_S = 10.0
"""A page pauses and resumes as its tab is hidden and shown: more than this is not a page."""

CLOSE_MAX_S = 1.0

stream = APIRouter()


@stream.websocket("/api/v1/stream")
async def follow(websocket: WebSocket) -> None:
    """Snapshot, then deltas. The gate has recognised the caller and checked the Origin."""
    hub: StreamHub = websocket.app.state.hub
    caller: Caller = websocket.scope["state"]["caller"]
    try:
        if websocket.scope["query_string"]:
            raise Problem(400, "the stream takes nothing in its address: sign in by cookie or Authorization")
        hub.admit(caller)
    except Problem as problem:
        await deny(
            problem,
            websocket.scope,
            websocket.receive,
            websocket.send,
            correlation_of(websocket.scope),
            websocket.app.state.settings,
        )
        return
    try:
        await websocket.accept()
        await _converse(websocket, hub, caller)
    finally:
        hub.release(caller)


async def _converse(websocket: WebSocket, hub: StreamHub, caller: Caller) -> None:
    client = await hub.join(caller)
    tasks = [
        asyncio.create_task(client.write(websocket.send_text)),
        asyncio.create_task(_listen(websocket, client)),
        asyncio.create_task(_watch(websocket, client)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = await _end_of(done)
    finally:
        hub.leave(client)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if code is not None and websocket.application_state is WebSocketState.CONNECTED:
        try:
            async with asyncio.timeout(CLOSE_MAX_S):
                await websocket.close(code)
        except (TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
            pass  # it does not read: the server cuts the connection when this returns


async def _end_of(done: set[asyncio.Task[int | None]]) -> int | None:
    """The code to close with; None if the other side has gone."""
    for task in done:
        try:
            return task.result()
        except (WebSocketDisconnect, RuntimeError, OSError):
            return None
    return None


async def _listen(websocket: WebSocket, client: StreamClient) -> int | None:
    """Hear `pause` and `resume` until the client goes, or says what it should not."""
    clock = websocket.app.state.services.clock
    left, at_ns = float(MESSAGES_MAX), clock.monotonic_ns()
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        now_ns = clock.monotonic_ns()
        earned = (now_ns - at_ns) / NANOS_PER_SECOND * MESSAGES_PER_S
        left, at_ns = min(MESSAGES_MAX, left + earned) - 1, now_ns
        text = message.get("text")
        if text is None or len(text) > MESSAGE_LENGTH_MAX or left < 0:
            return POLICY
        was_paused = client.is_paused
        client.hear(text)
        if was_paused and not client.is_paused:
            hub: StreamHub = websocket.app.state.hub
            hub.catch_up(client)


async def _watch(websocket: WebSocket, client: StreamClient) -> int | None:
    """Close soon after the session or key has ended."""
    services, settings = websocket.app.state.services, websocket.app.state.settings
    while await client.caller.is_still_good(services.access):
        await services.clock.sleep(settings.stream_recheck_s)
    return SIGNED_OUT
