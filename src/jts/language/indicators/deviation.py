"""How far a window spreads. The window is read anew for each bar, in one order, so nothing can drift."""

from __future__ import annotations

from jts.language.indicators.moving_sum import SumState
from jts.language.kernels.types import UNDEFINED, Floats, root


def std(state: SumState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """The population standard deviation of the last n values: mean first, then the squares about it."""
    count = float(n)
    for i in range(start, end):
        if x[i] != x[i]:
            state.run = 0
            out[i] = UNDEFINED
        else:
            state.run = state.run + 1
            if state.run < n:
                out[i] = UNDEFINED
            else:
                total = 0.0
                for j in range(i - n + 1, i + 1):
                    total = total + x[j]
                mean = total / count
                squares = 0.0
                for j in range(i - n + 1, i + 1):
                    distance = x[j] - mean
                    squares = squares + distance * distance
                out[i] = root(squares / count)
