"""Wilder's average, and what he built on it: the relative strength index and the average true range."""

from __future__ import annotations

from jts.language.indicators.ema import AverageState
from jts.language.kernels.types import UNDEFINED, Floats


class RelativeStrengthState:
    """How many changes were seen, the average gain and loss (before n of them, their sums), the last
    input.
    """

    seen: int = 0
    has_last: bool = False
    last: float = 0.0
    gain: float = 0.0
    loss: float = 0.0


class TrueRangeState:
    """Whether there was a bar before, and its close; then as the Wilder average."""

    has_last: bool = False
    last: float = 0.0
    seen: int = 0
    value: float = 0.0


def wilder(state: AverageState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """Seeded with the mean of the first n defined inputs, then (previous * (n - 1) + x) / n."""
    seen = state.seen
    value = state.value
    count = float(n)
    for i in range(start, end):
        new = x[i]
        if new != new:
            out[i] = UNDEFINED
        else:
            seen = seen + 1
            if seen < n:
                value = value + new
                out[i] = UNDEFINED
            else:
                if seen == n:
                    value = (value + new) / count
                else:
                    value = (value * (count - 1.0) + new) / count
                out[i] = value
    state.seen = seen
    state.value = value


def rsi(state: RelativeStrengthState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """100 * average gain / (average gain + average loss); 100 without losses, 50 when nothing moved."""
    count = float(n)
    for i in range(start, end):
        new = x[i]
        result = UNDEFINED
        if new == new:
            if state.has_last:
                change = new - state.last
                up = change if change > 0.0 else 0.0
                down = 0.0 - change if change < 0.0 else 0.0
                state.seen = state.seen + 1
                if state.seen < n:
                    state.gain = state.gain + up
                    state.loss = state.loss + down
                else:
                    if state.seen == n:
                        state.gain = (state.gain + up) / count
                        state.loss = (state.loss + down) / count
                    else:
                        state.gain = (state.gain * (count - 1.0) + up) / count
                        state.loss = (state.loss * (count - 1.0) + down) / count
                    both = state.gain + state.loss
                    if both == 0.0:
                        result = 50.0
                    elif state.loss == 0.0:
                        result = 100.0
                    else:
                        result = 100.0 * (state.gain / both)
            state.has_last = True
            state.last = new
        out[i] = result


def true_range(
    state: TrueRangeState, high: Floats, low: Floats, close: Floats, out: Floats, start: int, end: int
) -> None:
    """The largest move a bar could have put you through, gap included; of the first bar, high - low."""
    for i in range(start, end):
        value = high[i] - low[i]
        if state.has_last:
            up = high[i] - state.last
            down = state.last - low[i]
            if up > value:
                value = up
            if down > value:
                value = down
        state.has_last = True
        state.last = close[i]
        out[i] = value


def atr(
    state: TrueRangeState,
    high: Floats,
    low: Floats,
    close: Floats,
    n: int,
    out: Floats,
    start: int,
    end: int,
) -> None:
    """The Wilder average of the true range."""
    count = float(n)
    for i in range(start, end):
        new = high[i] - low[i]
        if state.has_last:
            up = high[i] - state.last
            down = state.last - low[i]
            if up > new:
                new = up
            if down > new:
                new = down
        state.has_last = True
        state.last = close[i]
        state.seen = state.seen + 1
        if state.seen < n:
            state.value = state.value + new
            out[i] = UNDEFINED
        else:
            if state.seen == n:
                state.value = (state.value + new) / count
            else:
                state.value = (state.value * (count - 1.0) + new) / count
            out[i] = state.value
