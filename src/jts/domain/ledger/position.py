"""What is held of one instrument, what it cost, and what it has earned: average cost, exact to the last
digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from jts.domain.ledger.fill import Fill
from jts.domain.ledger.postings import Book, Posting
from jts.domain.values import (
    AccountId,
    Currency,
    InstrumentId,
    Nanos,
    Rounding,
    currency_scale,
    on_grid,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Signed quantity and what was paid for it. A short has a negative quantity and a negative cost.

    `cost` is the sum of the notionals that opened what is still held, fees left out, exact at the currency's
    scale: the average is derived from it, never the other way round, so that no digit is lost. `earned` is
    profit before costs; `fees` and `taxes` are all that was paid, both sides. `opened_ns` is None while flat.
    """

    account: AccountId
    instrument: InstrumentId
    currency: Currency
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    earned: Decimal = ZERO
    fees: Decimal = ZERO
    taxes: Decimal = ZERO
    opened_ns: Nanos | None = None
    updated_ns: Nanos = Nanos(0)

    def __post_init__(self) -> None:
        assert self.quantity != 0 or self.cost == 0, f"nothing held costs nothing, was {self}"
        assert self.quantity * self.cost >= 0, f"quantity and cost have one sign, was {self}"

    @property
    def average_cost(self) -> Decimal:
        """Per unit, fees excluded; 0 while flat. For people: sums are made from `cost`."""
        return self.cost / self.quantity if self.quantity else ZERO

    @property
    def realised(self) -> Decimal:
        """Profit that is certain: earned by closing, less every fee and tax so far, of purchases too."""
        return self.earned - self.fees - self.taxes

    def worth(self, mark: Decimal) -> Decimal:
        """What it would fetch at this price, cut down to the currency's scale (against ourselves)."""
        return on_grid(self.quantity * mark, _smallest(self.currency), Rounding.DOWN)

    def unrealised(self, mark: Decimal) -> Decimal:
        """What closing at this price would earn, before costs."""
        return self.worth(mark) - self.cost


def apply_fill(position: Position, fill: Fill) -> tuple[Position, tuple[Posting, ...]]:
    """The position after one execution, and the postings that book it. The postings sum to zero.

    A fill that crosses through flat first closes what is held, then opens the other side with the rest.
    Errors: AssertionError if the fill is of another account or instrument, or in another currency.
    """
    _assert_belongs(position, fill)
    bought = fill.quantity * fill.side.sign
    paid = fill.notional.amount * fill.side.sign
    closing = _closing_part(position.quantity, bought)
    if closing == bought:
        paid_closing = paid
    else:
        paid_closing = _share(paid, closing, bought, fill.notional.currency)
    released = _share(position.cost, -closing, position.quantity, position.currency) if closing else ZERO
    quantity = position.quantity + bought
    earned = -paid_closing - released
    opens_anew = quantity != 0 and (position.quantity == 0 or quantity * position.quantity < 0)
    after = replace(
        position,
        quantity=quantity,
        cost=position.cost - released + (paid - paid_closing),
        earned=position.earned + earned,
        fees=position.fees + fill.fee.amount,
        taxes=position.taxes + fill.tax.amount,
        opened_ns=fill.venue_ns if opens_anew else (position.opened_ns if quantity else None),
        updated_ns=fill.received_ns,
    )
    return after, _postings(fill, paid=paid, cost_change=after.cost - position.cost, earned=earned)


def flat(account: AccountId, instrument: InstrumentId, currency: Currency) -> Position:
    """Nothing held, nothing earned."""
    return Position(account=account, instrument=instrument, currency=currency)


def _assert_belongs(position: Position, fill: Fill) -> None:
    assert fill.account == position.account, f"a fill of {fill.account} on the account {position.account}"
    assert fill.instrument == position.instrument, f"a fill of {fill.instrument} on {position.instrument}"
    assert fill.quantity > 0, f"a fill trades something, was {fill.quantity}"
    for money in (fill.notional, fill.fee, fill.tax):
        assert money.currency == position.currency, f"expected {position.currency}, found {money}"
        assert money.amount >= 0, f"notional, fee and tax leave as positive amounts, was {money}"


def _closing_part(held: Decimal, bought: Decimal) -> Decimal:
    """How much of a signed trade closes what is held: 0 if it adds, at most all of what is held."""
    if held * bought >= 0:
        return ZERO
    return bought if abs(bought) <= abs(held) else -held


def _share(amount: Decimal, part: Decimal, whole: Decimal, currency: Currency) -> Decimal:
    """`part/whole` of an amount at the currency's scale, cut toward zero; all of it when the part is the
    whole.

    The digit cut off stays with what remains, so it is told later, never lost.
    """
    if part == whole:
        return amount
    exact = abs(amount) * abs(part) / abs(whole)
    cut = on_grid(exact, _smallest(currency), Rounding.DOWN)
    return cut if amount >= 0 else -cut


def _postings(fill: Fill, *, paid: Decimal, cost_change: Decimal, earned: Decimal) -> tuple[Posting, ...]:
    currency, instrument = fill.notional.currency, fill.instrument
    fee, tax = fill.fee.amount, fill.tax.amount
    amounts = (
        (Book.CASH, -paid - fee - tax),
        (Book.HOLDINGS, cost_change),
        (Book.PROFIT, -earned),
        (Book.FEES, fee),
        (Book.TAXES, tax),
    )
    return tuple(
        Posting(
            account=fill.account,
            book=book,
            amount=amount,
            currency=currency,
            instrument=instrument,
            source=fill.id,
        )
        for book, amount in amounts
        if amount != 0
    )


def _smallest(currency: Currency) -> Decimal:
    return Decimal(1).scaleb(-currency_scale(currency))
