"""What an account has, and what of it is promised: cash, positions, and one reservation per live order.

Nothing here is counted twice: what is reserved is a function of the reservations alone, and a reservation
stands from the approval until the order's proven end. Every change is a pure step from one exposure to the
next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias, assert_never

from jts.domain.ledger.fill import Fill
from jts.domain.risk.reservation import NOTHING, Reservation, Reserved
from jts.domain.values import (
    AccountId,
    ClientOrderId,
    Currency,
    InstrumentId,
    Money,
    Side,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What is held of one instrument. `last_price` is that of our newest fill: the mark when nothing better
    is known."""

    currency: Currency
    quantity: Decimal
    last_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One account as risk sees it. Mappings are never changed in place; reservations come and go by
    `reserve` and by facts, which keep their sums in `reserved`.

    `day` is the UTC date the day's start was taken on (`2026-11-22`); `day_start` the equity then, plus
    what was paid in and less what was paid out since, per currency.
    """

    account: AccountId
    cash: Mapping[Currency, Decimal] = field(default_factory=dict)
    holdings: Mapping[InstrumentId, Holding] = field(default_factory=dict)
    reservations: Mapping[ClientOrderId, Reservation] = field(default_factory=dict)
    day: str = ""
    day_start: Mapping[Currency, Decimal] = field(default_factory=dict)
    reserved: Reserved = field(default_factory=Reserved)

    def held(self, instrument: InstrumentId) -> Decimal:
        holding = self.holdings.get(instrument)
        return holding.quantity if holding else NOTHING

    def reserved_cash(self, currency: Currency) -> Decimal:
        """What open and unknown buys may still cost, fees included."""
        return self.reserved.cash.get(currency, NOTHING)

    def free_cash(self, currency: Currency) -> Decimal:
        return self.cash.get(currency, NOTHING) - self.reserved_cash(currency)

    def reserved_quantity(self, instrument: InstrumentId, side: Side = Side.SELL) -> Decimal:
        """Pieces promised to open and unknown orders of one side."""
        pieces = self.reserved.selling if side is Side.SELL else self.reserved.buying
        return pieces.get(instrument, NOTHING)

    def sellable(self, instrument: InstrumentId) -> Decimal:
        return self.held(instrument) - self.reserved_quantity(instrument)

    def reserved_value(self, instrument: InstrumentId) -> Decimal:
        """What open and unknown buys may still add to this position. Sells take nothing off: they may not
        fill."""
        return self.reserved.adding.get(instrument, NOTHING)

    def position_value(self, instrument: InstrumentId, marks: Mapping[InstrumentId, Decimal]) -> Decimal:
        """What the position is worth in size, long or short, at its mark."""
        holding = self.holdings.get(instrument)
        return abs(holding.quantity) * marks.get(instrument, holding.last_price) if holding else NOTHING

    def gross_value(self, currency: Currency, marks: Mapping[InstrumentId, Decimal]) -> Decimal:
        """All positions of one currency by size, without what is reserved."""
        return sum(
            (self.position_value(id, marks) for id, h in self.holdings.items() if h.currency == currency),
            NOTHING,
        )

    def reserved_gross(self, currency: Currency) -> Decimal:
        return self.reserved.value.get(currency, NOTHING)

    def equity(self, currency: Currency, marks: Mapping[InstrumentId, Decimal]) -> Decimal:
        """Cash and positions at their marks; a reservation is still ours."""
        positions = (
            h.quantity * marks.get(id, h.last_price)
            for id, h in self.holdings.items()
            if h.currency == currency
        )
        return self.cash.get(currency, NOTHING) + sum(positions, NOTHING)

    def currencies(self) -> tuple[Currency, ...]:
        return tuple(sorted({*self.cash, *(h.currency for h in self.holdings.values())}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Orders holds this order: the approval arrived."""

    account: AccountId
    order: ClientOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """One execution, in time or late. Booked once per fill id."""

    fill: Fill

    @property
    def account(self) -> AccountId:
        return self.fill.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The order is proven to be over: cancelled, expired or rejected."""

    account: AccountId
    order: ClientOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class CashCame:
    """Money in (positive) or out (negative), other than by a fill. Booked once per id."""

    account: AccountId
    id: str
    money: Money


Fact: TypeAlias = Heard | Traded | Ended | CashCame


def fact_key(fact: Fact) -> str | None:
    """What a fact is known by, where doing it twice would do harm; None where twice equals once."""
    match fact:
        case Traded(fill=fill):
            return f"fill/{fill.id}"
        case CashCame(id=id):
            return f"cash/{id}"
        case Heard() | Ended():
            return None
        case _:
            assert_never(fact)


def after(exposure: Exposure, fact: Fact) -> Exposure:
    """The exposure once this fact is known."""
    assert fact.account == exposure.account, f"{fact.account} is not {exposure.account}"
    match fact:
        case Heard(order=order):
            return _heard(exposure, order)
        case Traded(fill=fill):
            return _traded(exposure, fill)
        case Ended(order=order):
            return _released(exposure, order)
        case CashCame(money=money):
            return _cash_came(exposure, money)
        case _:
            assert_never(fact)


def reserve(exposure: Exposure, reservation: Reservation) -> Exposure:
    """The exposure with one more order on its way. Errors: AssertionError if the order is reserved
    already."""
    assert reservation.order not in exposure.reservations, f"{reservation.order} is reserved already"
    return replace(
        exposure,
        reservations={**exposure.reservations, reservation.order: reservation},
        reserved=exposure.reserved.plus(reservation),
    )


def new_day(exposure: Exposure, day: str, marks: Mapping[InstrumentId, Decimal]) -> Exposure:
    """The exposure with today's start taken, unless it was taken already. Days only go forward: a clock
    that jumps back forgives no loss."""
    if day <= exposure.day:
        return exposure
    return replace(exposure, day=day, day_start={c: exposure.equity(c, marks) for c in exposure.currencies()})


def day_loss(exposure: Exposure, currency: Currency, marks: Mapping[InstrumentId, Decimal]) -> Decimal:
    """How much of the day's starting equity is gone (negative: gained), deposits and withdrawals aside."""
    return exposure.day_start.get(currency, NOTHING) - exposure.equity(currency, marks)


