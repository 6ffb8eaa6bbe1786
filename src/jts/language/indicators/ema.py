"""The exponential moving average."""

from __future__ import annotations

from jts.language.kernels.types import UNDEFINED, Floats


class AverageState:
    """How many defined inputs were seen, and the average (or, before n of them, their sum)."""

    seen: int = 0
    value: float = 0.0


def ema(state: AverageState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """k = 2 / (n + 1), seeded with the mean of the first n defined inputs. An undefined input leaves a
    hole.
    """
    seen = state.seen
    value = state.value
    k = 2.0 / float(n + 1)
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
                    value = (value + new) / float(n)
                else:
                    value = value + k * (new - value)
                out[i] = value
    state.seen = seen
    state.value = value
