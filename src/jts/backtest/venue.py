"""The venue of a backtest: bar after bar, it answers the working orders and lets the program decide.

A kernel: the module that runs histories is compiled from this source, and the reference runs it as
written. What
fills, and at what price, is jts.simulation.bars.matching; docs/language/fills.md tells the order of things.
"""

from __future__ import annotations

from jts.language.compile.names import Steps
from jts.language.kernels.desk import end_order
from jts.language.kernels.money import cover, fee_of, notional
from jts.language.kernels.records import (
    AT_CLOSE,
    BUY,
    DECLINED,
    ENDED_BY_FULL,
    ENTRY,
    GATE_CASH,
    LIMIT,
    MARKET,
    STOP,
    STOP_LIMIT,
    WITHDRAWN,
    Book,
    Event,
    Order,
)
from jts.language.kernels.types import Ints
from jts.simulation.bars.matching import price_at_open, price_within, triggers_at_open, triggers_within

CHUNK_BARS = 4096


def run(
    program: Steps,
    book: Book,
    orders: list[Order],
    log: list[Event],
    count: int,
    margin: int,
    has_open_view: bool,
    is_every_bar: bool,
    has_sessions: bool,
    open_: Ints,
    high: Ints,
    low: Ints,
    close: Ints,
    session: Ints,
    bar: int,
    end: int,
) -> int:
    """Runs the bars from `bar` to `end`; gives the bar to go on with, which is `end` unless the log is full.

    Bars on which no order works are the program's alone. `session` holds 2 x session, plus 1 on its
    last bar, where sessions matter.
    """
    while bar < end:
        if book.log_at + margin > book.log_max:
            return bar
        if bar >= book.columns_to:
            book.columns_to = bar + CHUNK_BARS if bar + CHUNK_BARS < end else end
            program.columns(bar, book.columns_to)
        if book.working == 0 and not is_every_bar:
            bar = program.advance(bar, book.columns_to)
        else:
            today = session[bar] if has_sessions else 0
            program.before_bar(today >> 1, bar)
            if book.working > 0:
                open_fills(program, book, orders, log, count, False, open_[bar], low[bar], bar)
            if has_open_view:
                program.decide_open(bar)
                open_fills(program, book, orders, log, count, True, open_[bar], low[bar], bar)
                program.enter_open(bar)
                open_fills(program, book, orders, log, count, False, open_[bar], low[bar], bar)
            if book.working > 0:
                fills_within(program, book, orders, log, count, True, high[bar], low[bar], bar)
                fills_within(program, book, orders, log, count, False, high[bar], low[bar], bar)
            is_last = (today & 1) == 1
            if is_last and book.working > 0:
                close_fills(program, book, orders, log, count, True, close[bar], bar)
                close_fills(program, book, orders, log, count, False, close[bar], bar)
            program.after_bar(is_last, bar)
            bar = program.advance(bar, bar + 1)
    return bar


def open_fills(
    program: Steps,
    book: Book,
    orders: list[Order],
    log: list[Event],
    count: int,
    is_leaving_only: bool,
    open_: int,
    low: int,
    bar: int,
) -> None:
    """What the first trade of the bar fills: exits, then entries; market, then stops, then limits.

    `is_leaving_only`: market exits alone, which the entries of the same instant wait for.
    """
    for turn in range(2):
        for rank in range(3):
            for slot in range(count):
                order = orders[slot]
                is_exit = order.role != ENTRY
                is_due = order.is_working and order.active_from <= bar and order.timing != AT_CLOSE
                is_asked = not is_leaving_only or (is_exit and rank == 0)
                is_turn = is_exit == (turn == 0) and rank_of(order.kind) == rank
                if is_due and is_asked and is_turn:
                    if order.kind == STOP_LIMIT and triggers_at_open(order.side, order.stop, open_):
                        order.is_triggered = True
                    kind = order.kind
                    if kind == STOP_LIMIT and order.is_triggered:
                        kind = LIMIT
                    price = price_at_open(kind, order.side, order.stop, order.limit, open_)
                    is_target = is_exit and kind == LIMIT
                    if is_target and (book.stop_bar == bar or stop_is_touched(orders, count, low, bar)):
                        price = 0
                    if price > 0:
                        trade(program, book, orders, log, slot, price, bar)


def fills_within(
    program: Steps,
    book: Book,
    orders: list[Order],
    log: list[Event],
    count: int,
    is_exit: bool,
    high: int,
    low: int,
    bar: int,
) -> None:
    """What the range of the bar fills: stops before targets."""
    for rank in range(3):
        for slot in range(count):
            order = orders[slot]
            is_due = order.is_working and order.active_from <= bar and order.timing != AT_CLOSE
            if is_due and (order.role != ENTRY) == is_exit and rank_of(order.kind) == rank:
                kind = order.kind
                if kind == STOP_LIMIT and order.is_triggered:
                    kind = LIMIT
                price = price_within(kind, order.side, order.stop, order.limit, high, low)
                if kind == STOP_LIMIT and triggers_within(order.side, order.stop, high, low):
                    order.is_triggered = True
                if is_exit and kind == LIMIT and book.stop_bar == bar:
                    price = 0
                if price > 0:
                    trade(program, book, orders, log, slot, price, bar)


def close_fills(
    program: Steps,
    book: Book,
    orders: list[Order],
    log: list[Event],
    count: int,
    is_exit: bool,
    close: int,
    bar: int,
) -> None:
    """Orders for the closing fill at the close of the session; a limit only if the close allows it."""
    for slot in range(count):
        order = orders[slot]
        is_due = order.is_working and order.active_from <= bar and order.timing == AT_CLOSE
        if is_due and (order.role != ENTRY) == is_exit:
            price = price_at_open(order.kind, order.side, order.stop, order.limit, close)
            if price > 0:
                trade(program, book, orders, log, slot, close, bar)


def rank_of(kind: int) -> int:
    """Market orders first, then stops, then limits."""
    if kind == MARKET:
        return 0
    return 1 if kind in (STOP, STOP_LIMIT) else 2


def stop_is_touched(orders: list[Order], count: int, low: int, bar: int) -> bool:
    """Whether a stop of the position fills in this bar: then no target does."""
    for slot in range(count):
        order = orders[slot]
        is_due = order.is_working and order.active_from <= bar and order.role != ENTRY
        if is_due and order.kind == STOP and low <= order.stop:
            return True
    return False


def trade(
    program: Steps, book: Book, orders: list[Order], log: list[Event], slot: int, price: int, bar: int
) -> None:
    """A fill, cut to what the cash covers or to what is held."""
    order = orders[slot]
    if order.side == BUY:
        if book.units_max > 0 and book.units >= book.units_max and book.position > 0:
            end_order(book, orders, log, slot, WITHDRAWN, bar, ENDED_BY_FULL)
            return
        order.quantity = cover(book, price, order.quantity)
    elif order.quantity > book.position:
        order.quantity = book.position
    if order.quantity == 0:
        end_order(book, orders, log, slot, DECLINED, bar, GATE_CASH)
        return
    if order.role != ENTRY and order.kind in (STOP, STOP_LIMIT):
        book.stop_bar = bar
    amount = notional(book, price, order.quantity)
    program.filled(slot, order.quantity, price, amount, fee_of(book, amount), bar)
