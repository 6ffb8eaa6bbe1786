"""Control `max_position`: how much of one instrument may be held."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach
from jts.domain.risk.question import Question


def max_position(question: Question) -> Breach | None:
    """Position at its mark, plus every open and unknown buy, plus this order, each at its worst price."""
    if not question.adds:
        return None
    instrument = question.known_instrument
    id, currency = instrument.id, instrument.currency
    most = question.known_limits.position_value(id, currency)
    held = question.exposure.position_value(id, question.marks)
    reserved = question.exposure.reserved_value(id)
    total = held + reserved + question.value
    if most is not None and total <= most:
        return None
    return breach(
        "max_position",
        limit="none is set" if most is None else amount(most, currency),
        value=amount(total, currency),
        expected=f"a limit for {currency}" if most is None else f"at most {amount(most, currency)} in {id}",
        found=f"{amount(held, currency)} held, {amount(reserved, currency)} on open and unknown orders, "
        f"{amount(question.value, currency)} asked",
        next_step=f"set max_position_value for {currency}"
        if most is None
        else "order less, or reduce it first",
    )
