"""The step part of a program: its rules at an instant, and what a fill brings about.

Within one instant states are set and conditions read in the order of the text; then exits are placed, then
entries (language, section 2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

from jts.domain.market.timeframe import Timeframe
from jts.language.compile import ir
from jts.language.compile.column_graph import key
from jts.language.compile.expressions import Expressions, Scope
from jts.language.compile.ir import Expr, Stmt
from jts.language.compile.kernel import divide
from jts.language.compile.memory import Memory
from jts.language.compile.prepare import Prepared
from jts.language.compile.records import FIELD_BYTES
from jts.language.kernels import desk
from jts.language.kernels.facts import NUMBERS, TRUTHS
from jts.language.kernels.records import AT_CLOSE, AT_OPEN, LIMIT, MARKET, NOW, STOP, STOP_LIMIT
from jts.language.kernels.types import UNDEFINED
from jts.language.plan import OrderRule, SetRule, Unit, View

KINDS = {"market": MARKET, "limit": LIMIT, "stop": STOP, "stop_limit": STOP_LIMIT}
TIMINGS = {"now": NOW, "at_open": AT_OPEN, "at_close": AT_CLOSE}
DEFAULT_SHARE_OF_EQUITY = 0.95


def timing_of(rule: OrderRule, timeframe: Timeframe) -> int:
    """When an order of this rule may first trade.

    `at open` is the opening of the next session where bars are sessions. Decided at the open itself, or on
    bars within a day, it is the next trade.
    """
    if rule.timing == "at_open" and (rule.view is View.OPEN or timeframe.is_intraday):
        return NOW
    return TIMINGS[rule.timing]


_BAR = ir.Get("i64", "bar")
_NEWEST = ir.Get("i64", "newest")


class Steps:
    """Makes the step functions. `use` takes a kernel into the module and gives its name."""

    def __init__(
        self,
        prepared: Prepared,
        memory: Memory,
        expressions: Expressions,
        use: Callable[[FunctionType], str],
    ) -> None:
        self._prepared = prepared
        self._memory = memory
        self._e = expressions
        self._use = use
        self._locals: dict[str, ir.Machine] = {}

    def functions(self) -> list[ir.Function]:
        opens = [self._decide_open(), self._enter_open()]
        return [self._begin(), self._advance(), *opens, self._filled(), *self._doors()]

    # ---- the instants ----

    def _advance(self) -> ir.Function:
        """Close after close from `bar`, until an order works or `end` is reached."""
        self._open()
        equity = ir.Choose(
            "i64",
            ir.op("i32", "i64.eqz", self._memory.book_field("position")),
            self._memory.book_field("cash"),
            self._call(desk.mark, self._memory.book, _NEWEST, type="i64"),
        )
        busy = ir.op("i32", "i64.gt_s", self._memory.book_field("working"), ir.i64(0))
        round_: list[Stmt] = [
            ir.Set("newest", ir.Load("i64", ir.element(self._memory.column("close"), _BAR), 0)),
            *self._resets(),
            *self._trails(),
            *(one for pass_ in self._rules(View.CLOSE) for one in pass_),
            *self._samples(),
            ir.Store("i64", ir.element(self._memory.column("equity"), _BAR), 0, equity),
            ir.Set("bar", ir.op("i64", "i64.add", _BAR, ir.i64(1))),
            ir.If(busy, (ir.Break(),)),
        ]
        loop = ir.While(ir.op("i32", "i64.lt_s", _BAR, ir.Get("i64", "end")), tuple(round_))
        return self._close(
            "advance", (("bar", "i64"), ("end", "i64")), "i64", [loop, ir.Return(_BAR)], {"newest": "i64"}
        )

    def _decide_open(self) -> ir.Function:
        """The rules of the open view for the bar that opens: states, conditions, prices, and the exits.

        What the entries wish is noted; `enter_open` places them once the exits of this instant have filled.
        """
        self._open()
        first, exits, _ = self._rules(View.OPEN)
        body: list[Stmt] = [
            ir.Set("newest", ir.Load("i64", ir.element(self._memory.column("open"), _BAR), 0)),
            *(self._resets() if self._prepared.has_open_view else ()),
            *first,
            *(
                ir.Store(type, ir.i32(self._memory.address(f"pending.{name}")), 0, ir.Get(type, name))
                for name, type in self._prepared.pending
            ),
            *exits,
        ]
        return self._close("decide_open", (("bar", "i64"),), None, body, {"newest": "i64"})

    def _enter_open(self) -> ir.Function:
        """The entries of the open view: their sizes are reckoned with what the exits have freed."""
        self._open()
        _, _, entries = self._rules(View.OPEN)
        body: list[Stmt] = [
            ir.Set("newest", ir.Load("i64", ir.element(self._memory.column("open"), _BAR), 0)),
            *(
                ir.Set(name, ir.Load(type, ir.i32(self._memory.address(f"pending.{name}")), 0))
                for name, type in self._prepared.pending
            ),
            *entries,
        ]
        return self._close("enter_open", (("bar", "i64"),), None, body, {"newest": "i64"})

    def _filled(self) -> ir.Function:
        """A fill, and the protective orders that the entry brings."""
        self._open()
        count = ir.i64(len(self._prepared.slots))
        facts = ("slot", "quantity", "price", "amount", "fee", "bar")
        given = [ir.Get("i64", name) for name in facts]
        m = self._memory
        body: list[Stmt] = [self._do(desk.settle, m.book, m.orders, m.log, count, *given)]
        for rule in self._orders():
            protections = self._prepared.protections_of(rule)
            if not protections or rule.verb != "buy":
                continue
            inner: list[Stmt] = []
            captured: dict[object, Expr] = {
                key(e): m.capture(at) for at, e in self._prepared.captured[rule.id]
            }
            scope = Scope(index=_BAR, newest=ir.Get("i64", "price"), captured=captured)
            for slot, clause in protections:
                if clause.kind != "trail":
                    inner.append(
                        self._protect(rule, slot, clause.fraction, self._e.number(clause.price, scope))
                    )
                if clause.kind == "stop":
                    inner.append(self._do(desk.set_initial_risk, m.book, m.orders, ir.i64(slot)))
            own = ir.op("i32", "i64.eq", given[0], ir.i64(self._prepared.slot_of(rule)))
            body.append(ir.If(own, tuple(inner)))
        parameters: list[tuple[str, ir.Machine]] = [(name, "i64") for name in facts]
        return self._close("filled", tuple(parameters), None, body, {})

    def _begin(self) -> ir.Function:
        """Every state as it is when the strategy starts."""
        self._open()
        nowhere = Scope(index=ir.i64(0), newest=ir.i64(0))
        body: list[Stmt] = [
            self._store_state(one.name, self._e.number(one.initial, nowhere))
            for one in self._prepared.plan.states
        ]
        for period in self._memory.periods:
            body.append(ir.Store("i64", ir.i32(self._memory.address(f"period.{period}")), 0, ir.i64(-1)))
        return self._close("begin", (), None, body, {})

    def _doors(self) -> list[ir.Function]:
        """What the host and the venue's loop ask of the desk."""
        m, count = self._memory, ir.i64(len(self._prepared.slots))
        desk_of = (m.book, m.orders, m.log)
        session, slot = ir.Get("i64", "session"), ir.Get("i64", "slot")
        is_last = ir.Get("i32", "is_last")
        return [
            self._close(
                "before_bar",
                (("session", "i64"), ("bar", "i64")),
                None,
                [self._do(desk.expire_before, *desk_of, count, session, _BAR)],
                {},
            ),
            self._close(
                "after_bar",
                (("is_last", "i32"), ("bar", "i64")),
                None,
                [self._do(desk.expire_after, *desk_of, count, is_last, _BAR)],
                {},
            ),
            self._close(
                "ended",
                (("slot", "i64"), ("bar", "i64")),
                None,
                [self._do(desk.ended_outside, *desk_of, slot, _BAR)],
                {},
            ),
        ]

    # ---- rules ----

    def _orders(self) -> list[OrderRule]:
        return [rule for rule in self._prepared.rules if isinstance(rule, OrderRule)]

    def _rules(self, view: View) -> tuple[list[Stmt], list[Stmt], list[Stmt]]:
        """First pass in the order of the text: states, conditions, prices. Then exits, then entries."""
        first: list[Stmt] = []
        exits: list[Stmt] = []
        entries: list[Stmt] = []
        scope = Scope(index=_BAR, newest=_NEWEST)
        for rule in self._prepared.ordered(view):
            if isinstance(rule, SetRule):
                store = self._store_state(rule.name, self._e.number(rule.value, scope))
                first.append(ir.If(self._e.is_true(rule.when, scope), (store,)) if rule.when else store)
            else:
                read, place = self._order(rule, scope)
                first += read
                (entries if rule.verb == "buy" else exits).extend(place)
        return first, exits, entries

    def _condition(self, rule: OrderRule, scope: Scope) -> Expr:
        condition = self._e.is_true(rule.when, scope) if rule.when else ir.i32(1)
        if rule.after_bars is not None:
            since = self._e.fact("bars_since_entry", scope)
            enough = ir.op("i32", "f64.ge", since, self._e.number(rule.after_bars, scope))
            condition = ir.and_(condition, enough)
        if rule.of_entry is not None:
            held = self._memory.order_field(self._prepared.slot_of_id(rule.of_entry), "held")
            condition = ir.and_(condition, ir.op("i32", "i64.gt_s", held, ir.i64(0)))
        return condition

    def _order(self, rule: OrderRule, scope: Scope) -> tuple[list[Stmt], list[Stmt]]:
        """What to read in the first pass, and what to place in the second."""
        m, slot = self._memory, self._prepared.slot_of(rule)
        wished = self._local(f"wished_{rule.id}", "i32")
        names = ("stop", "limit", "quantity")
        stop, limit, quantity = (self._local(f"{name}_{rule.id}", "f64") for name in names)
        values: list[Stmt] = [
            ir.Set(stop.name, self._e.number(rule.stop, scope) if rule.stop else ir.f64(UNDEFINED)),
            ir.Set(limit.name, self._e.number(rule.limit, scope) if rule.limit else ir.f64(UNDEFINED)),
        ]
        fixed: list[Stmt] = []
        for at, expression in self._prepared.captured[rule.id]:
            held = self._local(f"fixed_{at}", "f64")
            values.append(ir.Set(held.name, self._e.number(expression, scope)))
            fixed.append(ir.Store("f64", ir.i32(m.address("captures") + at * FIELD_BYTES), 0, held))
        read: list[Stmt] = [
            ir.Set(wished.name, self._condition(rule, scope)),
            ir.If(wished, tuple(values)),
        ]
        active_from = _BAR if rule.view is View.OPEN else ir.op("i64", "i64.add", _BAR, ir.i64(1))
        good_for = self._e.number(rule.good_for_bars, scope) if rule.good_for_bars else ir.f64(UNDEFINED)
        call = self._call(
            desk.wish,
            *(m.book, m.orders, m.log, m.bands, ir.i64(len(self._prepared.slots)), ir.i64(slot)),
            *(
                ir.i64(KINDS[rule.kind]),
                ir.i64(timing_of(rule, self._prepared.plan.timeframe)),
                stop,
                limit,
                quantity,
            ),
            *(self._newest_price(scope), self._instant(), active_from, good_for),
            *(ir.i32(int(rule.is_day_order)), ir.i32(int(rule.is_kept)), _BAR),
            type="i32",
        )
        otherwise: tuple[Stmt, ...] = ()
        if rule.is_kept:
            kept = (m.book, m.orders, m.log, ir.i64(slot), ir.i32(1), _BAR)
            otherwise = (self._do(desk.not_wished, *kept),)
        placed: Stmt = ir.If(call, tuple(fixed)) if fixed else ir.Do(call)
        then = (ir.Set(quantity.name, self._quantity(rule, scope, stop, limit)), placed)
        return read, [ir.If(wished, then, otherwise)]

    def _quantity(self, rule: OrderRule, scope: Scope, stop: ir.Get, limit: ir.Get) -> Expr:
        """How much, as a double: of an entry what to buy, of an exit what to sell (undefined: all)."""
        if rule.verb != "buy":
            if rule.fraction is not None and rule.fraction < 1:
                held = self._e.fact("quantity", scope)
                return ir.op("f64", "f64.mul", held, ir.f64(float(rule.fraction)))
            if rule.size is None:
                return ir.f64(UNDEFINED)
        size = rule.size or self._prepared.default_size
        newest = self._newest_price(scope)
        found: Expr = newest
        if rule.kind != "market":
            m = self._memory
            slot_side = ir.i64(1 if rule.verb == "buy" else -1)
            found = self._call(
                desk.basis_price,
                *(m.book, m.bands, self._instant(), slot_side, ir.i64(KINDS[rule.kind]), stop, limit, newest),
                type="f64",
            )
        if size is None:
            equity = self._e.fact("equity", scope)
            return divide(ir.op("f64", "f64.mul", ir.f64(DEFAULT_SHARE_OF_EQUITY), equity), found)
        value = self._e.number(size.value, scope)
        if size.is_risk:
            distance = self._risk_distance(rule, scope, found)
            return divide(value, distance)
        if size.value.type.unit is Unit.MONEY:
            return divide(value, found)
        return value

    def _risk_distance(self, rule: OrderRule, scope: Scope, found: Expr) -> Expr:
        """From the basis price to the order's own stop, were it filled there. Undefined without a stop
        below.
        """
        stops = [one for _, one in self._prepared.protections_of(rule) if one.kind == "stop"]
        if not stops:
            return ir.f64(UNDEFINED)
        at_basis = Scope(index=scope.index, newest=scope.newest, entry=found)
        distance = ir.op("f64", "f64.sub", found, self._e.number(stops[0].price, at_basis))
        return ir.Select("f64", ir.op("i32", "f64.gt", distance, ir.f64(0.0)), distance, ir.f64(UNDEFINED))

    # ---- protection, states, samples ----

    def _protect(self, rule: OrderRule, slot: int, fraction: object, price: Expr) -> Stmt:
        m = self._memory
        own = ir.i64(self._prepared.slot_of(rule))
        part = ir.f64(float(str(fraction)))
        quantity = self._call(desk.protect_quantity, m.book, m.orders, own, part, type="i64")
        return self._do(
            desk.protect,
            *(m.book, m.orders, m.log, m.bands, ir.i64(slot), price, quantity, self._instant(), _BAR),
        )

    def _trails(self) -> list[Stmt]:
        """Every close: each trail of a held entry, with what is known now."""
        out: list[Stmt] = []
        scope = Scope(index=_BAR, newest=_NEWEST)
        for rule in self._orders():
            for slot, clause in self._prepared.protections_of(rule):
                if clause.kind == "trail":
                    held = self._memory.order_field(self._prepared.slot_of(rule), "held")
                    move = self._protect(rule, slot, clause.fraction, self._e.number(clause.price, scope))
                    out.append(ir.If(ir.op("i32", "i64.gt_s", held, ir.i64(0)), (move,)))
        return out

    def _resets(self) -> list[Stmt]:
        """At the first instant of a period its states begin anew."""
        out: list[Stmt] = []
        nowhere = Scope(index=ir.i64(0), newest=ir.i64(0))
        for period in self._memory.periods:
            cell = ir.i32(self._memory.address(f"period.{period}"))
            now = ir.Load("i64", ir.element(self._memory.column(f"period.{period}"), _BAR), 0)
            begun: list[Stmt] = [ir.Store("i64", cell, 0, now)]
            for one in self._prepared.plan.states:
                if one.resets_each == period:
                    begun.append(self._store_state(one.name, self._e.number(one.initial, nowhere)))
            out.append(ir.If(ir.op("i32", "i64.ne", ir.Load("i64", cell, 0), now), tuple(begun)))
        return out

    def _samples(self) -> list[Stmt]:
        """Account facts that are looked back at, as they are after this close's decisions."""
        scope = Scope(index=_BAR, newest=_NEWEST)
        out: list[Stmt] = []
        for name in self._memory.samples:
            value = self._e.fact(name, scope)
            if name in TRUTHS:
                value = ir.Select("f64", value, ir.f64(1.0), ir.f64(0.0))
            else:
                assert name in NUMBERS, "a fact is a number or a truth"
            out.append(ir.Store("f64", ir.element(self._memory.sample(name), _BAR), 0, value))
        return out

    def _store_state(self, name: str, value: Expr) -> Stmt:
        return ir.Store("f64", ir.i32(self._memory.address(f"state.{name}")), 0, value)

    # ---- small parts ----

    def _newest_price(self, scope: Scope) -> Expr:
        return self._e.fact("price", scope)

    def _instant(self) -> Expr:
        """The opening instant of the bar; only venues whose ticks changed over time look at it."""
        return ir.Load("i64", ir.element(self._memory.column("instant"), _BAR), 0)

    def _local(self, name: str, type: ir.Machine) -> ir.Get:
        self._locals[name] = type
        return ir.Get(type, name)

    def _call(
        self, kernel: Callable[..., object], *arguments: Expr, type: ir.Machine | None = None
    ) -> ir.Call:
        assert isinstance(kernel, FunctionType), "a kernel is a plain function"
        return ir.Call(type, self._use(kernel), arguments)

    def _do(self, kernel: Callable[..., object], *arguments: Expr) -> Stmt:
        return ir.Do(self._call(kernel, *arguments))

    def _open(self) -> None:
        self._memory.open_function()
        self._locals = {}

    def _close(
        self,
        name: str,
        parameters: tuple[tuple[str, ir.Machine], ...],
        result: ir.Machine | None,
        body: list[Stmt],
        own: dict[str, ir.Machine],
    ) -> ir.Function:
        """A function of everything made since `_open`."""
        function = ir.Function(
            name=name,
            parameters=parameters,
            result=result,
            locals={**own, **self._locals, **self._memory.column_locals()},
            body=(*self._memory.column_loads(), *body),
            is_exported=True,
        )
        self._open()
        return function
