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
    i = first_window(state, units, one, n, out, start, end)
    total = state.total
    while i < end:
        total = total + (units[i] - units[i - n])
        out[i] = float(total) / one
        i = i + 1
    state.total = total
    state.seen = state.seen + (end - start)


def price_mean(
    state: UnitSumState, units: Ints, one: float, n: int, out: Floats, start: int, end: int
) -> None:
    """The mean of the last n prices, rounded once: equal prices have equal means, whatever n is."""
    by = one * float(n)
    i = first_window(state, units, by, n, out, start, end)
    total = state.total
    while i < end:
        total = total + (units[i] - units[i - n])
        out[i] = float(total) / by
        i = i + 1
    state.total = total
    state.seen = state.seen + (end - start)


def first_window(
    state: UnitSumState, units: Ints, by: float, n: int, out: Floats, start: int, end: int
) -> int:
    """Bars until the window has been full once; gives the bar after them. Apart, so that the rest is one
    sum.
    """
    i = start
    while i < end and state.seen + (i - start) < n:
        state.total = state.total + units[i]
        out[i] = float(state.total) / by if state.seen + (i - start) == n - 1 else UNDEFINED
        i = i + 1
    return i
