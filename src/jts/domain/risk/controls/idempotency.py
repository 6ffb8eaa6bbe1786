"""Control `idempotency`: one intent is one wish."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question


def idempotency(question: Question) -> Breach | None:
    """The same intent with other terms is a different wish under a used name."""
    if question.answered_digest is None or question.answered_digest == question.digest:
        return None
    return breach(
        "idempotency",
        limit="one order for each intent",
        value=f"intent {question.command.intent} with other terms",
        expected=f"the order that intent {question.command.intent} named before",
        found="another one",
        next_step="use a fresh intent (Idempotency-Key) for a new order",
    )
