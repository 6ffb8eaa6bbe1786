"""Small makers: orders that rest, and prints that meet them. The day is Friday, 20 November 2026, 09:00 in
Seoul.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from jts.domain.market.prices import MarketTrade
from jts.domain.orders.terms import OrderKind, OrderTerms, TimeInForce, Timing
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, Nanos, Price, Quantity, Side
from jts.simulation.trades.matching import Execution, Met, Print, RestingOrder, meet

SAMSUNG = InstrumentId("KRX:005930")
OPENING = Nanos(1_795_132_800 * NANOS_PER_SECOND)
FRIDAY = date(2026, 11, 20)
ACCEPTED = Nanos(OPENING + 60 * NANOS_PER_SECOND)


def terms(
    side: Side = Side.BUY,
    quantity: str = "100",
    *,
    limit: str | None = None,
    stop: str | None = None,
    timing: Timing = Timing.NOW,
    valid: TimeInForce = TimeInForce.GOOD_UNTIL_CANCELLED,
    of: InstrumentId = SAMSUNG,
) -> OrderTerms:
    """A market order unless prices are given."""
    kinds = {
        (False, False): OrderKind.MARKET,
        (True, False): OrderKind.LIMIT,
        (False, True): OrderKind.STOP,
        (True, True): OrderKind.STOP_LIMIT,
    }
    return OrderTerms(
        instrument=of,
        side=side,
        kind=kinds[limit is not None, stop is not None],
        quantity=Quantity(Decimal(quantity)),
        limit_price=None if limit is None else Price(Decimal(limit)),
        stop_price=None if stop is None else Price(Decimal(stop)),
        timing=timing,
        time_in_force=valid,
    )


def trade(
    price: str,
    *,
    seconds: float = 61,
    quantity: str = "1000",
    of: InstrumentId = SAMSUNG,
    opens: bool = False,
    closes: bool = False,
    days: int = 0,
) -> MarketTrade:
    """A print `seconds` after the opening, `days` later; an order is accepted at second 60."""
    at_ns = Nanos(OPENING + int((seconds + 86_400 * days) * NANOS_PER_SECOND))
    return MarketTrade(
        instrument=of,
        price=Price(Decimal(price)),
        quantity=Quantity(Decimal(quantity)),
        venue_ns=at_ns,
        received_ns=at_ns,
        trade_id=f"t{at_ns}",
        opens_session=opens,
        closes_session=closes,
    )


def on_tape(found: MarketTrade, *, days: int = 0, always_open: bool = False, lot: str = "1") -> Print:
    return Print(trade=found, day=FRIDAY + timedelta(days=days), always_open=always_open, lot=Decimal(lot))


def printed(
    price: str,
    *,
    seconds: float = 61,
    quantity: str = "1000",
    opens: bool = False,
    closes: bool = False,
    days: int = 0,
    always_open: bool = False,
) -> Print:
    return on_tape(
        trade(price, seconds=seconds, quantity=quantity, opens=opens, closes=closes, days=days),
        days=days,
        always_open=always_open,
    )


def resting(of: OrderTerms) -> RestingOrder:
    return RestingOrder(terms=of, leaves=of.quantity, accepted_ns=ACCEPTED)


def story(of: OrderTerms, *prints: Print, participation: str | None = None) -> list[Met]:
    """What each print did to the order, until it was filled or ended."""
    order, told = resting(of), []
    for each in prints:
        met = meet(order, each, participation=None if participation is None else Decimal(participation))
        told.append(met)
        order = met.order
        if met.ending or order.leaves == 0:
            break
    return told


def fills(told: list[Met]) -> list[tuple[str, str]]:
    """Quantity and price of each execution."""
    return [(f"{x.quantity:f}", f"{x.price:f}") for x in executions(told)]


def executions(told: list[Met]) -> list[Execution]:
    return [met.execution for met in told if met.execution is not None]


def end(told: list[Met]) -> str:
    """How it ended: `filled`, `cancelled`, `expired`, or `resting`."""
    last = told[-1]
    if last.order.leaves == 0:
        return "filled"
    return last.ending.how.value if last.ending else "resting"
