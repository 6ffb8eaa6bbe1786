"""The machine's clock and the machine's chance: the only place that reads them."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time

from jts.domain.values import MessageId, Nanos


class SystemClock:
    """`ports.clock.Clock` over the operating system."""

    def now_ns(self) -> Nanos:
        return Nanos(time.time_ns())

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemNames:
    """`ports.names.Names` over the operating system's randomness."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(4)
        self._next = itertools.count()

    def message_id(self) -> MessageId:
        # Time first, so that ids sort; a random prefix of this process, so that two processes never meet.
        return MessageId(f"{time.time_ns() // 1_000_000:012x}-{self._prefix}-{next(self._next):x}")

    def secret(self, size_bytes: int = 32) -> str:
        return secrets.token_urlsafe(size_bytes)
