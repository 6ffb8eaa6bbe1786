"""The small exact values everything else is made of: instants, prices, quantities, money, names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import NewType

Nanos = NewType("Nanos", int)
"""An instant: nanoseconds since 1970, UTC. Given by the Clock port, never by the machine directly."""

Price = NewType("Price", Decimal)
"""A price on an instrument's tick grid. Only `Instrument.price` and `Instrument.price_from_units` mint
one."""

Quantity = NewType("Quantity", Decimal)
"""A quantity on an instrument's lot grid. Only `Instrument.quantity` mints one."""

Currency = NewType("Currency", str)
InstrumentId = NewType("InstrumentId", str)
"""VENUE:CODE, such as KRX:005930, UPBIT:KRW-BTC, BINANCE:BTCUSDT."""

Venue = NewType("Venue", str)
AccountId = NewType("AccountId", str)
IntentId = NewType("IntentId", str)
"""One wish, once: the same intent id is the same wish, however often it is said."""

ClientOrderId = NewType("ClientOrderId", str)
"""Our name for an order, given before anyone else names it; a pure function of the intent."""

VenueOrderId = NewType("VenueOrderId", str)
FillId = NewType("FillId", str)
"""VENUE/trade-id: the venue's name for one execution."""

RunId = NewType("RunId", str)
"""One strategy at work on one account: a name the owner chose, such as `average-cross`."""

MessageId = NewType("MessageId", str)

NANOS_PER_SECOND = 1_000_000_000

KRW = Currency("KRW")
USDT = Currency("USDT")

_SCALES: dict[str, int] = {"KRW": 0, "JPY": 0, "USD": 2, "EUR": 2, "USDT": 8, "USDC": 8, "BTC": 8, "ETH": 8}
_SCALE_OF_OTHERS = 8


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1


class Rounding(StrEnum):
    """Which way a computed number goes back on its grid. There is no `nearest`: say who gains."""

    DOWN = "down"
    UP = "up"


def currency_scale(currency: Currency) -> int:
    """Decimals in which amounts of this currency are exact: 0 for KRW, 8 for USDT and coins."""
    return _SCALES.get(currency, _SCALE_OF_OTHERS)


def on_grid(value: Decimal, step: Decimal, rounding: Rounding) -> Decimal:
    """The multiple of `step` next to `value` in the named direction. Errors: AssertionError for NaN or step
    <= 0."""
    assert value.is_finite(), f"a number on a grid is finite, was {value}"
    assert step > 0, f"a grid step is positive, was {step}"
    mode = ROUND_FLOOR if rounding is Rounding.DOWN else ROUND_CEILING
    return (value / step).to_integral_value(rounding=mode) * step


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount of one currency."""

    amount: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        assert isinstance(self.amount, Decimal), f"money is Decimal, was {type(self.amount).__name__}"
        assert self.amount.is_finite(), f"money is finite, was {self.amount}"

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, f"cannot add {other.currency} to {self.currency}"
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        assert self.currency == other.currency, f"cannot take {other.currency} from {self.currency}"
        return Money(amount=self.amount - other.amount, currency=self.currency)

    def __str__(self) -> str:
        return f"{self.amount:,f} {self.currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a message comes from. Every command and event carries one, from the click or tick to the fill.

    `correlation_id` names what began it all; `causation_id` the message that directly caused this one.
    """

    id: MessageId
    at_ns: Nanos
    correlation_id: str
    causation_id: str

    def caused(self, *, id: MessageId, at_ns: Nanos) -> Provenance:
        """The provenance of a message that this one directly causes."""
        return Provenance(id=id, at_ns=at_ns, correlation_id=self.correlation_id, causation_id=self.id)


class OutsideError(Exception):
    """The outside failed: a broker, a disk, a network. `retry_is_safe` says whether asking again can do
    harm; `public` is what anybody may be told of it: no path, no address, no figure."""

    retry_is_safe: bool = False
    public: str = "something the platform depends on does not answer"


class BadInput(Exception):
    """A person or a file said something we refuse: what was expected, what was found, the next step."""

    def __init__(self, message: str, *, code: str = "bad_input") -> None:
        super().__init__(message)
        self.code = code
