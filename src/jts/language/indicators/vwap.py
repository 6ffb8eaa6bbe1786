"""The volume-weighted average price of a window."""

from __future__ import annotations

from jts.language.indicators.moving_sum import SumState
from jts.language.kernels.types import UNDEFINED, Floats, divide


def vwap(
    state: SumState,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    n: int,
    out: Floats,
    start: int,
    end: int,
) -> None:
    """Typical price (high + low + close) / 3 weighted by volume over n bars; undefined without volume."""
    for i in range(start, end):
        state.run = state.run + 1
        if state.run < n:
            out[i] = UNDEFINED
        else:
            traded = 0.0
            paid = 0.0
            for j in range(i - n + 1, i + 1):
                traded = traded + volume[j]
                paid = paid + volume[j] * ((high[j] + low[j] + close[j]) / 3.0)
            out[i] = divide(paid, traded)
