"""Double entry: every movement of value is written twice and sums to zero, so that money is never made or
lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jts.domain.values import AccountId, Currency, InstrumentId, Money


class Book(StrEnum):
    """Where an amount stands. What we own is positive; what it came from is negative.

    Cash and holdings (at cost) are owned; fees and taxes are spent; deposits and profit are where it came
    from.
    """

    CASH = "cash"
    HOLDINGS = "holdings"
    FEES = "fees"
    TAXES = "taxes"
    PROFIT = "profit"
    DEPOSITS = "deposits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of one booking. `source` is the fill's or the cash movement's id; `instrument` empty for cash
    moved.
    """

    account: AccountId
    book: Book
    amount: Decimal
    currency: Currency
    source: str
    instrument: InstrumentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One currency of one account: what there is, and what was put in (less what was taken out)."""

    account: AccountId
    currency: Currency
    cash: Decimal = Decimal(0)
    deposits: Decimal = Decimal(0)

    def after(self, postings: Iterable[Posting]) -> Balance:
        """The balance once these postings are booked; those of other accounts and currencies do not touch
        it.
        """
        cash, deposits = self.cash, self.deposits
        for posting in postings:
            if posting.account != self.account or posting.currency != self.currency:
                continue
            if posting.book is Book.CASH:
                cash += posting.amount
            elif posting.book is Book.DEPOSITS:
                deposits -= posting.amount
        return Balance(account=self.account, currency=self.currency, cash=cash, deposits=deposits)


def deposit(account: AccountId, money: Money, source: str) -> tuple[Posting, ...]:
    """The postings of money that came in (positive) or went out (negative) other than by trading."""
    return tuple(
        Posting(account=account, book=book, amount=amount, currency=money.currency, source=source)
        for book, amount in ((Book.CASH, money.amount), (Book.DEPOSITS, -money.amount))
    )


def imbalance(postings: Iterable[Posting]) -> dict[Currency, Decimal]:
    """What does not sum to zero, by currency: empty when the books are right."""
    sums: dict[Currency, Decimal] = {}
    for posting in postings:
        sums[posting.currency] = sums.get(posting.currency, Decimal(0)) + posting.amount
    return {currency: amount for currency, amount in sums.items() if amount != 0}
