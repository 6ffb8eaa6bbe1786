"""Sums and means over a window, exact enough that a million bars do not make them drift.

The sum is kept as two doubles, the second holding what the first could not (Knuth's two-sum), so adding the
newest and taking the oldest value away leaves the sum of the window itself, rounded once, whatever came
before.
"""

from __future__ import annotations

from jts.language.kernels.types import UNDEFINED, Floats, Ints


class SumState:
    """How many inputs in a row were defined, and their windowed sum in two parts."""

    run: int = 0
    high: float = 0.0
    low: float = 0.0


def moving_sum(state: SumState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """The sum of the last n values; undefined until n in a row are defined."""
    run = state.run
    high = state.high
    low = state.low
    for i in range(start, end):
        value = x[i]
        if value != value:
            run = 0
            high = 0.0
            low = 0.0
            out[i] = UNDEFINED
        else:
            total = high + value
            part = total - high
            low = low + ((high - (total - part)) + (value - part))
            high = total
            run = run + 1
            if run > n:
                value = 0.0 - x[i - n]
                total = high + value
                part = total - high
                low = low + ((high - (total - part)) + (value - part))
                high = total
            if run >= n:
                out[i] = high + low
            else:
                out[i] = UNDEFINED
    state.run = run
    state.high = high
    state.low = low


def moving_mean(state: SumState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """The mean of the last n values; undefined until n in a row are defined."""
    run = state.run
    high = state.high
    low = state.low
    count = float(n)
    for i in range(start, end):
        value = x[i]
        if value != value:
            run = 0
            high = 0.0
            low = 0.0
            out[i] = UNDEFINED
        else:
            total = high + value
            part = total - high
            low = low + ((high - (total - part)) + (value - part))
            high = total
            run = run + 1
            if run > n:
                value = 0.0 - x[i - n]
                total = high + value
                part = total - high
                low = low + ((high - (total - part)) + (value - part))
                high = total
            if run >= n:
                out[i] = (high + low) / count
            else:
                out[i] = UNDEFINED
    state.run = run
    state.high = high
    state.low = low


class UnitSumState:
    """How many bars were seen, and the windowed sum of their prices in units."""

    seen: int = 0
    total: int = 0


def price_sum(
    state: UnitSumState, units: Ints, one: float, n: int, out: Floats, start: int, end: int
) -> None:
    """The sum of the last n prices, exact, rounded once. `one` is how many units make one."""
    total = state.total
    for i in range(start, end):
        total = total + units[i]
        if i - start + state.seen >= n:
            total = total - units[i - n]
        out[i] = float(total) / one if i - start + state.seen >= n - 1 else UNDEFINED
    state.seen = state.seen + (end - start)
    state.total = total


def price_mean(
    state: UnitSumState, units: Ints, one: float, n: int, out: Floats, start: int, end: int
) -> None:
    """The mean of the last n prices, rounded once: equal prices have equal means, whatever n is."""
    total = state.total
    by = one * float(n)
    for i in range(start, end):
        total = total + units[i]
        if i - start + state.seen >= n:
            total = total - units[i - n]
        out[i] = float(total) / by if i - start + state.seen >= n - 1 else UNDEFINED
    state.seen = state.seen + (end - start)
    state.total = total
