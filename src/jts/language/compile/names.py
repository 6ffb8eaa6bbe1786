"""What every program module calls its parts: the contract between lowering, the host and the venue's loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.language.plan import OrderRule, Protection

# The columns a program may ask of its host, in the order of the directory.
OPEN, HIGH, LOW, CLOSE, VOLUME, INSTANT, EQUITY = (
    "open",
    "high",
    "low",
    "close",
    "volume",
    "instant",
    "equity",
)
PRICE_COLUMNS = (OPEN, HIGH, LOW, CLOSE)


@dataclass(frozen=True, slots=True)
class Slot:
    """Which order a slot of the desk holds: that of a rule, or of a protective clause of a rule."""

    rule: OrderRule
    protection: Protection | None
    role: int
    side: int


class Steps(Protocol):
    """The functions of a program module, as the venue's loop calls them."""

    def columns(self, start: int, end: int) -> None:
        """Everything that depends on market data alone, for these bars."""
        ...

    def decide_open(self, bar: int) -> None:
        """The rules of the open view, at the open of this bar, and its exits."""
        ...

    def enter_open(self, bar: int) -> None:
        """The entries of the open view, once the exits of the instant have filled."""
        ...

    def advance(self, bar: int, end: int) -> int:
        """The rules of the close view, bar after bar, until an order works. Gives the bar after the last
        done.
        """
        ...

    def before_bar(self, session: int, bar: int) -> None:
        """What was good for an earlier session, or for fewer bars, is over."""
        ...

    def after_bar(self, is_last: bool, bar: int) -> None:
        """As a bar ends; `is_last` says that its session ends with it."""
        ...

    def filled(self, slot: int, quantity: int, price: int, amount: int, fee: int, bar: int) -> None:
        """A fill of the order in this slot: the book, and the protection that follows."""
        ...
