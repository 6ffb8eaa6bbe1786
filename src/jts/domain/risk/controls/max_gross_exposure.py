"""Control `max_gross_exposure`: how much may be at work at once."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach
from jts.domain.risk.question import Question


def max_gross_exposure(question: Question) -> Breach | None:
    """All positions of the currency at their marks, plus every open and unknown buy, plus this order."""
    if not question.adds:
        return None
    currency = question.known_instrument.currency
    most = question.known_limits.max_gross_exposure.get(currency)
    held = question.exposure.gross_value(currency, question.marks)
    reserved = question.exposure.reserved_gross(currency)
    total = held + reserved + question.value
    if most is not None and total <= most:
        return None
    return breach(
        "max_gross_exposure",
        limit="none is set" if most is None else amount(most, currency),
        value=amount(total, currency),
        expected=f"a limit for {currency}" if most is None else f"at most {amount(most, currency)} at work",
        found=f"{amount(held, currency)} held, {amount(reserved, currency)} on open and unknown orders, "
        f"{amount(question.value, currency)} asked",
        next_step=f"set max_gross_exposure for {currency}" if most is None else "order less, or reduce first",
    )
