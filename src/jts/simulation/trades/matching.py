"""What one print of the tape does to one resting order: nothing, a trigger, a fill, or its end.

The tape is all this venue knows; there is no book and no queue. It is therefore kind in two ways, and
everything that comes of it is labelled simulated: a print *at* a limit fills it (a real order waits in line),
and by default a print fills the whole order however small the print was. With a `participation` the order
gets no more than that share of each print.

1. Only prints that we learnt of after the acceptance count: never the print that was already there.
2. Market: at the next print's price.
3. Limit: when a print is at or through it. At the print's price if that is the first print the order sees, or
the
   print that opens a session: the order would have met the market there. Otherwise at its own limit: the
   market came to it.
4. Stop: when a print reaches it, at that print's price, which after a gap is worse than the stop. A stop
limit becomes
   a limit at that print.
5. At open: at the print that opens the session; a limit that the opening does not reach expires. At close: at
the print
   that closes it, the same way. A market that never closes has no auction: at open is then the next print, at
   close the first print of the next day, which is the first proof that the day is over.
6. Good for day: until the closing print, that one included; or the first print of a later day, that one not
included. 7. Immediate or cancel: the first print that could trade it decides; what it does not fill is
cancelled. Fill or kill:
   all of it at that print or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from jts.domain.market.prices import MarketTrade
from jts.domain.orders.terms import OrderKind, OrderTerms, TimeInForce, Timing
from jts.domain.values import Nanos, Rounding, Side, on_grid

ZERO = Decimal(0)
AUCTIONS = (Timing.AT_OPEN, Timing.AT_CLOSE)


class How(StrEnum):
    """How the venue ends an order that is not filled."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingOrder:
    """An accepted order with what is left of it.

    `day` is the trading day of the first print it saw; None until then. `is_triggered`: its stop was reached.
    """

    terms: OrderTerms
    leaves: Decimal
    accepted_ns: Nanos
    day: date | None = None
    is_triggered: bool = False

    @property
    def has_seen_a_print(self) -> bool:
        return self.day is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One trade of the tape with what the venue's calendar says of it. `lot` is the grid of quantities."""

    trade: MarketTrade
    day: date
    always_open: bool
    lot: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    how: How
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What came of it: the order after the print, the execution if there was one, its end if it was ended.

    An order whose `leaves` is 0 is filled; it has no `ending`.
    """

    order: RestingOrder
    execution: Execution | None = None
    ending: Ending | None = None


def meet(order: RestingOrder, tape: Print, *, participation: Decimal | None = None) -> Met:
    """One order meets one print. Pure: the same order and print always give the same outcome."""
    assert order.leaves > 0, "a resting order has something left"
    assert participation is None or 0 < participation <= 1, f"a share of the print, was {participation}"
    if tape.trade.received_ns <= order.accepted_ns:
        return Met(order=order)
    if _is_over(order, tape):
        return Met(order=order, ending=Ending(how=How.EXPIRED, reason="its trading day is over"))
    seen = replace(order, day=order.day or tape.day)
    if not _may_trade(order, tape):
        return _end_of_day(Met(order=seen), tape)
    price, triggered = _price(order, tape)
    seen = replace(seen, is_triggered=triggered)
    quantity = _quantity(order, tape, participation) if price is not None else ZERO
    if order.terms.time_in_force is TimeInForce.FILL_OR_KILL and quantity < order.leaves:
        quantity = ZERO
    if quantity == 0 or price is None:
        return _after_a_miss(Met(order=seen), tape)
    filled = Met(
        order=replace(seen, leaves=order.leaves - quantity),
        execution=Execution(price=price, quantity=quantity),
    )
    return filled if filled.order.leaves == 0 else _after_a_miss(filled, tape)


def _is_over(order: RestingOrder, tape: Print) -> bool:
    """A day order that meets a print of a later day: the closing print was missed, or there was none."""
    if order.day is None or tape.day <= order.day or order.terms.time_in_force is not TimeInForce.DAY:
        return False
    # An order for the opening lives until the opening. On a market that never closes, an at-close order waits
    # for just this print.
    timing = order.terms.timing
    return timing is not Timing.AT_OPEN and not (tape.always_open and timing is Timing.AT_CLOSE)


def _may_trade(order: RestingOrder, tape: Print) -> bool:
    """Whether the order's timing lets it trade at this print."""
    match order.terms.timing:
        case Timing.NOW | Timing.FROM_OPEN:
            return True  # nothing is printed while the market is closed, so the next print opens it
        case Timing.AT_OPEN:
            return tape.trade.opens_session or tape.always_open
        case Timing.AT_CLOSE:
            day_turned = tape.always_open and order.day is not None and tape.day > order.day
            return tape.trade.closes_session or day_turned


