"""A program at work on a live market: bars and fills go in, wishes and reasons come out.

It runs the module that the backtest runs; one bar is a chunk of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.values import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A wish for an order. `slot` names the order within this run; it only ever grows.

    `rule` is the id of the rule in the plan. Prices are on the venue's grid, in its currency; `values` are
    the operands of the rule's condition and prices, name -> text.
    """

    slot: int
    rule: int
    side: Side
    kind: OrderKind
    timing: Timing
    quantity: Decimal
    stop_price: Decimal | None
    limit_price: Decimal | None
    day: bool
    reduce_only: bool
    because: str
    rule_text: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The order of this slot is no longer wished."""

    slot: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What became of one rule at one instant.

    `outcome`: wish, declined (a gate said no), undefined, false. `gate` names the gate of a declined one.
    """

    rule: int
    rule_text: str
    outcome: str
    gate: str
    because: str
    values: dict[str, str]


Wish: TypeAlias = Place | Withdraw


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Everything one instant asked for, in order, and why."""

    wishes: tuple[Wish, ...] = ()
    decisions: tuple[Why, ...] = field(default=())
