"""Time, as something we are given."""

from __future__ import annotations

from typing import Protocol

from jts.domain.values import Nanos


class Clock(Protocol):
    """The one source of instants and of waiting. The wall clock labels; the monotonic clock measures."""

    def now_ns(self) -> Nanos: ...

    def monotonic_ns(self) -> int:
        """Never goes back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None: ...
