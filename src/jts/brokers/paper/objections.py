"""Why the paper venue says no to an order at once: the checks a real venue makes at its door."""

from __future__ import annotations

from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.orders.terms import OrderTerms
from jts.domain.values import Nanos
from jts.ports.broker import Declined
from jts.simulation.trades.matching import is_supported


def objection(
    terms: OrderTerms, instrument: Instrument, *, now_ns: Nanos, shown_ns: Nanos | None
) -> Declined | None:
    """The first thing that is wrong with an order; None if the venue takes it.

    A price may lie on today's grid, or on that of `shown_ns`, the day the tape is showing: a recording's
    prices are of its own time.
    """
    unsupported = is_supported(terms)
    if unsupported:
        return Declined(code="unsupported", reason=unsupported)
    if not instrument.is_on_lot(terms.quantity) or terms.quantity < instrument.minimum_quantity:
        return Declined(
            code="lot",
            reason=f"expected a quantity in steps of {instrument.lot:f}, at least "
            f"{instrument.minimum_quantity:f}; found {terms.quantity:f}",
        )
    for price in (terms.limit_price, terms.stop_price):
        if price is not None and not _is_on_a_grid(instrument, price, now_ns, shown_ns):
            tick = instrument.ticks.tick(price, now_ns)
            return Declined(code="tick", reason=f"expected a price in steps of {tick:f}; found {price:f}")
    if terms.limit_price is not None and terms.limit_price * terms.quantity < instrument.minimum_notional:
        return Declined(
            code="minimum",
            reason=f"expected a value of at least {instrument.minimum_notional:f} {instrument.currency}; "
            f"found {terms.limit_price * terms.quantity:f}",
        )
    return None


def _is_on_a_grid(instrument: Instrument, price: Decimal, now_ns: Nanos, shown_ns: Nanos | None) -> bool:
    return instrument.is_on_tick(price, now_ns) or (
        shown_ns is not None and instrument.is_on_tick(price, shown_ns)
    )
