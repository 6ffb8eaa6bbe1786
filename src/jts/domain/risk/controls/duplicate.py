"""Control `duplicate`: the same wish twice in a moment is a slip."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question
from jts.domain.values import NANOS_PER_SECOND


def duplicate(question: Question) -> Breach | None:
    """The same account, actor, instrument, side, quantity, price and kind within the window, under another
    intent. A clock that was set back by more than the window refuses nobody."""
    window_ns, same_ns = question.known_limits.duplicate_window_ns, question.same_order_ns
    if same_ns is None or abs(question.now_ns - same_ns) >= window_ns:
        return None
    ago_s = (question.now_ns - same_ns) / NANOS_PER_SECOND
    return breach(
        "duplicate",
        limit=f"not twice within {window_ns / NANOS_PER_SECOND:g} s",
        value=f"the same order {ago_s:.3f} s ago",
        expected=f"no second equal order within {window_ns / NANOS_PER_SECOND:g} s",
        found=f"one {ago_s:.3f} s ago",
        next_step="look whether the first is what you wanted; wait a moment if you mean both",
    )
