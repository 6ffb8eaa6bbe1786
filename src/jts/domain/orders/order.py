"""An order: its terms, who wished for it, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jts.domain.orders.source import OrderSource
from jts.domain.orders.states import OrderState, is_terminal, leaves
from jts.domain.orders.terms import OrderTerms
from jts.domain.values import AccountId, ClientOrderId, IntentId, Nanos, Quantity, VenueOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The state of one order after `version` events of its stream.

    `average_price` is the quantity-weighted price of its fills (0 while nothing has filled), unrounded.
    """

    id: ClientOrderId
    intent: IntentId
    account: AccountId
    terms: OrderTerms
    source: OrderSource
    state: OrderState
    filled: Quantity
    average_price: Decimal
    created_ns: Nanos
    updated_ns: Nanos
    correlation_id: str
    version: int
    venue_order_id: VenueOrderId | None = None

    @property
    def leaves(self) -> Quantity:
        return leaves(self.state)

    @property
    def is_open(self) -> bool:
        return not is_terminal(self.state)
