"""Control `price_collar`: a price far from the market is a slip of the finger."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach, percent, plain
from jts.domain.risk.question import Question


def price_collar(question: Question) -> Breach | None:
    """Limit and stop prices lie within a share of the reference, on both sides: the far good side is as
    often a misplaced digit as the far bad one, and a resting order out there reserves cash for nothing."""
    reference, collar = question.known_reference.price, question.known_limits.price_collar
    for name, price in (
        ("limit price", question.terms.limit_price),
        ("stop price", question.terms.stop_price),
    ):
        if price is None or abs(price - reference) <= reference * collar:
            continue
        away = abs(price - reference) / reference
        side = "above" if price > reference else "below"
        return breach(
            "price_collar",
            limit=f"within {percent(collar)} of {plain(reference)}",
            value=f"{name} {plain(price)}, {percent(away)} {side}",
            expected=f"a {name} within {percent(collar)} of the reference {plain(reference)}",
            found=f"{plain(price)}, {percent(away)} {side} it",
            next_step="check the price; if it is meant, ask the owner for a wider collar",
        )
    return None
