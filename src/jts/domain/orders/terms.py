"""What an order asks for, before anybody answers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jts.domain.values import InstrumentId, Price, Quantity, Side


class OrderKind(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class Timing(StrEnum):
    """When the order may first trade: at once, in the next opening, or in this session's closing.

    `AT_OPEN` and `AT_CLOSE` live for one auction. `FROM_OPEN` may be given while the market is closed, and
    rests
    from the next opening on like any other order.
    """

    NOW = "now"
    FROM_OPEN = "from_open"
    AT_OPEN = "at_open"
    AT_CLOSE = "at_close"


class TimeInForce(StrEnum):
    GOOD_UNTIL_CANCELLED = "gtc"
    DAY = "day"
    IMMEDIATE_OR_CANCEL = "ioc"
    FILL_OR_KILL = "fok"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """Side, kind, quantity, prices, validity. A limit price is given exactly for limit kinds, a stop price
    for stop kinds.

    `reduce_only`: this order may shrink a position and never open or turn one; exits, protection and
    flattening use it.
    """

    instrument: InstrumentId
    side: Side
    kind: OrderKind
    quantity: Quantity
    limit_price: Price | None = None
    stop_price: Price | None = None
    timing: Timing = Timing.NOW
    time_in_force: TimeInForce = TimeInForce.GOOD_UNTIL_CANCELLED
    reduce_only: bool = False

    def __post_init__(self) -> None:
        wants_limit = self.kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT)
        wants_stop = self.kind in (OrderKind.STOP, OrderKind.STOP_LIMIT)
        assert (self.limit_price is not None) == wants_limit, (
            f"a {self.kind} order and limit price {self.limit_price}"
        )
        assert (self.stop_price is not None) == wants_stop, (
            f"a {self.kind} order and stop price {self.stop_price}"
        )

    def worst_price(self, reference: Decimal) -> Decimal:
        """The price per unit that exposure is reckoned at: the order's own limit, else its trigger, else the
        reference."""
        return self.limit_price or self.stop_price or reference
