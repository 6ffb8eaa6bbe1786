"""Control `session`: is anybody there to take the order?"""

from __future__ import annotations

from jts.domain.market.prices import SessionState
from jts.domain.orders.terms import Timing
from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question

_WHEN = {
    Timing.NOW: "now",
    Timing.AT_CLOSE: "at the close",
    Timing.AT_OPEN: "at the open",
    Timing.FROM_OPEN: "from the open on",
}


def session(question: Question) -> Breach | None:
    """Orders for now and for the close need an open session; orders for the open may wait for it."""
    reference = question.reference
    may_wait = question.terms.timing in (Timing.AT_OPEN, Timing.FROM_OPEN)
    if reference is None or may_wait or reference.session is SessionState.OPEN:
        return None  # without a reference the next control refuses
    return breach(
        "session",
        limit="session open",
        value=f"session {reference.session}",
        expected=f"{question.terms.instrument} in session for an order {_WHEN[question.terms.timing]}",
        found=f"its market {reference.session}",
        next_step="wait for the session, or order at the open",
    )
