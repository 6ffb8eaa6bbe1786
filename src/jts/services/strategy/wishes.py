"""A program's wish becomes the same command that a person's click becomes. Pure."""

from __future__ import annotations

from jts.domain.instruments.instrument import Instrument
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms, TimeInForce, Timing
from jts.domain.risk.verdict import SubmitOrder
from jts.domain.values import ClientOrderId, IntentId, Nanos, Price, Provenance, Quantity, Side
from jts.language.evaluate.live import Place
from jts.services.strategy.run import Run

FLATTEN_SLOT = -1
"""The slot of an order that closes a run: no program wished it."""


def submit(
    run: Run, wish: Place, *, provenance: Provenance, deadline_ns: Nanos, is_closed: bool
) -> SubmitOrder:
    """The command of a wish. Ids are functions of the run and the slot, so saying it again is the same
    wish."""
    order = run.order_id(wish.slot)
    return SubmitOrder(
        provenance=provenance,
        intent=IntentId(order),
        order=order,
        account=run.account,
        terms=terms(run.instrument, wish, is_closed=is_closed),
        source=OrderSource(
            origin=Origin.STRATEGY,
            actor=run.run,
            run=run.run,
            plan=run.plan.hash,
            rule=wish.rule_text,
            because=wish.because,
            values=dict(wish.values),
        ),
        deadline_ns=deadline_ns,
    )


def terms(instrument: Instrument, wish: Place, *, is_closed: bool) -> OrderTerms:
    return OrderTerms(
        instrument=instrument.id,
        side=wish.side,
        kind=wish.kind,
        quantity=Quantity(wish.quantity),
        limit_price=None if wish.limit_price is None else Price(wish.limit_price),
        stop_price=None if wish.stop_price is None else Price(wish.stop_price),
        timing=_timing(wish, is_closed=is_closed),
        time_in_force=TimeInForce.DAY if wish.day else TimeInForce.GOOD_UNTIL_CANCELLED,
        reduce_only=wish.reduce_only,
    )


def _timing(wish: Place, *, is_closed: bool) -> Timing:
    # What is decided at a session's close is meant for the next session (semantics 5 and 6): a market order
    # for its opening, a resting order from its opening on.
    if wish.timing is not Timing.NOW or not is_closed:
        return wish.timing
    return Timing.AT_OPEN if wish.kind is OrderKind.MARKET else Timing.FROM_OPEN


def flatten_order(run: Run, by: str, provenance: Provenance, *, is_closed: bool) -> SubmitOrder:
    """The order that closes all a run holds. Its id is one per epoch: asking twice is the same wish."""
    order = ClientOrderId(f"{run.run}.{run.epoch}.flatten")
    held = run.program.position
    return SubmitOrder(
        provenance=provenance,
        intent=IntentId(order),
        order=order,
        account=run.account,
        terms=OrderTerms(
            instrument=run.instrument.id,
            side=Side.SELL if held > 0 else Side.BUY,
            kind=OrderKind.MARKET,
            quantity=Quantity(abs(held)),
            timing=Timing.AT_OPEN if is_closed else Timing.NOW,
            reduce_only=True,
        ),
        source=OrderSource(
            origin=Origin.STRATEGY,
            actor=by,
            run=run.run,
            plan=run.plan.hash,
            because=f"{by} stopped the strategy and had its position closed",
        ),
        deadline_ns=provenance.at_ns,
    )
