"""The desk of a running program: wishes become working orders, fills become money and position.

Every function here is a kernel: the backtest, the live program and the reference run this one source.
"""

from __future__ import annotations

from jts.language.kernels.grid import grid_price
from jts.language.kernels.money import lots_of, multiply_divide, notional
from jts.language.kernels.records import (
    AT_CLOSE,
    BUY,
    ENDED_BY_FLAT,
    ENDED_BY_FULL,
    ENDED_BY_MOVE,
    ENDED_BY_RULE,
    ENDED_BY_TIME,
    ENDED_OUTSIDE,
    ENTRY,
    EXIT,
    EXPIRED,
    FILLED,
    GATE_FLAT,
    GATE_MINIMUM,
    GATE_NOT_TRUE,
    GATE_POSITION,
    GATE_PRICE,
    GATE_SESSION,
    GATE_SIZE,
    GATE_WORKING,
    LIMIT,
    MARKET,
    NO_GATE,
    PLACED,
    PROTECTIVE_TARGET,
    SELL,
    STOP,
    STOP_LIMIT,
    WITHDRAWN,
    Band,
    Book,
    Event,
    Order,
)
from jts.language.kernels.types import UNDEFINED


def note(
    book: Book, orders: list[Order], log: list[Event], slot: int, what: int, bar: int, reason: int
) -> None:
    """Writes a line about the order of a slot."""
    assert book.log_at < book.log_max
    order = orders[slot]
    event = log[book.log_at]
    event.what = what
    event.id = order.id
    event.bar = bar
    event.slot = slot
    event.side = order.side
    event.kind = order.kind
    event.timing = order.timing
    event.quantity = order.quantity
    event.stop = order.stop
    event.limit = order.limit
    event.price = 0
    event.fee = 0
    event.notional = 0
    event.reason = reason
    event.active_from = order.active_from
    book.log_at = book.log_at + 1


def end_order(
    book: Book, orders: list[Order], log: list[Event], slot: int, what: int, bar: int, reason: int
) -> None:
    """The order of this slot stops working."""
    order = orders[slot]
    if order.is_working:
        note(book, orders, log, slot, what, bar, reason)
        order.is_working = False
        book.working = book.working - 1


def put(
    book: Book,
    orders: list[Order],
    log: list[Event],
    slot: int,
    kind: int,
    timing: int,
    quantity: int,
    stop: int,
    limit: int,
    active_from: int,
    expires_at: int,
    is_day: bool,
    bar: int,
) -> None:
    """A new working order in a free slot. Rule, side and role of the slot never change."""
    order = orders[slot]
    assert not order.is_working
    order.is_working = True
    order.id = book.next_id
    order.kind = kind
    order.timing = timing
    order.quantity = quantity
    order.filled = 0
    order.stop = stop
    order.limit = limit
    order.active_from = active_from
    order.expires_at = expires_at
    order.is_day = is_day
    order.session = -1
    order.is_triggered = False
    order.gate = NO_GATE
    book.next_id = book.next_id + 1
    book.working = book.working + 1
    note(book, orders, log, slot, PLACED, bar, 0)


def not_wished(book: Book, orders: list[Order], log: list[Event], slot: int, is_kept: bool, bar: int) -> None:
    """The rule's condition is not true at this instant: what is kept is withdrawn."""
    orders[slot].gate = GATE_NOT_TRUE
    if is_kept:
        end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_RULE)


def basis_price(
    book: Book, bands: list[Band], at_ns: int, side: int, kind: int, stop: float, limit: float, newest: float
) -> float:
    """What a size in money is divided by: the order's own limit or trigger on the grid, else the newest
    price.
    """
    units = 0
    if kind in (LIMIT, STOP_LIMIT):
        units = grid_price(book, bands, at_ns, limit, side == SELL)
    elif kind == STOP:
        units = grid_price(book, bands, at_ns, stop, side == BUY)
    else:
        return newest
    return float(units) / float(book.price_one) if units > 0 else UNDEFINED