def _price(order: RestingOrder, tape: Print) -> tuple[Decimal | None, bool]:
    """The price this print gives the order, None if none, and whether its stop has been reached."""
    terms, price = order.terms, Decimal(tape.trade.price)
    triggered = (
        order.is_triggered or terms.stop_price is None or _reaches(terms.side, price, terms.stop_price)
    )
    is_stop = terms.stop_price is not None
    if not triggered:
        return None, False
    if terms.limit_price is None:
        return price, is_stop
    if not _is_within(terms.side, price, terms.limit_price):
        return None, is_stop
    has_just_arrived = not order.has_seen_a_print or (is_stop and not order.is_triggered)
    in_an_auction = tape.trade.opens_session or terms.timing in AUCTIONS
    return (price if has_just_arrived or in_an_auction else terms.limit_price), is_stop


def _reaches(side: Side, price: Decimal, stop: Decimal) -> bool:
    return price >= stop if side is Side.BUY else price <= stop


def _is_within(side: Side, price: Decimal, limit: Decimal) -> bool:
    return price <= limit if side is Side.BUY else price >= limit


def _quantity(order: RestingOrder, tape: Print, participation: Decimal | None) -> Decimal:
    if participation is None:
        return order.leaves
    # Down to the lot grid: against ourselves, since a share of a print is never rounded into more than it
    # was.
    return min(order.leaves, on_grid(tape.trade.quantity * participation, tape.lot, Rounding.DOWN))


def _after_a_miss(met: Met, tape: Print) -> Met:
    """The order could trade and some of it is left: end it where its terms say so, else let it rest."""
    terms = met.order.terms
    waits_for_its_stop = terms.stop_price is not None and not met.order.is_triggered
    if terms.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL and not waits_for_its_stop:
        return replace(met, ending=Ending(how=How.CANCELLED, reason="immediate or cancel: no more to be had"))
    if terms.time_in_force is TimeInForce.FILL_OR_KILL and not waits_for_its_stop:
        return replace(met, ending=Ending(how=How.CANCELLED, reason="fill or kill: not all of it to be had"))
    if terms.timing in AUCTIONS:
        word = "opening" if terms.timing is Timing.AT_OPEN else "closing"
        return replace(met, ending=Ending(how=How.EXPIRED, reason=f"the {word} did not fill it"))
    return _end_of_day(met, tape)


def _end_of_day(met: Met, tape: Print) -> Met:
    """A day order ends with the print that closes its session. An order for the opening waits for the next
    one.
    """
    terms = met.order.terms
    if terms.time_in_force is not TimeInForce.DAY or not tape.trade.closes_session:
        return met
    if terms.timing is Timing.AT_OPEN:
        return met
    return replace(met, ending=Ending(how=How.EXPIRED, reason="its trading day is over"))


def is_supported(terms: OrderTerms) -> str:
    """Why this venue cannot take such an order; empty if it can."""
    if terms.timing in AUCTIONS and terms.kind in (OrderKind.STOP, OrderKind.STOP_LIMIT):
        return "a stop order works through the session; it cannot be kept for an auction"
    return ""
