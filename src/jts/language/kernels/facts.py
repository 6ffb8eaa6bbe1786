"""What a program may know about its own account and position, each fact one kernel.

`newest` is the newest known price: the close at a close, the open at an open. `bar` is the bar of the
instant.
"""

from __future__ import annotations

from collections.abc import Callable

from jts.language.kernels.money import notional
from jts.language.kernels.records import Book
from jts.language.kernels.types import UNDEFINED, divide


def cash(book: Book, newest: int, bar: int) -> float:
    return float(book.cash) / float(book.cash_one)


def equity(book: Book, newest: int, bar: int) -> float:
    return float(book.cash + notional(book, newest, book.position)) / float(book.cash_one)


def quantity(book: Book, newest: int, bar: int) -> float:
    return float(book.position) / float(book.quantity_one)


def units(book: Book, newest: int, bar: int) -> float:
    return float(book.units)


def entry(book: Book, newest: int, bar: int) -> float:
    return float(book.entry_price) / float(book.price_one) if book.position > 0 else UNDEFINED


def average_cost(book: Book, newest: int, bar: int) -> float:
    held = float(book.position) / float(book.quantity_one)
    return divide(float(book.bought) / float(book.cash_one), held)


def last_fill(book: Book, newest: int, bar: int) -> float:
    return float(book.fill_price) / float(book.price_one) if book.fill_bar >= 0 else UNDEFINED


def bars_since_entry(book: Book, newest: int, bar: int) -> float:
    return float(bar - book.entry_bar) if book.position > 0 else UNDEFINED


def bars_since_exit(book: Book, newest: int, bar: int) -> float:
    return float(bar - book.exit_bar) if book.exit_bar >= 0 else UNDEFINED


def profit(book: Book, newest: int, bar: int) -> float:
    """Of the open position, in money, before the fee of leaving: its value less what it cost."""
    return float(notional(book, newest, book.position) - book.bought) / float(book.cash_one)


def initial_risk(book: Book, newest: int, bar: int) -> float:
    return book.initial_risk


def price(book: Book, newest: int, bar: int) -> float:
    return float(newest) / float(book.price_one)


def losing_streak(book: Book, newest: int, bar: int) -> float:
    return float(book.losing_streak)


def trades(book: Book, newest: int, bar: int) -> float:
    return float(book.trades)


def flat(book: Book, newest: int, bar: int) -> bool:
    return book.position == 0


def holding(book: Book, newest: int, bar: int) -> bool:
    return book.position > 0


def entered(book: Book, newest: int, bar: int) -> bool:
    """An entry was filled on this bar."""
    return book.position > 0 and book.entry_bar == bar


def exited(book: Book, newest: int, bar: int) -> bool:
    """A trade ended on this bar."""
    return book.exit_bar == bar


NUMBERS: dict[str, Callable[[Book, int, int], float]] = {
    "cash": cash,
    "equity": equity,
    "quantity": quantity,
    "units": units,
    "entry": entry,
    "average_cost": average_cost,
    "last_fill": last_fill,
    "bars_since_entry": bars_since_entry,
    "bars_since_exit": bars_since_exit,
    "profit": profit,
    "initial_risk": initial_risk,
    "price": price,
    "losing_streak": losing_streak,
    "trades": trades,
}

TRUTHS: dict[str, Callable[[Book, int, int], bool]] = {
    "flat": flat,
    "holding": holding,
    "long": holding,
    "entered": entered,
    "exited": exited,
}
