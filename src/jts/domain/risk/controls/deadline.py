"""Control `deadline`: an answer that comes too late is a no."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.question import Question

NANOS_PER_MS = 1_000_000


def deadline(question: Question) -> Breach | None:
    """Not decided by the command's deadline means refused, near or far."""
    late_ns = question.now_ns - question.command.deadline_ns
    if late_ns <= 0:
        return None
    return breach(
        "deadline",
        limit="decided before the deadline of the command",
        value=f"{-(-late_ns // NANOS_PER_MS)} ms late",
        expected="to decide before the deadline",
        found=f"it passed {-(-late_ns // NANOS_PER_MS)} ms ago",
        next_step="nothing was sent; ask again with a new deadline, and look at the load if this repeats",
    )
