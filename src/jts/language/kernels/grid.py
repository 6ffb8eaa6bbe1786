"""Puts a computed price back on the venue's grid, in the direction the order asks for."""

from __future__ import annotations

from jts.language.kernels.records import Band, Book
from jts.language.kernels.types import ceil, floor, magnitude, nearest

ENORMOUS = 4.0e18
NEARLY_ON_GRID = 9.094947017729282e-13


def grid_price(book: Book, bands: list[Band], at_ns: int, price: float, is_up: bool) -> int:
    """The price in units, on the grid in force at an instant; 0 if it is undefined or not positive.

    A price that misses the grid by the noise of a few roundings is on it.
    """
    value = price * float(book.price_one)
    if not (value > 0.0 and value < ENORMOUS):
        return 0
    tick = 1
    if not book.is_unrounded:
        era = bands[0].from_ns
        for i in range(book.bands):
            if bands[i].from_ns <= at_ns:
                era = bands[i].from_ns
        for i in range(book.bands):
            if bands[i].from_ns == era and float(bands[i].lower) <= value:
                tick = bands[i].tick
    steps = value / float(tick)
    close_by = nearest(steps)
    if magnitude(steps - close_by) <= steps * NEARLY_ON_GRID:
        return int(close_by) * tick
    if is_up:
        return int(ceil(steps)) * tick
    return int(floor(steps)) * tick
