"""Control `orders_per_second`: a program that runs wild is stopped here."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question
from jts.domain.values import NANOS_PER_SECOND


def orders_per_second(question: Question) -> Breach | None:
    """At most so many approvals in any second, on any instruments. A clock that was set back refuses
    nobody."""
    most, busy_ns = question.known_limits.orders_per_second, question.busy_ns
    if busy_ns is None or abs(question.now_ns - busy_ns) >= NANOS_PER_SECOND:
        return None
    return breach(
        "orders_per_second",
        limit=f"{most} orders a second",
        value=f"{most + 1} orders a second",
        expected=f"at most {most} orders in any second",
        found=f"{most} in the last {(question.now_ns - busy_ns) / NANOS_PER_SECOND:.3f} s, and this one",
        next_step="slow down; look at the strategy if it was not meant to send this many",
    )
