"""Control `reduce_only`: an exit never opens or turns a position."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach, plain
from jts.domain.risk.question import Question


def reduce_only(question: Question) -> Breach | None:
    """At most the position, less what other open and unknown orders of that side may still take of it."""
    if not question.terms.reduce_only or question.terms.quantity <= question.reducible:
        return None
    held = question.exposure.held(question.terms.instrument)
    return breach(
        "reduce_only",
        limit=plain(question.reducible),
        value=plain(question.terms.quantity),
        expected=f"to reduce by at most {plain(question.reducible)}",
        found=f"{plain(question.terms.quantity)}: {plain(held)} held, the rest promised to other orders",
        next_step="order less, or cancel an open order on this position first",
    )
