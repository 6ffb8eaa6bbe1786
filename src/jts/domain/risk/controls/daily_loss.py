"""Control `daily_loss`: enough lost for one day."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach
from jts.domain.risk.exposure import day_loss
from jts.domain.risk.question import Question


def daily_loss(question: Question) -> Breach | None:
    """Once the day's loss reaches the limit, only orders that reduce are approved until the day ends."""
    if not question.adds:
        return None
    currency = question.known_instrument.currency
    most = question.known_limits.daily_loss.get(currency)
    lost = day_loss(question.exposure, currency, question.marks)
    if most is not None and lost < most:
        return None
    return breach(
        "daily_loss",
        limit="none is set" if most is None else amount(most, currency),
        value=amount(lost, currency),
        expected=f"a limit for {currency}"
        if most is None
        else f"a loss today below {amount(most, currency)}",
        found="none" if most is None else amount(lost, currency),
        next_step=f"set daily_loss for {currency}"
        if most is None
        else "reduce only; trade again tomorrow (UTC)",
    )
