"""Bar prices as doubles: whole units over their scale, each rounded once."""

from __future__ import annotations

from jts.language.kernels.types import Floats, Ints


def to_prices(units: Ints, one: float, out: Floats, start: int, end: int) -> None:
    """units / one for each bar."""
    for i in range(start, end):
        out[i] = float(units[i]) / one
