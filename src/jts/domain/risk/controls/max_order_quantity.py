"""Control `max_order_quantity`: how many pieces one order may ask for."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach, plain
from jts.domain.risk.question import Question


def max_order_quantity(question: Question) -> Breach | None:
    """Measured in units of the instrument. An order that only reduces is bounded by the position instead."""
    most, quantity = question.known_limits.max_order_quantity, question.terms.quantity
    if question.terms.reduce_only or quantity <= most:
        return None
    return breach(
        "max_order_quantity",
        limit=plain(most),
        value=plain(quantity),
        expected=f"at most {plain(most)} in one order",
        found=plain(quantity),
        next_step="order less, or ask the owner for a higher limit",
    )
