"""A clock that is moved by hand, so that ten seconds of waiting take no time and come when the test says."""

from __future__ import annotations

import asyncio
import heapq
import itertools

from jts.domain.values import NANOS_PER_SECOND, MessageId, Nanos


class HandClock:
    def __init__(self, now_ns: int = 1_700_000_000 * NANOS_PER_SECOND) -> None:
        self._now_ns = now_ns
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now_ns(self) -> Nanos:
        return Nanos(self._now_ns)

    def monotonic_ns(self) -> int:
        return self._now_ns

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        bell: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due_ns = self._now_ns + int(seconds * NANOS_PER_SECOND)
        heapq.heappush(self._sleepers, (due_ns, next(self._count), bell))
        await bell

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking sleepers one after the other and letting real work finish between them."""
        end_ns = self._now_ns + int(seconds * NANOS_PER_SECOND)
        while True:
            await settle()
            if not self._sleepers or self._sleepers[0][0] > end_ns:
                break
            due_ns, _, bell = heapq.heappop(self._sleepers)
            self._now_ns = max(self._now_ns, due_ns)
            if not bell.done():
                bell.set_result(None)
        self._now_ns = end_ns


class CountedNames:
    def __init__(self, prefix: str = "m") -> None:
        self._prefix = prefix
        self._next = itertools.count(1)

    def message_id(self) -> MessageId:
        return MessageId(f"{self._prefix}{next(self._next)}")

    def secret(self, size_bytes: int = 32) -> str:
        return f"{self._prefix}-secret-{next(self._next)}"


async def settle(turns: int = 4) -> None:
    """Let tasks and the database's threads do what they can without the clock moving."""
    for _ in range(turns):
        await asyncio.sleep(0.0005)
