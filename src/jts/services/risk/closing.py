"""Which orders close every position for the kill switch, named so that a repeat does nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.prices import ReferencePrice, SessionState
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms, Timing
from jts.domain.risk.exposure import Exposure
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.reservation import NOTHING
from jts.domain.risk.verdict import SubmitOrder
from jts.domain.values import (
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    InstrumentId,
    IntentId,
    MessageId,
    Nanos,
    Provenance,
    Rounding,
    Side,
)

_DEADLINE_NS = 5 * NANOS_PER_SECOND


def in_scope(kill: KillState, account: AccountId) -> bool:
    return kill.account in (None, account)


def still_held(kill: KillState, exposures: Sequence[Exposure]) -> tuple[tuple[AccountId, InstrumentId], ...]:
    """What is not closed yet."""
    return tuple(
        (exposure.account, instrument)
        for exposure in exposures
        if in_scope(kill, exposure.account)
        for instrument in sorted(exposure.holdings)
    )


def is_waiting_for_cancels(kill: KillState, exposures: Sequence[Exposure]) -> bool:
    """Whether an order of somebody else is still open in scope: its end may change what is to be closed."""
    return any(
        _OURS.fullmatch(order) is None
        for exposure in exposures
        if in_scope(kill, exposure.account)
        for order in exposure.reservations
    )


def closing_order(
    kill: KillState,
    exposure: Exposure,
    instrument: Instrument,
    reference: ReferencePrice | None,
    *,
    attempt: int,
    message_id: MessageId,
    now_ns: Nanos,
) -> SubmitOrder | None:
    """A market order for all of the position that no open order has promised away; None if that is nothing.

    While the market is closed it is an order for the opening. Names are made of the latch's instant, the
    instrument and the attempt: asked twice, it is the same order.
    """
    held = exposure.held(instrument.id)
    if held > 0:
        side, size = Side.SELL, exposure.sellable(instrument.id)
    else:
        side, size = Side.BUY, -held - exposure.reserved_quantity(instrument.id, Side.BUY)
    quantity = instrument.quantity(max(size, NOTHING), rounding=Rounding.DOWN)
    if quantity <= 0:
        return None
    closed = reference is not None and reference.session is SessionState.CLOSED
    intent = IntentId(f"kill/{kill.at_ns}/{instrument.id}/{attempt}")
    return SubmitOrder(
        provenance=Provenance(
            id=message_id,
            at_ns=now_ns,
            correlation_id=f"kill-{kill.at_ns}",
            causation_id=f"kill-{kill.at_ns}",
        ),
        intent=intent,
        order=_order_id(exposure.account, intent),
        account=exposure.account,
        terms=OrderTerms(
            instrument=instrument.id,
            side=side,
            kind=OrderKind.MARKET,
            quantity=quantity,
            timing=Timing.AT_OPEN if closed else Timing.NOW,
            reduce_only=True,
        ),
        source=OrderSource(
            origin=Origin.KILL_SWITCH,
            actor=kill.by,
            because=f"flatten: {kill.reason}" if kill.reason else "flatten",
        ),
        deadline_ns=Nanos(now_ns + _DEADLINE_NS),
    )


_PREFIX = "kill-"
_OURS = re.compile(r"kill-[0-9a-f]{24}")


def _order_id(account: AccountId, intent: IntentId) -> ClientOrderId:
    """Our name for it, a pure function of account and intent. 29 characters: every venue takes 36."""
    return ClientOrderId(_PREFIX + sha256(f"{account}\x1f{intent}".encode()).hexdigest()[:24])
