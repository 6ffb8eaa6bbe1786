"""The controls in the order in which they are asked. The first no is the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from jts.domain.risk.breach import Breach
from jts.domain.risk.controls.account import account
from jts.domain.risk.controls.authority import authority
from jts.domain.risk.controls.cash import cash
from jts.domain.risk.controls.daily_loss import daily_loss
from jts.domain.risk.controls.deadline import deadline
from jts.domain.risk.controls.duplicate import duplicate
from jts.domain.risk.controls.idempotency import idempotency
from jts.domain.risk.controls.instrument import instrument
from jts.domain.risk.controls.kill_switch import kill_switch
from jts.domain.risk.controls.lot import lot
from jts.domain.risk.controls.max_gross_exposure import max_gross_exposure
from jts.domain.risk.controls.max_open_orders import max_open_orders
from jts.domain.risk.controls.max_order_quantity import max_order_quantity
from jts.domain.risk.controls.max_order_value import max_order_value
from jts.domain.risk.controls.max_position import max_position
from jts.domain.risk.controls.minimum_notional import minimum_notional
from jts.domain.risk.controls.minimum_quantity import minimum_quantity
from jts.domain.risk.controls.nonsense import nonsense
from jts.domain.risk.controls.orders_per_second import orders_per_second
from jts.domain.risk.controls.price_collar import price_collar
from jts.domain.risk.controls.reduce_only import reduce_only
from jts.domain.risk.controls.reference_price import reference_price
from jts.domain.risk.controls.restricted import restricted
from jts.domain.risk.controls.session import session
from jts.domain.risk.controls.short_sale import short_sale
from jts.domain.risk.controls.tick import tick
from jts.domain.risk.question import Question

Control: TypeAlias = Callable[[Question], Breach | None]

# First whether the question may be asked at all, then whether its numbers make sense, then what the venue
# takes, then what the account can bear, last its pace. A control may rely on what those before it have let
# through.
CONTROLS: tuple[Control, ...] = (
    idempotency, deadline, authority, kill_switch, account, nonsense, instrument, restricted,
    tick, lot, minimum_quantity, session, reference_price, minimum_notional, price_collar,
    max_order_quantity, max_order_value, reduce_only, short_sale, cash, max_position, max_gross_exposure,
    max_open_orders, duplicate, orders_per_second, daily_loss,
)  # fmt: skip

# Closing a position for the kill switch: it must hold together and never sell what is not there. The limits
# that hold back people and programs do not hold back the hand that stops them, and a dead feed must not
# keep a position open.
WHILE_FLATTENING: tuple[Control, ...] = (
    idempotency, account, nonsense, instrument, lot, minimum_quantity, reduce_only, short_sale,
)  # fmt: skip


def first_breach(question: Question, controls: tuple[Control, ...] = CONTROLS) -> Breach | None:
    """The first no, or None: every control has been asked and none objects."""
    for control in controls:
        found = control(question)
        if found is not None:
            return found
    return None
