"""Control `lot`: a quantity lies on its instrument's grid."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach, plain
from jts.domain.risk.question import Question
from jts.domain.values import Rounding


def lot(question: Question) -> Breach | None:
    """Quantities are whole multiples of the lot."""
    instrument, quantity = question.known_instrument, question.terms.quantity
    if instrument.is_on_lot(quantity):
        return None
    below = instrument.quantity(quantity, rounding=Rounding.DOWN)
    above = instrument.quantity(quantity, rounding=Rounding.UP)
    return breach(
        "lot",
        limit=f"lots of {plain(instrument.lot)}",
        value=f"quantity {plain(quantity)}",
        expected=f"a quantity in lots of {plain(instrument.lot)}",
        found=plain(quantity),
        next_step=f"use {plain(below)} or {plain(above)}" if below > 0 else f"use {plain(above)}",
    )
