"""The limits of one account: how much it may ask for, hold, and lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from jts.domain.values import KRW, NANOS_PER_SECOND, USDT, Currency, InstrumentId


def _amounts(krw: int, usdt: int, btc: str) -> dict[Currency, Decimal]:
    """An amount for each currency that instruments are quoted in."""
    return {KRW: Decimal(krw), USDT: Decimal(usdt), Currency("BTC"): Decimal(btc)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one account may do. The defaults suit a paper account of about 100 million KRW or 100,000 USDT.

    Amounts are per currency; a currency that is not named has no limit to measure by, so its orders are
    refused (a missing limit is never an unlimited one).

    `max_order_value`: one order, at the worst price it may fill at.
    `max_order_quantity`: one order, in units of the instrument.
    `max_position_value`: one instrument: position, plus every open and unknown buy, plus this order;
    `position_values` overrides it for single instruments, in their own currency.
    `max_gross_exposure`: the same, summed over all instruments of a currency.
    `max_open_orders`: orders that are open or unknown, in number.
    `price_collar`: how far a limit or stop price may lie from the reference on either side, as a share.
    `market_reserve`: how far above its reference a market or stop order may fill, as a share; cash is kept
    for that much.
    `duplicate_window_ns`: the same wish of the same person or run within this time is taken for a slip (0:
    never).
    `orders_per_second`: approvals in any second.
    `daily_loss`: equity lost since the day began, deposits aside; from there on only exits are approved.
    `restricted`: instruments nobody may trade here.
    """

    max_order_value: Mapping[Currency, Decimal] = field(
        default_factory=lambda: _amounts(100_000_000, 100_000, "2")
    )
    max_order_quantity: Decimal = Decimal(100_000_000)
    max_position_value: Mapping[Currency, Decimal] = field(
        default_factory=lambda: _amounts(150_000_000, 150_000, "3")
    )
    position_values: Mapping[InstrumentId, Decimal] = field(default_factory=dict)
    max_gross_exposure: Mapping[Currency, Decimal] = field(
        default_factory=lambda: _amounts(300_000_000, 300_000, "6")
    )
    max_open_orders: int = 200
    price_collar: Decimal = Decimal("0.10")
    market_reserve: Decimal = Decimal("0.01")
    duplicate_window_ns: int = NANOS_PER_SECOND
    orders_per_second: int = 20
    daily_loss: Mapping[Currency, Decimal] = field(
        default_factory=lambda: _amounts(10_000_000, 10_000, "0.2")
    )
    restricted: frozenset[InstrumentId] = frozenset()

    def __post_init__(self) -> None:
        for name in ("max_order_value", "max_position_value", "max_gross_exposure", "daily_loss"):
            for currency, value in getattr(self, name).items():
                assert _is_positive(value), f"{name} for {currency} is a positive Decimal, was {value!r}"
        for instrument, value in self.position_values.items():
            assert _is_positive(value), f"position_values for {instrument} is positive, was {value!r}"
        assert _is_positive(self.max_order_quantity), f"max_order_quantity was {self.max_order_quantity!r}"
        assert self.max_open_orders > 0, f"max_open_orders is positive, was {self.max_open_orders}"
        assert self.orders_per_second > 0, f"orders_per_second is positive, was {self.orders_per_second}"
        assert self.duplicate_window_ns >= 0, f"duplicate_window_ns was {self.duplicate_window_ns}"
        assert 0 < self.price_collar < 1, f"price_collar is a share between 0 and 1, was {self.price_collar}"
        assert 0 <= self.market_reserve < 1, f"market_reserve is a share below 1, was {self.market_reserve}"

    def position_value(self, instrument: InstrumentId, currency: Currency) -> Decimal | None:
        """The most one instrument may be worth, in its currency; None if no limit is set."""
        return self.position_values.get(instrument) or self.max_position_value.get(currency)


def _is_positive(value: Decimal) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value > 0
