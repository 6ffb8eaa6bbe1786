"""The highest and the lowest of a window, the current bar included."""

from __future__ import annotations

from jts.language.kernels.types import UNDEFINED, Floats


class ExtremeState:
    """How many inputs in a row were defined, the extreme of the window and the newest bar that has it."""

    run: int = 0
    at: int = 0
    value: float = 0.0


def highest(state: ExtremeState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """The highest of the last n values. The window is read again only when its highest bar leaves it."""
    for i in range(start, end):
        new = x[i]
        if new != new:
            state.run = 0
            out[i] = UNDEFINED
        else:
            state.run = state.run + 1
            if state.run == 1 or new >= state.value:
                state.value = new
                state.at = i
            elif state.at <= i - n:
                best = i - n + 1
                for j in range(i - n + 2, i + 1):
                    if x[j] >= x[best]:
                        best = j
                state.at = best
                state.value = x[best]
            out[i] = state.value if state.run >= n else UNDEFINED


def lowest(state: ExtremeState, x: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """The lowest of the last n values. The window is read again only when its lowest bar leaves it."""
    for i in range(start, end):
        new = x[i]
        if new != new:
            state.run = 0
            out[i] = UNDEFINED
        else:
            state.run = state.run + 1
            if state.run == 1 or new <= state.value:
                state.value = new
                state.at = i
            elif state.at <= i - n:
                best = i - n + 1
                for j in range(i - n + 2, i + 1):
                    if x[j] <= x[best]:
                        best = j
                state.at = best
                state.value = x[best]
            out[i] = state.value if state.run >= n else UNDEFINED
