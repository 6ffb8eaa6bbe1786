"""What risk is asked, with everything a control may look at. Controls are pure functions of this value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.prices import ReferencePrice
from jts.domain.orders.terms import OrderTerms
from jts.domain.risk.exposure import Exposure
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.limits import Limits
from jts.domain.risk.reservation import EXACT, NOTHING, Reservation, worth
from jts.domain.risk.verdict import SubmitOrder
from jts.domain.values import InstrumentId, Nanos, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One wish, and the standing of its account at the instant of the decision.

    `digest` is `order_digest(command)`; `answered_digest` that of the order which used this intent before, if
    any.
    `marks` are the newest prices of what is held. `same_order_ns`: when the same wish of the same actor was
    last approved. `busy_ns`: when the `orders_per_second`-th newest approval was given, None if there are
    fewer.
    """

    command: SubmitOrder
    digest: str
    now_ns: Nanos
    exposure: Exposure
    kill: KillState
    limits: Limits | None
    instrument: Instrument | None
    reference: ReferencePrice | None
    marks: Mapping[InstrumentId, Decimal]
    fee_rate: Decimal
    answered_digest: str | None = None
    same_order_ns: Nanos | None = None
    busy_ns: Nanos | None = None

    @property
    def terms(self) -> OrderTerms:
        return self.command.terms

    @property
    def adds(self) -> bool:
        """Whether the order may make the account hold more. Sells never do: selling short is refused."""
        return self.terms.side is Side.BUY and not self.terms.reduce_only

    @property
    def known_limits(self) -> Limits:
        assert self.limits is not None, "control `account` is asked before any that measures by a limit"
        return self.limits

    @property
    def known_instrument(self) -> Instrument:
        assert self.instrument is not None, "control `instrument` is asked before any that needs one"
        return self.instrument

    @property
    def known_reference(self) -> ReferencePrice:
        assert self.reference is not None, "control `reference_price` is asked before any that needs one"
        return self.reference

    @property
    def market_ns(self) -> Nanos:
        """The market's own date, for rules that changed over time: a recording keeps the rules of its day."""
        return self.reference.venue_ns if self.reference else self.now_ns

    @property
    def reference_value(self) -> Decimal:
        """The reference price; while flattening without one, that of our newest fill (a sell reserves no
        cash)."""
        if self.reference is not None:
            return self.reference.price
        holding = self.exposure.holdings.get(self.terms.instrument)
        return holding.last_price if holding else NOTHING

    @property
    def worst_price(self) -> Decimal:
        """The price it is reckoned at: its own limit; else trigger or reference, whichever is higher, and
        for a buy the market reserve on top, since the next print may be higher still."""
        if self.terms.limit_price is not None:
            return self.terms.limit_price
        base = max(self.terms.stop_price or NOTHING, self.reference_value)
        if self.terms.side is Side.SELL:
            return base
        return EXACT.multiply(base, 1 + self.known_limits.market_reserve)

    @property
    def value(self) -> Decimal:
        """The order at its worst price, in the instrument's currency, fee aside."""
        return EXACT.multiply(self.terms.quantity, self.worst_price)

    @property
    def reducible(self) -> Decimal:
        """The most this side may trade and still only shrink the position, other reducing orders set
        aside."""
        held = self.exposure.held(self.terms.instrument) * -self.terms.side.sign
        promised = self.exposure.reserved_quantity(self.terms.instrument, self.terms.side)
        return max(held - promised, NOTHING)

    def reservation(self, *, expires_ns: Nanos) -> Reservation:
        """What approving it sets aside."""
        instrument, terms = self.known_instrument, self.terms
        price = self.worst_price
        value, cash = worth(terms.side, terms.quantity, price, self.fee_rate, instrument.currency)
        return Reservation(
            order=self.command.order,
            instrument=terms.instrument,
            currency=instrument.currency,
            side=terms.side,
            leaves=terms.quantity,
            price=price,
            fee_rate=self.fee_rate,
            value=value,
            cash=cash,
            reduce_only=terms.reduce_only,
            expires_ns=expires_ns,
        )
