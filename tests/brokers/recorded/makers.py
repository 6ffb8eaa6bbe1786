"""A clock that jumps to the next waking, so that hours of a recording pass in no time."""

from __future__ import annotations

from jts.domain.values import NANOS_PER_SECOND, Nanos

NOW = Nanos(1_790_000_000_123_456_789)


class JumpingClock:
    """Sleeping moves the clock; nothing else does."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self.slept_s = 0.0

    def now_ns(self) -> Nanos:
        return Nanos(self.now)

    def monotonic_ns(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += int(seconds * NANOS_PER_SECOND)
        self.slept_s += seconds
