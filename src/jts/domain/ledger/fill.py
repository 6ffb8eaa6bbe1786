"""One execution at a venue: a fact."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jts.domain.values import AccountId, ClientOrderId, FillId, InstrumentId, Money, Nanos, Quantity, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What traded, at what price, and what it cost. Applied once, by `id`.

    `price` is the venue's word and may lie off the order grid (mid-price matches do). Fee and tax are
    positive
    amounts that leave the account, in the instrument's currency.
    """

    id: FillId
    order: ClientOrderId
    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity: Quantity
    price: Decimal
    notional: Money
    fee: Money
    tax: Money
    venue_ns: Nanos
    received_ns: Nanos
