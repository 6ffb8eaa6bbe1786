"""What a kernel may hold: whole numbers, floats, truth, and columns of them.

A kernel is a plain Python function whose arguments and results are `int` (64-bit signed), `float` (IEEE
double), `bool`, a column (`Floats`, `Ints`) or a record (a class of such fields). Plain Python runs it; the
compiler reads the same source. Nothing else of Python is available inside: no objects, no exceptions, no
calls
but to other kernels and to the intrinsics below.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence
from typing import TypeAlias

Floats: TypeAlias = MutableSequence[float]
"""A column of doubles; `column[i]` is bar i counted from the first bar of the run. NaN is undefined."""

Ints: TypeAlias = MutableSequence[int]
"""A column of 64-bit whole numbers: prices in units, instants, codes."""

UNDEFINED = math.nan


def divide(a: float, b: float) -> float:
    """a / b, undefined when b is zero. Intrinsic: the compiler emits a division and one selection."""
    return a / b if b != 0.0 else UNDEFINED


def root(a: float) -> float:
    """The square root, undefined below zero. Intrinsic: one instruction."""
    return math.sqrt(a) if a >= 0.0 else UNDEFINED


def floor(a: float) -> float:
    """The whole number at or below. Intrinsic: one instruction; keeps infinities, undefined and signed
    zero.
    """
    if a != a or abs(a) >= 4503599627370496.0:
        return a
    return math.copysign(float(math.floor(a)), a) if a >= 0.0 else float(math.floor(a))


def ceil(a: float) -> float:
    """The whole number at or above. Intrinsic: one instruction."""
    if a != a or abs(a) >= 4503599627370496.0:
        return a
    return math.copysign(float(math.ceil(a)), a)


def nearest(a: float) -> float:
    """The nearest whole number, halves to even. Intrinsic: one instruction."""
    if a != a or abs(a) >= 4503599627370496.0:
        return a
    return math.copysign(float(round(a)), a)


def magnitude(a: float) -> float:
    """The absolute value. Intrinsic: one instruction."""
    return math.fabs(a)
