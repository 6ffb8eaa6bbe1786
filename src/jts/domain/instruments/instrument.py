"""What trades: its venue, its currency, its grids, and the only mint of prices and quantities."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jts.domain.instruments.tick_table import TickTable
from jts.domain.values import (
    Currency,
    InstrumentId,
    Money,
    Nanos,
    Price,
    Quantity,
    Rounding,
    Venue,
    currency_scale,
    on_grid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Something that can be bought and sold on one venue.

    `price_scale` and `quantity_scale` are the decimals of the integer units used in bulk columns.
    `calendar` names the session calendar (`krx`, `always`). `base` is what is bought: a coin, or the share
    code.
    `kind` decides fees and taxes: `stock`, `etf`, `crypto`, `simulated`. `board` is where a share is listed
    (`KOSPI`, `KOSDAQ`), which its tax depends on; empty elsewhere.
    """

    id: InstrumentId
    venue: Venue
    name: str
    base: str
    currency: Currency
    ticks: TickTable
    lot: Decimal
    minimum_quantity: Decimal
    minimum_notional: Decimal
    price_scale: int
    quantity_scale: int
    calendar: str
    kind: str = "stock"
    board: str = ""

    def __post_init__(self) -> None:
        assert self.id.startswith(f"{self.venue}:"), f"an instrument id is VENUE:CODE, was {self.id}"
        assert self.lot > 0, f"a lot is positive, was {self.lot}"

    def price(self, value: Decimal, *, rounding: Rounding, at_ns: Nanos | None = None) -> Price:
        """The price on the tick grid next to `value`. The tick is that of the price itself, on that date."""
        return Price(self.ticks.round(value, rounding, at_ns))

    def is_on_tick(self, value: Decimal, at_ns: Nanos | None = None) -> bool:
        return value > 0 and value % self.ticks.tick(value, at_ns) == 0

    def quantity(self, value: Decimal, *, rounding: Rounding = Rounding.DOWN) -> Quantity:
        """The quantity on the lot grid next to `value`."""
        return Quantity(on_grid(value, self.lot, rounding))

    def is_on_lot(self, value: Decimal) -> bool:
        return value > 0 and value % self.lot == 0

    def price_from_units(self, units: int) -> Price:
        """The door from bulk columns: a price that the venue itself printed."""
        return Price(Decimal(units).scaleb(-self.price_scale))

    def price_units(self, price: Decimal) -> int:
        """The door into bulk columns. Errors: AssertionError if the price has more decimals than the
        scale."""
        units = price.scaleb(self.price_scale)
        assert units == units.to_integral_value(), f"{price} has more than {self.price_scale} decimals"
        return int(units)

    def quantity_units(self, quantity: Decimal) -> int:
        units = quantity.scaleb(self.quantity_scale)
        assert units == units.to_integral_value(), f"{quantity} has more than {self.quantity_scale} decimals"
        return int(units)

    def notional(self, price: Decimal, quantity: Decimal) -> Money:
        """Price times quantity, exact; cut (never raised) to the currency's scale."""
        step = Decimal(1).scaleb(-currency_scale(self.currency))
        return Money(amount=on_grid(price * quantity, step, Rounding.DOWN), currency=self.currency)
