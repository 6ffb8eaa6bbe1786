"""Control `account`: only accounts with limits may trade."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question


def account(question: Question) -> Breach | None:
    """An account nobody has set limits for is unknown to risk."""
    if question.limits is not None:
        return None
    return breach(
        "account",
        limit="accounts with limits",
        value=question.command.account,
        expected="an account that has limits",
        found=f"{question.command.account!r}, which has none",
        next_step="use one of the accounts `jts status` shows, or add this one to the settings",
    )
