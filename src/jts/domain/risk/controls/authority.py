"""Control `authority`: only the switch itself may order in its own name."""

from __future__ import annotations

from jts.domain.orders.source import Origin
from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question


def authority(question: Question) -> Breach | None:
    """An order asked for from outside is a person's or a strategy's. Orders in the name of the kill switch
    pass the freeze, so risk makes them alone."""
    origin = question.command.source.origin
    if origin in (Origin.PERSON, Origin.STRATEGY):
        return None
    return breach(
        "authority",
        limit="orders of persons and strategies",
        value=f"origin {origin}",
        expected="an order of a person or a strategy",
        found=f"one in the name of {origin}",
        next_step="engage the kill switch to flatten; it makes its orders itself",
    )
