"""One follower of the stream: what waits for it, conflated; its frames in sequence; its end if it lags."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from jts.gateway.auth.caller import Caller
from jts.gateway.instants import iso
from jts.gateway.measures import GatewayMeasures
from jts.gateway.seams import Clock
from jts.gateway.settings import GatewaySettings

HEARTBEAT_S = 1.0
PRICE = "price"

GOING_AWAY = 1001
POLICY = 1008
TOO_SLOW = 1013
SIGNED_OUT = 4401
"""Our own code: the session or key has ended; sign in again."""

SendText = Callable[[str], Awaitable[None]]


class StreamClient:
    """Changes wait by topic and key, newest value only: a reader that is behind misses steps between, never
    a final state. What must not be conflated (refusals, notices) has a key of its own each."""

    def __init__(
        self,
        *,
        caller: Caller,
        snapshot: bytes,
        clock: Clock,
        settings: GatewaySettings,
        measures: GatewayMeasures,
    ) -> None:
        self.caller = caller
        self.is_paused = False
        self._snapshot = snapshot
        self._clock = clock
        self._settings = settings
        self._measures = measures
        self._waiting: dict[tuple[str, str], bytes] = {}
        self._woken = asyncio.Event()
        self._sequence = 0
        self._end_code: int | None = None

    def put(self, topic: str, key: str, change: bytes) -> None:
        """Have a change sent. `change` is the JSON of `{"topic": ..., "data": ...}`. Never waits."""
        if self._end_code is not None or (self.is_paused and topic == PRICE):
            return
        self._waiting[topic, key] = change
        if len(self._waiting) > self._settings.stream_waiting_max:
            self.end(TOO_SLOW)
        self._woken.set()

    def end(self, code: int) -> None:
        """Have the connection closed with this code. The first reason counts."""
        if self._end_code is None:
            self._end_code = code
            self._waiting.clear()
            if code == TOO_SLOW:
                self._measures.stream_dropped.inc()
        self._woken.set()

    async def write(self, send: SendText) -> int:
        """Send frames until the client is to be closed; returns the code to close with."""
        sent = await self._send(send, "snapshot", b'"data":' + self._snapshot)
        self._snapshot = b""
        while sent and self._end_code is None:
            if not self._waiting and not await self._wake():
                sent = await self._send(send, "heartbeat", b"")
                continue
            if self._end_code is not None or not self._waiting:
                continue
            waiting, self._waiting = self._waiting, {}
            self._sequence += 1
            sent = await self._send(send, "delta", b'"changes":[' + b",".join(waiting.values()) + b"]")
        assert self._end_code is not None, "frames are sent until there is a reason to stop"
        return self._end_code

    def hear(self, text: str) -> None:
        """What the client said: `pause` or `resume`. Anything else ends it."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        if said == {"type": "pause"}:
            self.is_paused = True
        elif said == {"type": "resume"}:
            self.is_paused = False
        else:
            self.end(POLICY)

    # ---- private, in the order they are called ----

    async def _send(self, send: SendText, type: str, rest: bytes) -> bool:
        """False if the client did not take it in time."""
        head = f'{{"type":"{type}","sequence":{self._sequence},"at":"{iso(self._clock.now_ns())}"'.encode()
        frame = head + (b"," + rest if rest else b"") + b"}"
        try:
            async with asyncio.timeout(self._settings.stream_send_max_s):
                await send(frame.decode())
        except TimeoutError:
            self.end(TOO_SLOW)
            return False
        self._measures.stream_frames.labels(type).inc()
        return True

    async def _wake(self) -> bool:
        """Wait for something to send. False if a heartbeat is due first."""
        self._woken.clear()
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True