# ---- private, in the order they are called ----


def _heard(exposure: Exposure, order: ClientOrderId) -> Exposure:
    found = exposure.reservations.get(order)
    if found is None or found.heard:
        return exposure
    return replace(exposure, reservations={**exposure.reservations, order: replace(found, heard=True)})


def _traded(exposure: Exposure, fill: Fill) -> Exposure:
    return _consumed(_moved_holding(_paid(exposure, fill), fill), fill)


def _paid(exposure: Exposure, fill: Fill) -> Exposure:
    cash = dict(exposure.cash)
    paid = fill.notional.amount * -fill.side.sign
    cash[fill.notional.currency] = cash.get(fill.notional.currency, NOTHING) + paid
    for cost in (fill.fee, fill.tax):
        if cost.amount:
            cash[cost.currency] = cash.get(cost.currency, NOTHING) - cost.amount
    return replace(exposure, cash=cash)


def _moved_holding(exposure: Exposure, fill: Fill) -> Exposure:
    holdings = dict(exposure.holdings)
    quantity = exposure.held(fill.instrument) + fill.quantity * fill.side.sign
    if quantity:
        holdings[fill.instrument] = Holding(
            currency=fill.notional.currency, quantity=quantity, last_price=fill.price
        )
    else:
        holdings.pop(fill.instrument, None)
    return replace(exposure, holdings=holdings)


def _consumed(exposure: Exposure, fill: Fill) -> Exposure:
    """The reservation less what traded. A late fill finds none: its reservation was released at the order's
    end."""
    found = exposure.reservations.get(fill.order)
    if found is None:
        return exposure
    released = _released(exposure, fill.order)
    leaves = found.leaves - fill.quantity
    return reserve(released, replace(found.left_with(leaves), heard=True)) if leaves > 0 else released


def _released(exposure: Exposure, order: ClientOrderId) -> Exposure:
    found = exposure.reservations.get(order)
    if found is None:
        return exposure
    return replace(
        exposure,
        reservations={o: r for o, r in exposure.reservations.items() if o != order},
        reserved=exposure.reserved.minus(found),
    )


def _cash_came(exposure: Exposure, money: Money) -> Exposure:
    cash = {**exposure.cash, money.currency: exposure.cash.get(money.currency, NOTHING) + money.amount}
    start = exposure.day_start.get(money.currency, NOTHING) + money.amount
    return replace(exposure, cash=cash, day_start={**exposure.day_start, money.currency: start})
