"""What one live order may still take, and the sums of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Context, Decimal
from typing import TypeVar

from jts.domain.values import ClientOrderId, Currency, InstrumentId, Nanos, Side, currency_scale

K = TypeVar("K")

NOTHING = Decimal(0)
# Quantities and prices have at most 33 digits each (control `nonsense`), so their product is exact here.
EXACT = Context(prec=80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What one open or unknown order may still take: cash for a buy, pieces for a sell.

    `price` is the worst price it may fill at; `value` = leaves * price is its exposure; `cash` is what a buy
    needs, its fee included, each rounded up: against ourselves, so that a reserve is never too small.
    `heard`: orders has said something of it, so the approval was not lost on the way.
    """

    order: ClientOrderId
    instrument: InstrumentId
    currency: Currency
    side: Side
    leaves: Decimal
    price: Decimal
    fee_rate: Decimal
    value: Decimal
    cash: Decimal
    reduce_only: bool
    expires_ns: Nanos
    heard: bool = False

    def left_with(self, leaves: Decimal) -> Reservation:
        """The same reservation for the rest of the order."""
        value, cash = worth(self.side, leaves, self.price, self.fee_rate, self.currency)
        return replace(self, leaves=leaves, value=value, cash=cash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The sums of all reservations, kept beside them so that a decision costs the same with one open order
    as with two hundred. What sums to nothing has no entry.

    `cash` and `value` are what buys of a currency may still cost (with fees) and add; `adding`, `buying` and
    `selling` the value of buys, the pieces of buys and the pieces of sells of an instrument.
    """

    cash: Mapping[Currency, Decimal] = field(default_factory=dict)
    value: Mapping[Currency, Decimal] = field(default_factory=dict)
    adding: Mapping[InstrumentId, Decimal] = field(default_factory=dict)
    buying: Mapping[InstrumentId, Decimal] = field(default_factory=dict)
    selling: Mapping[InstrumentId, Decimal] = field(default_factory=dict)

    def plus(self, reservation: Reservation) -> Reserved:
        return self._moved(reservation, reservation.cash, reservation.value, reservation.leaves)

    def minus(self, reservation: Reservation) -> Reserved:
        return self._moved(reservation, -reservation.cash, -reservation.value, -reservation.leaves)

    def _moved(self, of: Reservation, cash: Decimal, value: Decimal, leaves: Decimal) -> Reserved:
        if of.side is Side.SELL:
            return replace(self, selling=_added(self.selling, of.instrument, leaves))
        return replace(
            self,
            cash=_added(self.cash, of.currency, cash),
            value=_added(self.value, of.currency, value),
            adding=_added(self.adding, of.instrument, value),
            buying=_added(self.buying, of.instrument, leaves),
        )


def worth(
    side: Side, leaves: Decimal, price: Decimal, fee_rate: Decimal, currency: Currency
) -> tuple[Decimal, Decimal]:
    """(exposure, cash) that `leaves` pieces at `price` may take; a sell takes no cash, its fee comes out of
    its proceeds."""
    value = EXACT.multiply(leaves, price)
    if side is Side.SELL:
        return value, NOTHING
    step = Decimal(1).scaleb(-currency_scale(currency))
    # Both parts up, against ourselves: a venue rounds each on its own.
    fee = EXACT.multiply(value, fee_rate).quantize(step, rounding=ROUND_CEILING, context=EXACT)
    return value, EXACT.add(value.quantize(step, rounding=ROUND_CEILING, context=EXACT), fee)


def _added(sums: Mapping[K, Decimal], key: K, amount: Decimal) -> Mapping[K, Decimal]:
    total = EXACT.add(sums.get(key, NOTHING), amount)
    if total:
        return {**sums, key: total}
    return {k: v for k, v in sums.items() if k != key}
