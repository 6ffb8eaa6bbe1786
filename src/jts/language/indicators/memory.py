"""Remembering: how long ago something was true, and what was then. A condition is 1, 0, or undefined."""

from __future__ import annotations

from jts.language.indicators.moving_sum import SumState
from jts.language.kernels.types import UNDEFINED, Floats


class SinceState:
    """Whether it was ever true, on which bar last, and the value remembered from then."""

    happened: bool = False
    at: int = 0
    value: float = 0.0


def barssince(state: SinceState, c: Floats, out: Floats, start: int, end: int) -> None:
    """Bars since the condition was last true, 0 on that bar; undefined before the first time."""
    for i in range(start, end):
        if c[i] == 1.0:
            state.happened = True
            state.at = i
        out[i] = float(i - state.at) if state.happened else UNDEFINED


def valuewhen(state: SinceState, x: Floats, c: Floats, out: Floats, start: int, end: int) -> None:
    """The value of x on the newest bar on which the condition was true; undefined before the first."""
    for i in range(start, end):
        if c[i] == 1.0:
            state.happened = True
            state.value = x[i]
        out[i] = state.value if state.happened else UNDEFINED


def count(state: SumState, c: Floats, n: int, out: Floats, start: int, end: int) -> None:
    """On how many of the last n bars the condition was true; undefined if it was undefined on one of them."""
    for i in range(start, end):
        if c[i] != c[i]:
            state.run = 0
            state.high = 0.0
            out[i] = UNDEFINED
        else:
            state.run = state.run + 1
            state.high = state.high + c[i]
            if state.run > n:
                state.high = state.high - c[i - n]
            out[i] = state.high if state.run >= n else UNDEFINED