def has_leaving_exit(book: Book, orders: list[Order], count: int) -> bool:
    """Whether the whole position is on its way out at the market."""
    for slot in range(count):
        order = orders[slot]
        is_leaving = order.is_working and order.role == EXIT and order.kind == MARKET
        if is_leaving and order.timing != AT_CLOSE and order.quantity >= book.position:
            return True
    return False


def gate_of(book: Book, orders: list[Order], count: int, is_entry: bool) -> int:
    """The first gate that says no, whatever the order's price and size."""
    if not is_entry:
        return GATE_FLAT if book.position == 0 else NO_GATE
    is_full = book.units_max > 0 and book.units >= book.units_max and book.position > 0
    if is_full and not has_leaving_exit(book, orders, count):
        return GATE_POSITION
    if book.session_entries_max > 0 and book.session_entries >= book.session_entries_max:
        return GATE_SESSION
    return NO_GATE


def wanted_quantity(book: Book, quantity: float, is_entry: bool) -> int:
    """A wish in lots: of an exit all that is held if the quantity is undefined, and never more; at least
    one lot.
    """
    if is_entry:
        return lots_of(book, quantity)
    if quantity != quantity:
        return book.position
    wanted = lots_of(book, quantity)
    if wanted == 0 and quantity > 0.0:
        wanted = book.lot
    return wanted if wanted < book.position else book.position


def is_under_minimum(book: Book, wanted: int, stop: int, limit: int, newest: float) -> bool:
    """Whether the venue would find the order too small, at its own price or the newest."""
    reckoned = limit
    if reckoned == 0:
        reckoned = stop
    if reckoned == 0:
        reckoned = int(newest * float(book.price_one))
    return wanted < book.minimum_quantity or notional(book, reckoned, wanted) < book.minimum_notional


def is_beyond_reckoning(book: Book, quantity: float, newest: float) -> bool:
    """Whether an order would be worth more than exact money can hold; no account could pay for it."""
    return quantity * newest * float(book.cash_one) > 4.0e18 or quantity * float(book.quantity_one) > 4.0e18


def wish(
    book: Book,
    orders: list[Order],
    log: list[Event],
    bands: list[Band],
    count: int,
    slot: int,
    kind: int,
    timing: int,
    stop: float,
    limit: float,
    quantity: float,
    newest: float,
    at_ns: int,
    active_from: int,
    good_for: float,
    is_day: bool,
    is_kept: bool,
    bar: int,
) -> bool:
    """A rule's condition is true: gates are asked in a fixed order, and the order placed if none says no.

    Entry: `quantity` is how much to buy. Exit: how much to sell, undefined for all of it. True if placed now.
    """
    order = orders[slot]
    is_entry = order.role == ENTRY
    if order.is_working and not is_kept:
        order.gate = GATE_WORKING
        return False
    units_stop = 0
    units_limit = 0
    if kind in (STOP, STOP_LIMIT):
        units_stop = grid_price(book, bands, at_ns, stop, order.side == BUY)
        if units_stop == 0:
            return decline(book, orders, log, slot, is_kept, GATE_PRICE, bar)
    if kind in (LIMIT, STOP_LIMIT):
        units_limit = grid_price(book, bands, at_ns, limit, order.side == SELL)
        if units_limit == 0:
            return decline(book, orders, log, slot, is_kept, GATE_PRICE, bar)
    gate = gate_of(book, orders, count, is_entry)
    if gate != NO_GATE:
        return decline(book, orders, log, slot, is_kept, gate, bar)
    if is_entry and is_beyond_reckoning(book, quantity, newest):
        return decline(book, orders, log, slot, is_kept, GATE_SIZE, bar)
    wanted = wanted_quantity(book, quantity, is_entry)
    if wanted <= 0:
        return decline(book, orders, log, slot, is_kept, GATE_SIZE, bar)
    if is_entry and is_under_minimum(book, wanted, units_stop, units_limit, newest):
        return decline(book, orders, log, slot, is_kept, GATE_MINIMUM, bar)
    if order.is_working:
        same_price = order.stop == units_stop and order.limit == units_limit
        if same_price and (is_entry or order.quantity == wanted):
            order.gate = GATE_WORKING
            return False
        end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_MOVE)
    expires_at = -1
    if good_for == good_for:
        expires_at = active_from + int(good_for)
    put(
        book, orders, log, slot, kind, timing, wanted, units_stop, units_limit, active_from, expires_at,
        is_day, bar,
    )  # fmt: skip
    return True


