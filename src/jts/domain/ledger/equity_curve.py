"""Equity through time: how often it is kept, what is thinned as it ages, and what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from jts.domain.values import NANOS_PER_SECOND, Nanos

T = TypeVar("T")

SAMPLE_EVERY_NS = 5 * NANOS_PER_SECOND
SAMPLES_MAX = 4_000


def is_due(last_ns: Nanos | None, now_ns: Nanos) -> bool:
    """Whether a new sample is wanted, so long after the last."""
    return last_ns is None or now_ns - last_ns >= SAMPLE_EVERY_NS


def too_many(instants: Sequence[Nanos], samples_max: int = SAMPLES_MAX) -> tuple[Nanos, ...]:
    """The samples to drop, once there are too many: every second one of the older half, never the first.

    So the newest hours are dense, and each step back in time is twice as coarse. `instants`: oldest first.
    """
    if len(instants) <= samples_max:
        return ()
    return tuple(instants[1 : len(instants) // 2 : 2])


def shown(points: Sequence[T], count: int) -> tuple[T, ...]:
    """At most `count` points, evenly chosen, the first and the last among them. Oldest first, as given."""
    assert count >= 2, f"a curve has at least two points, was {count}"
    if len(points) <= count:
        return tuple(points)
    step = (len(points) - 1) / (count - 1)
    return tuple(points[round(n * step)] for n in range(count))
