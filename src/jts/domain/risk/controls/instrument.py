"""Control `instrument`: we trade what we know."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question


def instrument(question: Question) -> Breach | None:
    """An instrument market data does not know has no grid, no session and no price."""
    if question.instrument is not None:
        return None
    return breach(
        "instrument",
        limit="known instruments",
        value=question.terms.instrument,
        expected="an instrument this platform knows, such as KRX:005930",
        found=f"{question.terms.instrument!r}",
        next_step="check the code; the instruments are listed on the page and by GET /api/v1/instruments",
    )