def decline(
    book: Book, orders: list[Order], log: list[Event], slot: int, is_kept: bool, gate: int, bar: int
) -> bool:
    """A gate said no; a kept order that is no longer allowed is withdrawn. Always false."""
    orders[slot].gate = gate
    if is_kept:
        end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_RULE)
    return False


def protect(
    book: Book,
    orders: list[Order],
    log: list[Event],
    bands: list[Band],
    slot: int,
    price: float,
    quantity: int,
    at_ns: int,
    bar: int,
) -> None:
    """Places a protective order, active from the next bar; one that works already is replaced at once.

    A trail only ever tightens: a looser price leaves it as it is.
    """
    order = orders[slot]
    is_target = order.role == PROTECTIVE_TARGET
    units = grid_price(book, bands, at_ns, price, is_target)
    if units == 0 or quantity <= 0:
        order.gate = GATE_PRICE
        return
    active_from = bar + 1
    if order.is_working:
        if not is_target and units <= order.stop and quantity == order.quantity:
            return
        if not is_target and units < order.stop:
            units = order.stop
        active_from = order.active_from
        end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_MOVE)
    if is_target:
        put(book, orders, log, slot, LIMIT, 0, quantity, 0, units, active_from, -1, False, bar)
    else:
        put(book, orders, log, slot, STOP, 0, quantity, units, 0, active_from, -1, False, bar)


def part_of(book: Book, quantity: int, fraction: float) -> int:
    """A part of a quantity, down to the lot, at least one lot."""
    if fraction >= 1.0:
        return quantity
    part = lots_of(book, float(quantity) * fraction / float(book.quantity_one))
    return part if part > 0 else book.lot


def settle(
    book: Book,
    orders: list[Order],
    log: list[Event],
    count: int,
    slot: int,
    quantity: int,
    price: int,
    amount: int,
    fee: int,
    bar: int,
) -> None:
    """A fill, as a fact: cash, position, and what it means for the other orders."""
    order = orders[slot]
    assert quantity > 0 and quantity <= order.quantity
    is_first = order.filled == 0
    order.filled = order.filled + quantity
    order.quantity = order.quantity - quantity
    note(book, orders, log, slot, FILLED, bar, 0)
    event = log[book.log_at - 1]
    event.quantity = quantity
    event.price = price
    event.fee = fee
    event.notional = amount
    book.fill_bar = bar
    book.fill_price = price
    if order.quantity == 0:
        order.is_working = False
        book.working = book.working - 1
    if order.side == BUY:
        order.held = order.held + quantity
        bought(book, quantity, price, amount, fee, is_first, bar)
        if book.units_max > 0 and book.units >= book.units_max:
            for other in range(count):
                if orders[other].role == ENTRY and other != slot:
                    end_order(book, orders, log, other, WITHDRAWN, bar, ENDED_BY_FULL)
    else:
        sold(book, quantity, amount, fee, bar)
        reduce_group(book, orders, log, count, bar)


def bought(book: Book, quantity: int, price: int, amount: int, fee: int, is_first: bool, bar: int) -> None:
    """More is held."""
    if book.position == 0:
        book.units = 0
        book.entry_price = price
        book.entry_bar = bar
        book.bought = 0
        book.invested = 0
        book.returned = 0
        book.initial_risk = UNDEFINED
    if is_first:
        book.units = book.units + 1
        book.session_entries = book.session_entries + 1
    book.cash = book.cash - amount - fee
    book.position = book.position + quantity
    book.bought = book.bought + amount
    book.invested = book.invested + amount + fee


