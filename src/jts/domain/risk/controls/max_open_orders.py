"""Control `max_open_orders`: how many orders may be out at once."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question


def max_open_orders(question: Question) -> Breach | None:
    """Open and unknown orders, this one included. An exit is let through: the position bounds it."""
    most, count = question.known_limits.max_open_orders, len(question.exposure.reservations) + 1
    if question.terms.reduce_only or count <= most:
        return None
    return breach(
        "max_open_orders",
        limit=f"{most} orders",
        value=f"{count} orders",
        expected=f"at most {most} open or unknown orders",
        found=f"this would be number {count}",
        next_step="cancel some, or wait for some to end",
    )
