"""Control `minimum_quantity`: the smallest order a venue takes."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach, plain
from jts.domain.risk.question import Question


def minimum_quantity(question: Question) -> Breach | None:
    """The quantity is at least the venue's smallest."""
    least, quantity = question.known_instrument.minimum_quantity, question.terms.quantity
    if quantity >= least:
        return None
    return breach(
        "minimum_quantity",
        limit=f"at least {plain(least)}",
        value=plain(quantity),
        expected=f"a quantity of at least {plain(least)}",
        found=plain(quantity),
        next_step="order more, or nothing: the venue would decline it",
    )
