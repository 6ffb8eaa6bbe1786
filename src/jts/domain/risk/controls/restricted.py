"""Control `restricted`: the owner's list of what is not traded."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question


def restricted(question: Question) -> Breach | None:
    """Some instruments are closed to an account, in both directions."""
    if question.terms.instrument not in question.known_limits.restricted:
        return None
    return breach(
        "restricted",
        limit="not on the account's list of restricted instruments",
        value=question.terms.instrument,
        expected="an instrument that is not restricted",
        found=f"{question.terms.instrument}, which is restricted on {question.command.account}",
        next_step="have the owner take it off the list in the settings if it may be traded",
    )
