"""Whether a resting order fills in a bar, and at what price. Whole price units, so a touch is exact.

Source: semantics, sections 5 to 7; docs/language/fills.md shows every case as a vector. Plain functions on
whole
numbers: the reference calls them, and the backtest's module is compiled from this source. A price of 0
means: no
fill.
"""

from __future__ import annotations

BUY = 1
MARKET = 0
LIMIT = 1
STOP = 2
STOP_LIMIT = 3


def price_at_open(kind: int, side: int, stop: int, limit: int, open_: int) -> int:
    """The fill at the first trade of the bar, or 0. A stop-limit comes here as the limit it has become."""
    if kind == MARKET:
        return open_
    if kind == LIMIT:
        if side == BUY:
            return open_ if open_ <= limit else 0
        return open_ if open_ >= limit else 0
    if kind == STOP:
        if side == BUY:
            return open_ if open_ >= stop else 0
        return open_ if open_ <= stop else 0
    return 0


def price_within(kind: int, side: int, stop: int, limit: int, high: int, low: int) -> int:
    """The fill after the open, or 0, of an order that the open itself did not fill."""
    if kind == LIMIT:
        if side == BUY:
            return limit if low <= limit else 0
        return limit if high >= limit else 0
    if kind == STOP:
        if side == BUY:
            return stop if high >= stop else 0
        return stop if low <= stop else 0
    if kind == STOP_LIMIT:
        # Triggered within the bar: it fills at its trigger if the limit allows that price. What the market
        # did
        # after the trigger is unknown, so a limit on the wrong side of it waits for the next bar.
        if side == BUY:
            return stop if high >= stop and stop <= limit else 0
        return stop if low <= stop and stop >= limit else 0
    return 0


def triggers_at_open(side: int, stop: int, open_: int) -> bool:
    """Whether the open sets off a stop-limit."""
    return open_ >= stop if side == BUY else open_ <= stop


def triggers_within(side: int, stop: int, high: int, low: int) -> bool:
    """Whether the bar's range sets off a stop-limit."""
    return high >= stop if side == BUY else low <= stop
