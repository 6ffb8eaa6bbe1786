"""Control `minimum_notional`: the smallest amount a venue takes."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach
from jts.domain.risk.question import Question
from jts.domain.risk.reservation import EXACT


def minimum_notional(question: Question) -> Breach | None:
    """Quantity times price is at least the venue's smallest amount; without an own price, at the
    reference."""
    instrument, terms = question.known_instrument, question.terms
    price = terms.limit_price or terms.stop_price or question.reference_value
    notional = EXACT.multiply(terms.quantity, price)
    if notional >= instrument.minimum_notional:
        return None
    return breach(
        "minimum_notional",
        limit=f"at least {amount(instrument.minimum_notional, instrument.currency)}",
        value=amount(notional, instrument.currency),
        expected=f"an order of at least {amount(instrument.minimum_notional, instrument.currency)}",
        found=amount(notional, instrument.currency),
        next_step="order more, or nothing: the venue would decline it",
    )
