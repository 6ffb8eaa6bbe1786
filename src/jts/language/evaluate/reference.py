"""The reference: a plan run as its rules read, bar by bar, in plain Python over the same desk.

It answers to the same calls as a compiled program, so the same venue drives both; their logs, books and
equity
curves must be equal to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jts.language.compile.column_graph import key
from jts.language.compile.prepare import Prepared, prepare
from jts.language.compile.step import DEFAULT_SHARE_OF_EQUITY, KINDS, timing_of
from jts.language.compile.terms import Terms
from jts.language.evaluate.values import Moment, Value, Values
from jts.language.kernels import desk
from jts.language.kernels.facts import NUMBERS, TRUTHS
from jts.language.kernels.records import BUY, Event, Order
from jts.language.kernels.types import UNDEFINED
from jts.language.plan import OrderRule, Plan, SetRule, Unit, View


@dataclass(slots=True, kw_only=True)
class Columns:
    """The bars: prices in units and as doubles, volumes, instants, the number of each period."""

    whole: dict[str, Sequence[int]]
    one: float
    prices: dict[str, list[float]]
    instants: Sequence[int]
    periods: dict[str, Sequence[int]] = field(default_factory=dict)

    @property
    def bars(self) -> int:
        return len(self.instants)

    def field(self, name: str) -> list[float]:
        return self.prices[name]

    def units(self, name: str) -> tuple[Sequence[int], float]:
        return self.whole[name], self.one


@dataclass(slots=True)
class _Wish:
    """What an entry of the open view noted when it was decided."""

    rule: OrderRule
    stop: float
    limit: float
    fixed: dict[object, Value]


class Reference:
    """One run. `book`, `orders` and `log` are the same records that a program keeps in its memory."""

    def __init__(self, plan: Plan, terms: Terms, parameters: Mapping[str, float], columns: Columns) -> None:
        self.prepared: Prepared = prepare(plan)
        self.book = terms.book
        self.bands = list(terms.bands)
        self.orders = [_order(slot.rule.id, slot.side, slot.role) for slot in self.prepared.slots]
        self.log = [Event() for _ in range(terms.book.log_max)]
        self.equity = [0] * columns.bars
        self._terms = terms
        self._columns = columns
        self._values = Values(columns, self, parameters)
        self._states: dict[str, Value] = {}
        self._periods: dict[str, int] = {}
        self._samples: dict[tuple[str, int], Value] = {}
        self._fixed: dict[int, dict[object, Value]] = {}
        self._pending: list[_Wish] = []
        self._bar = 0
        self._newest = 0
        for one in plan.states:
            self._states[one.name] = self._values.value(one.initial, Moment(0))

    # ---- the account, as values see it ----

    def fact(self, name: str) -> Value:
        if name in TRUTHS:
            return TRUTHS[name](self.book, self._newest, self._bar)
        return NUMBERS[name](self.book, self._newest, self._bar)

    def fact_at(self, name: str, bar: int) -> Value:
        return self._samples.get((name, bar))

    def state(self, name: str) -> Value:
        return self._states[name]

    # ---- the calls of the venue ----

    def columns(self, start: int, end: int) -> None:
        """Nothing to do: values are read when they are asked for."""

    def before_bar(self, session: int, bar: int) -> None:
        desk.expire_before(self.book, self.orders, self.log, len(self.orders), session, bar)

    def after_bar(self, is_last: bool, bar: int) -> None:
        desk.expire_after(self.book, self.orders, self.log, len(self.orders), is_last, bar)

    def decide_open(self, bar: int) -> None:
        self._at(bar, self._columns.whole["open"][bar])
        if self.prepared.has_open_view:
            self._reset(bar)
        exits, entries = self._read(View.OPEN)
        for wish in exits:
            self._place(wish)
        self._pending = entries

    def enter_open(self, bar: int) -> None:
        self._at(bar, self._columns.whole["open"][bar])
        for wish in self._pending:
            self._place(wish)
        self._pending = []

    def advance(self, bar: int, end: int) -> int:
        while bar < end:
            self._at(bar, self._columns.whole["close"][bar])
            self._reset(bar)
            self._trail()
            exits, entries = self._read(View.CLOSE)
            for wish in exits + entries:
                self._place(wish)
            for name in self.prepared.samples:
                self._samples[name, bar] = self.fact(name)
            self.equity[bar] = desk.mark(self.book, self._newest)
            bar += 1
            if self.book.working > 0:
                break
        return bar

    def filled(self, slot: int, quantity: int, price: int, amount: int, fee: int, bar: int) -> None:
        desk.settle(
            self.book, self.orders, self.log, len(self.orders), slot, quantity, price, amount, fee, bar
        )
        known = self.prepared.slots[slot]
        if known.side != BUY:
            return
        self._at(bar, price)
        moment = Moment(bar, fixed=self._fixed.get(known.rule.id, {}))  # type: ignore[arg-type]
        for at, clause in self.prepared.protections_of(known.rule):
            if clause.kind != "trail":
                self._protect(
                    slot, at, float(str(clause.fraction)), self._values.number(clause.price, moment)
                )
            if clause.kind == "stop":
                desk.set_initial_risk(self.book, self.orders, at)

    # ---- one instant ----

    def _at(self, bar: int, newest: int) -> None:
        self._bar, self._newest = bar, newest

    def _reset(self, bar: int) -> None:
        for period in sorted({one.resets_each for one in self.prepared.plan.states if one.resets_each}):
            now = self._columns.periods[period][bar]
            if self._periods.get(period) != now:
                self._periods[period] = now
                for one in self.prepared.plan.states:
                    if one.resets_each == period:
                        self._states[one.name] = self._values.value(one.initial, Moment(0))

    def _trail(self) -> None:
        moment = Moment(self._bar)
        for rule in self.prepared.rules:
            if isinstance(rule, OrderRule):
                own = self.prepared.slot_of(rule)
                for at, clause in self.prepared.protections_of(rule):
                    if clause.kind == "trail" and self.orders[own].held > 0:
                        price = self._values.number(clause.price, moment)
                        self._protect(own, at, float(str(clause.fraction)), price)

    def _read(self, view: View) -> tuple[list[_Wish], list[_Wish]]:
        """States are set and conditions read in the order of the text."""
        moment = Moment(self._bar)
        exits: list[_Wish] = []
        entries: list[_Wish] = []
        for rule in self.prepared.ordered(view):
            if isinstance(rule, SetRule):
                if rule.when is None or self._values.truth(rule.when, moment) is True:
                    self._states[rule.name] = self._values.value(rule.value, moment)
            elif self._is_wished(rule, moment):
                wish = _Wish(
                    rule,
                    _double(None if rule.stop is None else self._values.number(rule.stop, moment)),
                    _double(None if rule.limit is None else self._values.number(rule.limit, moment)),
                    {key(e): self._values.value(e, moment) for _, e in self.prepared.captured[rule.id]},
                )
                (entries if rule.verb == "buy" else exits).append(wish)
            elif rule.is_kept:
                # What is no longer wished is withdrawn when its turn comes: exits first, then entries.
                gone = _Wish(rule, math.nan, math.nan, {"withdraw": True})
                (entries if rule.verb == "buy" else exits).append(gone)
        return exits, entries

    def _is_wished(self, rule: OrderRule, moment: Moment) -> bool:
        if rule.when is not None and self._values.truth(rule.when, moment) is not True:
            return False
        if rule.after_bars is not None:
            held, wanted = self.fact("bars_since_entry"), self._values.number(rule.after_bars, moment)
            if not (isinstance(held, float) and wanted is not None and held >= wanted):
                return False
        return rule.of_entry is None or self.orders[self.prepared.slot_of_id(rule.of_entry)].held > 0

    def _place(self, wish: _Wish) -> None:
        rule, bar = wish.rule, self._bar
        slot = self.prepared.slot_of(rule)
        if "withdraw" in wish.fixed:
            desk.not_wished(self.book, self.orders, self.log, slot, True, bar)
            return
        good_for = (
            None if rule.good_for_bars is None else self._values.number(rule.good_for_bars, Moment(bar))
        )
        was_placed = desk.wish(
            self.book,
            self.orders,
            self.log,
            self.bands,
            len(self.orders),
            slot,
            KINDS[rule.kind],
            timing_of(rule, self.prepared.plan.timeframe),
            wish.stop,
            wish.limit,
            self._quantity(wish),
            NUMBERS["price"](self.book, self._newest, bar),
            self._columns.instants[bar],
            bar if rule.view is View.OPEN else bar + 1,
            _double(good_for),
            rule.is_day_order,
            rule.is_kept,
            bar,
        )
        if was_placed:
            self._fixed[rule.id] = wish.fixed

    def _quantity(self, wish: _Wish) -> float:
        """How much, in units of the quantity as a double; undefined for all that is held."""
        rule, moment = wish.rule, Moment(self._bar)
        if rule.verb != "buy":
            if rule.fraction is not None and rule.fraction < 1:
                return float(NUMBERS["quantity"](self.book, self._newest, self._bar)) * float(rule.fraction)
            if rule.size is None:
                return UNDEFINED
        size = rule.size or self.prepared.default_size
        basis = desk.basis_price(
            self.book,
            self.bands,
            self._columns.instants[self._bar],
            BUY if rule.verb == "buy" else -BUY,
            KINDS[rule.kind],
            wish.stop,
            wish.limit,
            NUMBERS["price"](self.book, self._newest, self._bar),
        )
        if size is None:
            return _part(
                DEFAULT_SHARE_OF_EQUITY * NUMBERS["equity"](self.book, self._newest, self._bar), basis
            )
        value = _double(self._values.number(size.value, moment))
        if size.is_risk:
            stops = [one for _, one in self.prepared.protections_of(rule) if one.kind == "stop"]
            entry = None if math.isnan(basis) else basis
            stop = self._values.number(stops[0].price, Moment(self._bar, entry=entry)) if stops else None
            if entry is None or stop is None or not entry - stop > 0:
                return UNDEFINED
            return _part(value, entry - stop)
        return _part(value, basis) if size.value.type.unit is Unit.MONEY else value

    def _protect(self, own: int, slot: int, fraction: float, price: float | None) -> None:
        quantity = desk.protect_quantity(self.book, self.orders, own, fraction)
        instant = self._columns.instants[self._bar]
        desk.protect(
            self.book, self.orders, self.log, self.bands, slot, _double(price), quantity, instant, self._bar
        )


def _double(value: float | None) -> float:
    return UNDEFINED if value is None else value


def _part(amount: float, by: float) -> float:
    return amount / by if by != 0 else UNDEFINED


def _order(rule: int, side: int, role: int) -> Order:
    order = Order()
    order.rule, order.side, order.role = rule, side, role
    return order
