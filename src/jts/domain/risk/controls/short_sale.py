"""Control `short_sale`: what is not held is not sold."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach, plain
from jts.domain.risk.question import Question
from jts.domain.values import Side


def short_sale(question: Question) -> Breach | None:
    """At most the position, less what open and unknown sells may still take of it."""
    if question.terms.side is not Side.SELL or question.terms.quantity <= question.reducible:
        return None
    held = question.exposure.held(question.terms.instrument)
    promised = question.exposure.reserved_quantity(question.terms.instrument)
    return breach(
        "short_sale",
        limit=plain(question.reducible),
        value=plain(question.terms.quantity),
        expected=f"to sell at most {plain(question.reducible)}",
        found=f"{plain(question.terms.quantity)}: {plain(held)} held, {plain(promised)} promised already",
        next_step="sell less, or cancel an open sell first; selling short is not offered",
    )
