"""What an order event means to an account: what it moved, and what it sets free."""

from __future__ import annotations

from typing import assert_never

from jts.domain.orders.events import (
    AnyOrderEvent,
    OrderAccepted,
    OrderBecameUnknown,
    OrderCancelled,
    OrderCancelRefused,
    OrderCancelRequested,
    OrderExpired,
    OrderFilled,
    OrderIntended,
    OrderLateFilled,
    OrderRejected,
    OrderSendStarted,
)
from jts.domain.risk.exposure import Ended, Fact, Heard, Traded


def facts_of(event: AnyOrderEvent) -> tuple[Fact, ...]:
    """Fills move cash and position; a proven end sets the rest free; all else, unknown above all, sets
    nothing free."""
    match event:
        case OrderFilled(fill=fill, leaves=leaves):
            traded = Traded(fill=fill)
            return (traded,) if leaves else (traded, Ended(account=event.account, order=event.order))
        case OrderLateFilled(fill=fill):
            return (Traded(fill=fill),)
        case OrderCancelled() | OrderExpired() | OrderRejected():
            return (Ended(account=event.account, order=event.order),)
        case (
            OrderIntended()
            | OrderSendStarted()
            | OrderAccepted()
            | OrderBecameUnknown()
            | OrderCancelRequested()
            | OrderCancelRefused()
        ):
            return (Heard(account=event.account, order=event.order),)
        case _:
            assert_never(event)