def sold(book: Book, quantity: int, amount: int, fee: int, bar: int) -> None:
    """Less is held; with the last of it a trade is over."""
    assert quantity <= book.position
    book.cash = book.cash + amount - fee
    book.bought = book.bought - share_of(book.bought, quantity, book.position)
    book.position = book.position - quantity
    book.returned = book.returned + amount - fee
    if book.position == 0:
        book.units = 0
        book.exit_bar = bar
        book.trades = book.trades + 1
        book.losing_streak = book.losing_streak + 1 if book.returned < book.invested else 0


def share_of(amount: int, quantity: int, position: int) -> int:
    """The part of a cost that belongs to a part of a position, cut to the unit; all of it for all."""
    if quantity == position:
        return amount
    if quantity < 2147483648 and position < 2147483648:
        return multiply_divide(amount, quantity, position, 1)
    return int(float(amount) * (float(quantity) / float(position)))


def reduce_group(book: Book, orders: list[Order], log: list[Event], count: int, bar: int) -> None:
    """All exits of a position together never offer more than is held."""
    for slot in range(count):
        order = orders[slot]
        if book.position == 0:
            order.held = 0
        if order.is_working and order.role != ENTRY:
            if book.position == 0:
                end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_FLAT)
            elif order.quantity > book.position:
                end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_MOVE)
                put(
                    book,
                    orders,
                    log,
                    slot,
                    order.kind,
                    order.timing,
                    book.position,
                    order.stop,
                    order.limit,
                    order.active_from,
                    order.expires_at,
                    order.is_day,
                    bar,
                )


def expire_before(
    book: Book, orders: list[Order], log: list[Event], count: int, session: int, bar: int
) -> None:
    """As a bar begins: what was good for an earlier session, or for fewer bars, is over."""
    if session != book.session:
        book.session = session
        book.session_entries = 0
    if book.working > 0:
        for slot in range(count):
            order = orders[slot]
            if order.is_working and order.active_from <= bar:
                if order.is_day and order.session == -1:
                    order.session = session
                is_over = order.expires_at >= 0 and bar >= order.expires_at
                if is_over or (order.is_day and order.session != session):
                    end_order(book, orders, log, slot, EXPIRED, bar, ENDED_BY_TIME)


def expire_after(
    book: Book, orders: list[Order], log: list[Event], count: int, is_last: bool, bar: int
) -> None:
    """As a bar ends: day orders end with their session, counted ones with their last bar."""
    if is_last:
        book.session = -1
        book.session_entries = 0
    if book.working > 0:
        for slot in range(count):
            order = orders[slot]
            if order.is_working and order.active_from <= bar:
                is_over = order.expires_at >= 0 and bar + 1 >= order.expires_at
                if is_over or (order.is_day and is_last):
                    end_order(book, orders, log, slot, EXPIRED, bar, ENDED_BY_TIME)


def ended_outside(book: Book, orders: list[Order], log: list[Event], slot: int, bar: int) -> None:
    """The venue, the broker or risk ended this order."""
    end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_OUTSIDE)


def protect_quantity(book: Book, orders: list[Order], slot: int, fraction: float) -> int:
    """How much a clause of this entry protects: a part of what the entry bought and is still held."""
    held = orders[slot].held
    if held > book.position:
        held = book.position
    return part_of(book, held, fraction) if held > 0 else 0


def set_initial_risk(book: Book, orders: list[Order], slot: int) -> None:
    """The distance from the entry to its first stop, fixed for the life of the position."""
    if book.initial_risk != book.initial_risk and orders[slot].is_working:
        book.initial_risk = float(book.entry_price - orders[slot].stop) / float(book.price_one)


def mark(book: Book, price: int) -> int:
    """Cash and position at a price, in units of the currency."""
    if book.position == 0:
        return book.cash
    return book.cash + notional(book, price, book.position)
