"""A market for live programs in tests: its own list of orders, the venue's matching rules, exact money.

Written apart from jts.backtest.venue on purpose: what both agree on is then said twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

import numpy

from jts.backtest.digest import IS_FILLED, NOT_FILLED, WORKING, orders_digest
from jts.backtest.history import History
from jts.domain.market.bars import Bar
from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.values import Nanos, Side, currency_scale
from jts.language.compile.prepare import prepare
from jts.language.compile.sessions import session_column
from jts.language.compile.terms import Terms
from jts.language.evaluate.live import LiveProgram, Place, Step, Why, Withdraw
from jts.language.plan import Plan, View
from jts.simulation.bars.matching import price_at_open, price_within, triggers_at_open, triggers_within

KINDS = {OrderKind.MARKET: 0, OrderKind.LIMIT: 1, OrderKind.STOP: 2, OrderKind.STOP_LIMIT: 3}
TIMINGS = {Timing.NOW: 0, Timing.AT_OPEN: 1, Timing.AT_CLOSE: 2}
RANK = {0: 0, 2: 1, 3: 1, 1: 2}


@dataclass(slots=True)
class Resting:
    wish: Place
    placed_ns: int
    outcome: int = WORKING
    filled: Decimal = Decimal(0)
    fill_price: Decimal = Decimal(0)
    fill_ns: int = 0
    is_triggered: bool = False

    @property
    def kind(self) -> int:
        kind = KINDS[self.wish.kind]
        return 1 if kind == 3 and self.is_triggered else kind


class Market:
    """Plays a history to a live program and answers its orders."""

    def __init__(
        self, plan: Plan, program: LiveProgram, history: History, terms: Terms, fee_bps: Decimal
    ) -> None:
        self.program = program
        self.history = history
        self.terms = terms
        self.fee_bps = fee_bps
        self.orders: list[Resting] = []
        self._open: list[Resting] = []
        self.decisions: list[Why] = []
        self.bar = 0
        self._stop_bar = -1
        self._has_open_view = any(rule.view is View.OPEN for rule in plan.rules)
        self._slots = [
            slot.rule.id if slot.protection is None else slot.protection.id for slot in prepare(plan).slots
        ]
        columns = ("open", "high", "low", "close")
        self._units = {name: history.column(name).tolist() for name in columns}
        self._factor = 10 ** (terms.price_scale - history.bars.price_scale)
        self._ns = history.column("open_ns").tolist()
        self._sessions = session_column(history.instrument, history.timeframe, history.column("open_ns"))

    def play(self, first: int, last: int) -> None:
        """The bars from `first` up to `last`."""
        for t in range(first, last):
            self.bar = t
            self._open = [one for one in self._open if one.outcome == WORKING]
            self._trade_open(t)
            if self._has_open_view:
                self._take(self.program.open_bar(open_ns=self._ns[t], open_units=self._units["open"][t]))
                self._trade_open(t)
            for is_exit in (True, False):
                self._trade_within(t, is_exit)
            if self._sessions[t] & 1:
                for is_exit in (True, False):
                    self._trade_close(t, is_exit)
            self._take(self.program.close_bar(self._finished(t)))

    def digest(self) -> str:
        return orders_digest(self.rows(), self.terms)

    def rows(self) -> numpy.ndarray[tuple[int, int], numpy.dtype[numpy.int64]]:
        rows = [
            [
                order.placed_ns,
                order.wish.side.sign,
                KINDS[order.wish.kind],
                TIMINGS[order.wish.timing],
                self.terms.quantity_units(order.wish.quantity),
                self._price_units(order.wish.stop_price),
                self._price_units(order.wish.limit_price),
                order.outcome,
                self.terms.quantity_units(order.filled),
                self._price_units(order.fill_price),
                order.fill_ns,
            ]
            for order in sorted(self.orders, key=lambda one: one.wish.slot)
        ]
        return numpy.array(rows, dtype=numpy.int64).reshape(len(rows), 11)

    # ---- private ----

    def _price_units(self, price: Decimal | None) -> int:
        return 0 if price is None else int(price.scaleb(self.terms.price_scale))

    def _finished(self, t: int) -> Bar:
        return Bar(
            instrument=self.history.instrument.id,
            timeframe=self.history.timeframe,
            open_ns=Nanos(self._ns[t]),
            close_ns=Nanos(self._ns[t] + self.history.timeframe.nanos),
            open_units=self._units["open"][t],
            high_units=self._units["high"][t],
            low_units=self._units["low"][t],
            close_units=self._units["close"][t],
            volume=Decimal(repr(float(self.history.volume()[t]))),
        )

    def _take(self, step: Step) -> None:
        self.decisions += step.decisions
        for wish in step.wishes:
            if isinstance(wish, Place):
                self.orders.append(Resting(wish, self._ns[self.bar]))
                self._open.append(self.orders[-1])
            else:
                assert isinstance(wish, Withdraw)
                found = next(one for one in reversed(self.orders) if one.wish.slot == wish.slot)
                if found.outcome == WORKING:
                    found.outcome = NOT_FILLED

    def _due(self, is_exit: bool, *, is_closing: bool = False) -> Iterator[Resting]:
        """Working orders: market, then stops, then limits; within each in the order of the program's
        slots.
        """
        for rank in range(1 if is_closing else 3):
            for slot in self._slots:
                for one in list(self._open):
                    is_mine = one.wish.rule == slot and one.wish.reduce_only == is_exit
                    is_timed = (one.wish.timing is Timing.AT_CLOSE) == is_closing
                    is_ranked = is_closing or RANK[KINDS[one.wish.kind]] == rank
                    if one.outcome == WORKING and is_mine and is_timed and is_ranked:
                        yield one

    def _price(self, name: str, t: int) -> int:
        units: int = self._units[name][t]
        return units * int(self._factor)

    def _trade_open(self, t: int) -> None:
        for is_exit in (True, False):
            for order in self._due(is_exit):
                side, open_ = order.wish.side.sign, self._price("open", t)
                stop, limit = (
                    self._price_units(order.wish.stop_price),
                    self._price_units(order.wish.limit_price),
                )
                if order.wish.kind is OrderKind.STOP_LIMIT and triggers_at_open(side, stop, open_):
                    order.is_triggered = True
                price = price_at_open(order.kind, side, stop, limit, open_)
                if is_exit and order.kind == 1 and self._stop_touched(t):
                    price = 0
                if price:
                    self._fill(order, price, t)

    def _stop_touched(self, t: int) -> bool:
        if self._stop_bar == t:
            return True
        stops = [one for one in self._due(True) if one.wish.kind is OrderKind.STOP]
        return any(self._price("low", t) <= self._price_units(one.wish.stop_price) for one in stops)

    def _trade_within(self, t: int, is_exit: bool) -> None:
        for order in self._due(is_exit):
            side, high, low = order.wish.side.sign, self._price("high", t), self._price("low", t)
            stop, limit = self._price_units(order.wish.stop_price), self._price_units(order.wish.limit_price)
            price = price_within(order.kind, side, stop, limit, high, low)
            if order.wish.kind is OrderKind.STOP_LIMIT and triggers_within(side, stop, high, low):
                order.is_triggered = True
            if is_exit and order.kind == 1 and self._stop_bar == t:
                price = 0
            if price:
                self._fill(order, price, t)

    def _trade_close(self, t: int, is_exit: bool) -> None:
        for order in self._due(is_exit, is_closing=True):
            close = self._price("close", t)
            stop, limit = self._price_units(order.wish.stop_price), self._price_units(order.wish.limit_price)
            if order.outcome == WORKING and price_at_open(
                order.kind, order.wish.side.sign, stop, limit, close
            ):
                self._fill(order, close, t)

    def _fill(self, order: Resting, units: int, t: int) -> None:
        wish, price = order.wish, self.terms.price(units)
        quantity = self._affordable(wish, price)
        if quantity == 0:
            order.outcome = NOT_FILLED
            self.program.ended(wish.slot)
            return
        order.outcome = IS_FILLED
        if wish.reduce_only and wish.kind in (OrderKind.STOP, OrderKind.STOP_LIMIT):
            self._stop_bar = t
        order.filled += quantity
        order.fill_price, order.fill_ns = price, self._ns[t]
        fee = self._fee(self._cut(price * quantity))
        step = self.program.fill(
            slot=wish.slot, side=wish.side, quantity=quantity, price=price, fee=fee, at_ns=self._ns[t]
        )
        if quantity < wish.quantity:
            self.program.ended(wish.slot)
        self._take(step)

    def _affordable(self, wish: Place, price: Decimal) -> Decimal:
        """Exact, by halving: the most lots of which notional and fee are covered by cash."""
        if wish.side is Side.SELL:
            return min(wish.quantity, self.program.position)
        lot, cash = self.history.instrument.lot, self.program.cash

        def fits(lots: int) -> bool:
            with_fee = price * lots * lot * (1 + self.fee_bps / 10_000)
            amount = self._cut(price * lots * lot)
            whole = lots == int(wish.quantity / lot)
            return amount + self._fee(amount) <= cash and (whole or with_fee <= cash)

        low, high = 0, int(wish.quantity / lot)
        if fits(high):
            return wish.quantity
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return lot * low

    def _cut(self, amount: Decimal) -> Decimal:
        step = Decimal(1).scaleb(-currency_scale(self.history.instrument.currency))
        return amount.quantize(step, rounding=ROUND_FLOOR)

    def _fee(self, amount: Decimal) -> Decimal:
        return self._cut(amount * self.fee_bps / 10_000)


def at_scale(history: History, scale: int) -> History:
    """The same bars with an instrument that says this price scale."""
    return replace(history, instrument=replace(history.instrument, price_scale=scale))
