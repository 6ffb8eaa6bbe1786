"""How often somebody may ask: token buckets by principal and by address, bounded in number."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from jts.domain.values import NANOS_PER_SECOND
from jts.gateway.problems import Problem
from jts.gateway.seams import Clock

BUCKETS_MAX = 10_000
"""Beyond this the bucket that was unused longest is forgotten: it is full again by then, most likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many a second, and so many at once."""

    per_s: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    left: float
    at_ns: int


class RateLimiter:
    """Counts by (rate's name, who). The monotonic clock measures."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def take(self, name: str, who: str, rate: Rate) -> None:
        """Count one. Errors: Problem 429, with Retry-After in seconds."""
        if not self.has(name, who, rate):
            wait_s = math.ceil((1 - self._filled(name, who, rate).left) / rate.per_s)
            raise Problem(
                429,
                f"more than {rate.burst} requests at once or {rate.per_s * 60:g} a minute; "
                f"ask again in {wait_s} s",
                headers={"Retry-After": str(wait_s)},
            )

    def has(self, name: str, who: str, rate: Rate) -> bool:
        """Count one, if there is one left."""
        bucket = self._filled(name, who, rate)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def give_back(self, name: str, who: str, rate: Rate) -> None:
        """Uncount one: it turned out to be no offence."""
        bucket = self._filled(name, who, rate)
        bucket.left = min(rate.burst, bucket.left + 1)

    def _filled(self, name: str, who: str, rate: Rate) -> _Bucket:
        now = self._clock.monotonic_ns()
        bucket = self._buckets.get((name, who))
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.popitem(last=False)
            bucket = self._buckets[name, who] = _Bucket(left=rate.burst, at_ns=now)
        else:
            self._buckets.move_to_end((name, who))
        bucket.left = min(rate.burst, bucket.left + (now - bucket.at_ns) / NANOS_PER_SECOND * rate.per_s)
        bucket.at_ns = now
        return bucket
