"""What a running program remembers: its book, its orders, what happened, and the price grid it rounds to."""

from __future__ import annotations

from jts.language.kernels.types import UNDEFINED

# Sides, kinds, timings, roles. The numbers are part of the module's memory and of every orders digest.
BUY = 1
SELL = -1
MARKET = 0
LIMIT = 1
STOP = 2
STOP_LIMIT = 3
NOW = 0
AT_OPEN = 1
AT_CLOSE = 2
ENTRY = 0
EXIT = 1
PROTECTIVE_STOP = 2
PROTECTIVE_TARGET = 3
PROTECTIVE_TRAIL = 4

# What an event says.
PLACED = 1
FILLED = 2
WITHDRAWN = 3
EXPIRED = 4
DECLINED = 5

# Why: the gate that said no, or the reason an order ended.
NO_GATE = 0
GATE_WORKING = 1
GATE_POSITION = 2
GATE_FLAT = 3
GATE_PRICE = 4
GATE_SIZE = 5
GATE_MINIMUM = 6
GATE_CASH = 7
GATE_SESSION = 8
GATE_NOT_TRUE = 9
ENDED_BY_FLAT = 10
ENDED_BY_FULL = 11
ENDED_BY_RULE = 12
ENDED_BY_MOVE = 13
ENDED_BY_TIME = 14
ENDED_OUTSIDE = 15


class Book:
    """The money and the position of one run. Amounts are whole numbers of the smallest unit.

    `cash_one`, `quantity_one`, `price_one`: how many units make one. A notional is price x quantity x up /
    (down_a x down_b). `fee_rate` is in billionths. A limit of 0 is no limit.
    """

    cash: int = 0
    position: int = 0
    cash_one: int = 1
    quantity_one: int = 1
    price_one: int = 1
    lot: int = 1
    up: int = 1
    down_a: int = 1
    down_b: int = 1
    fee_rate: int = 0
    minimum_quantity: int = 0
    minimum_notional: int = 0
    units_max: int = 1
    session_entries_max: int = 0
    bands: int = 0
    is_unrounded: bool = False
    units: int = 0
    session: int = -1
    session_entries: int = 0
    entry_price: int = 0
    entry_bar: int = -1
    exit_bar: int = -1
    fill_bar: int = -1
    stop_bar: int = -1
    fill_price: int = 0
    bought: int = 0
    invested: int = 0
    returned: int = 0
    losing_streak: int = 0
    trades: int = 0
    initial_risk: float = UNDEFINED
    next_id: int = 0
    working: int = 0
    log_at: int = 0
    log_max: int = 0
    columns_to: int = 0
    bar: int = -1


class Order:
    """One slot: the working order of a rule or of a protective clause, if `is_working`.

    `session` is -1 until a day order meets its first bar. `gate` is what became of the rule at the newest
    instant; `held` is how much of the present position this rule bought.
    """

    is_working: bool = False
    id: int = -1
    rule: int = 0
    side: int = 1
    role: int = 0
    kind: int = 0
    timing: int = 0
    quantity: int = 0
    filled: int = 0
    stop: int = 0
    limit: int = 0
    active_from: int = 0
    expires_at: int = -1
    is_day: bool = False
    session: int = -1
    is_triggered: bool = False
    gate: int = 0
    held: int = 0


class Event:
    """One line of the log: what happened to an order. Whole numbers only."""

    what: int = 0
    id: int = 0
    bar: int = 0
    slot: int = 0
    side: int = 0
    kind: int = 0
    timing: int = 0
    quantity: int = 0
    stop: int = 0
    limit: int = 0
    price: int = 0
    fee: int = 0
    notional: int = 0
    reason: int = 0
    active_from: int = 0


class Band:
    """One line of a tick table: from this instant, from this price on, this tick. Units of the price
    scale.
    """

    from_ns: int = 0
    lower: int = 0
    tick: int = 1
