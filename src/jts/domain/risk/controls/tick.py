"""Control `tick`: a price lies on its market's grid."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach, plain
from jts.domain.risk.question import Question
from jts.domain.values import Rounding


def tick(question: Question) -> Breach | None:
    """Limit and stop prices are multiples of the tick of their band, on the market's date."""
    instrument, at_ns = question.known_instrument, question.market_ns
    for name, price in (
        ("limit price", question.terms.limit_price),
        ("stop price", question.terms.stop_price),
    ):
        if price is None or instrument.is_on_tick(price, at_ns):
            continue
        step = instrument.ticks.tick(price, at_ns)
        below = instrument.price(price, rounding=Rounding.DOWN, at_ns=at_ns)
        above = instrument.price(price, rounding=Rounding.UP, at_ns=at_ns)
        return breach(
            "tick",
            limit=f"steps of {amount(step, instrument.currency)}",
            value=f"{name} {amount(price, instrument.currency)}",
            expected=f"a {name} in steps of {amount(step, instrument.currency)}",
            found=amount(price, instrument.currency),
            next_step=f"use {plain(below)} or {plain(above)}" if below > 0 else f"use {plain(above)}",
        )
    return None
