"""Control `reference_price`: without a fresh price nothing can be measured."""

from __future__ import annotations

from jts.domain.market.prices import SessionState
from jts.domain.orders.terms import Timing
from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question
from jts.domain.values import NANOS_PER_SECOND

WAITING = (Timing.AT_OPEN, Timing.FROM_OPEN)
"""Orders that may be given while the market is closed: nothing is printed then, so nothing is stale."""


def reference_price(question: Question) -> Breach | None:
    """A missing or stale price refuses. An order for the next opening, given while the market is closed, is
    measured by the last session's print, however old: there is no newer one."""
    reference = question.reference
    if reference is None:
        return breach(
            "reference_price",
            limit="a price is known",
            value="none",
            expected=f"a price of {question.terms.instrument}",
            found="none since the start",
            next_step="wait for its first print, and look at the feed if none comes",
        )
    waits = question.terms.timing in WAITING and reference.session is not SessionState.OPEN
    if waits or not reference.is_stale(question.now_ns):
        return None
    age_s = (question.now_ns - reference.received_ns) / NANOS_PER_SECOND
    oldest_s = reference.stale_after_ns / NANOS_PER_SECOND
    return breach(
        "reference_price",
        limit=f"at most {oldest_s:g} s old",
        value=f"{age_s:.3f} s old",
        expected=f"a price of {question.terms.instrument} at most {oldest_s:g} s old",
        found=f"one that is {age_s:.3f} s old",
        next_step="wait for the next print, and look at the feed if none comes",
    )
