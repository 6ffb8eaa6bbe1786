"""Control `max_order_value`: how much one order may be worth."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach
from jts.domain.risk.question import Question


def max_order_value(question: Question) -> Breach | None:
    """At the worst price it may fill at. An order that only reduces is bounded by the position instead: a
    stop must be able to leave."""
    if question.terms.reduce_only:
        return None
    currency = question.known_instrument.currency
    most = question.known_limits.max_order_value.get(currency)
    if most is not None and question.value <= most:
        return None
    return breach(
        "max_order_value",
        limit="none is set" if most is None else amount(most, currency),
        value=amount(question.value, currency),
        expected=f"a limit for {currency}"
        if most is None
        else f"at most {amount(most, currency)} in one order",
        found="none" if most is None else amount(question.value, currency),
        next_step=f"set max_order_value for {currency}"
        if most is None
        else "order less, or ask for a higher limit",
    )
