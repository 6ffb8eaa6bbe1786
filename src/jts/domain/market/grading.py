"""How good a series of bars is: kinds of defects, and the grade that follows from how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import inf


class Finding(StrEnum):
    """What can be wrong with a series. Counted in bars, unless said otherwise."""

    MISSING = "missing"
    """The market was open, yet there is no bar."""

    OFF_SESSION = "off_session"
    """A bar on a day on which the market was closed."""

    JUMPS = "jumps"
    """A move far beyond what this series does."""

    SPLITS = "splits"
    """An opening at a simple multiple or part of the close before: a split nobody adjusted for."""

    ZERO_VOLUME = "zero_volume"
    """Part of a run of bars in which nobody traded."""

    WIDENED = "widened"
    """High or low was moved to hold an open or close that stood a rounding outside."""

    DUPLICATES = "duplicates"
    """The same bar again, dropped."""

    HALTED = "halted"
    """A halted day written as zeros, left out. Tells, does not lower the grade."""

    NO_VOLUME = "no_volume"
    """The source carries no volume at all. Tells, does not lower the grade."""

    GAPS_UNCHECKED = "gaps_unchecked"
    """The sessions of this market are unknown here, so gaps could not be judged. Tells."""


GRADES = ("A", "B", "C", "D", "F")

# The largest share of bars for grades A, B, C and D; beyond the last it is F. Chosen so that exchange data
# with its known outages is an A or B, adjusted data with rounding a B or C, and data with a wrong basis
# never better than D. docs/concepts/data_grade.md says why for each.
SHARES_MAX: Mapping[Finding, tuple[float, float, float, float]] = {
    Finding.MISSING: (0.0005, 0.005, 0.02, 0.10),
    Finding.OFF_SESSION: (0.0, 0.001, 0.01, 0.05),
    Finding.JUMPS: (0.0005, 0.002, 0.01, 0.05),
    Finding.SPLITS: (0.0, 0.0, 0.0, 0.01),
    Finding.ZERO_VOLUME: (0.001, 0.01, 0.05, 0.30),
    Finding.WIDENED: (0.0, 0.005, 0.05, 0.20),
    Finding.DUPLICATES: (0.001, 0.01, 0.05, 0.20),
}


def grade(count: int, findings: Mapping[str, int]) -> str:
    """A (nothing to mention) to F (do not use), for a series of `count` bars: the worst over all kinds.

    Errors: AssertionError for an empty series or a kind that is not a `Finding`.
    """
    assert count > 0, "an empty series has no grade"
    worst = 0
    for kind, found in findings.items():
        limits = SHARES_MAX.get(Finding(kind), (inf, inf, inf, inf))
        share = found / count
        worst = max(worst, sum(1 for limit in limits if share > limit))
    return GRADES[worst]
