"""Expressions of a plan as intermediate form.

A number is a double, undefined is NaN. A condition has two sides, each a plain truth: *surely true* and
*surely false*; undefined is neither. Both sides of `and`, `or`, `not` follow from the sides of their parts,
which is Kleene's logic without a third value at run time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from jts.domain.values import BadInput
from jts.language.compile import ir
from jts.language.compile.column_graph import (
    ColumnGraph,
    is_condition,
    is_indicator,
    key,
    offset_constant,
)
from jts.language.compile.ir import Expr
from jts.language.compile.kernel import divide
from jts.language.compile.memory import Memory
from jts.language.kernels.facts import NUMBERS, TRUTHS
from jts.language.kernels.types import UNDEFINED
from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    Parameter,
    StateValue,
)

POWER_MAX = 64

_MIRROR = {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}
_OPPOSITE = {"less": "ge", "less_equal": "gt", "greater": "le", "greater_equal": "lt"}
_ARITHMETIC = {"add": "f64.add", "subtract": "f64.sub", "multiply": "f64.mul"}
_ONE = {
    "abs": "f64.abs",
    "floor": "f64.floor",
    "ceil": "f64.ceil",
    "round": "f64.nearest",
    "negate": "f64.neg",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is read.

    `index` is the bar (i64). `back` are bars before it: a constant part, and parameters. `newest` is the
    newest known price in units (i64). `captured` holds values fixed at the decision, by key. `entry` stands
    in for the price of a fill that has not happened.
    """

    index: Expr
    newest: Expr
    back: int = 0
    back_by: tuple[Expr, ...] = ()
    captured: dict[object, Expr] | None = None
    entry: Expr | None = None

    @property
    def is_looked_back(self) -> bool:
        return self.back > 0 or bool(self.back_by)

    def before(self, bars: int) -> Scope:
        return replace(self, back=self.back + bars)


class Expressions:
    """Makes intermediate form of expressions, over the columns of one graph and the cells of one memory."""

    def __init__(self, graph: ColumnGraph, memory: Memory) -> None:
        self._graph = graph
        self._memory = memory
        self._sides = _Sides(self)
        self.calls: dict[str, object] = {}
        """Fact kernels that were used, by name."""

    def number(self, e: Expression, at: Scope) -> Expr:
        """A double; of a condition 1, 0 or undefined."""
        if at.captured is not None and key(e) in at.captured:
            return at.captured[key(e)]
        if is_condition(e) and not isinstance(e, StateValue | Parameter):
            surely = self.is_true(e, at)
            surely_not = self.is_false(e, at)
            zero_or_none = ir.Select("f64", surely_not, ir.f64(0.0), ir.f64(UNDEFINED))
            return ir.Select("f64", surely, ir.f64(1.0), zero_or_none)
        match e:
            case Constant(value=None):
                return ir.f64(UNDEFINED)
            case Constant(value=value):
                assert isinstance(value, Decimal), f"a number, was {value!r} on line {e.span.line}"
                return ir.f64(float(value))
            case Parameter(name=name):
                return self._memory.parameter(name)
            case StateValue(name=name):
                return self._memory.state(name)
            case Column(name=name):
                return self._column(self._graph.price(name), at)
            case Back():
                return self.number(e.of, self._further_back(e, at))
            case Fact():
                return self._fact(e, at)
            case Apply():
                if is_indicator(e):
                    return self._column(self._graph.indicator(e), at)
                return self._apply(e, at)

    def is_true(self, e: Expression, at: Scope) -> Expr:
        """1 if the condition surely holds."""
        return self._sides.side(e, at, True)

    def is_false(self, e: Expression, at: Scope) -> Expr:
        """1 if the condition surely does not hold."""
        return self._sides.side(e, at, False)

    def bars(self, offset: Constant | Parameter) -> Expr:
        """A length or an offset as a whole number."""
        if isinstance(offset, Constant):
            return ir.i64(offset_constant(offset))
        return ir.op("i64", "i64.trunc_f64_s", self._memory.parameter(offset.name))

    def further_back(self, e: Back, at: Scope) -> Scope:
        return self._further_back(e, at)

    def _further_back(self, e: Back, at: Scope) -> Scope:
        if isinstance(e.offset, Constant):
            return at.before(offset_constant(e.offset))
        return replace(at, back_by=(*at.back_by, self.bars(e.offset)))

    def _column(self, node: int, at: Scope) -> Expr:
        index = at.index
        for by in at.back_by:
            index = ir.op("i64", "i64.sub", index, by)
        address = ir.element(self._memory.node(node), index)
        if at.back:
            address = ir.op("i32", "i32.add", address, ir.i32(-8 * at.back))
        return ir.Load("f64", address, 0)

    def _fact(self, e: Fact, at: Scope) -> Expr:
        if at.is_looked_back:
            index = at.index
            for by in at.back_by:
                index = ir.op("i64", "i64.sub", index, by)
            address = ir.element(self._memory.sample(e.name), index)
            return ir.Load("f64", ir.op("i32", "i32.add", address, ir.i32(-8 * at.back)), 0)
        if at.entry is not None and e.name == "entry":
            return at.entry
        return self.fact(e.name, at)

    def fact(self, name: str, at: Scope) -> Expr:
        """A fact as it is now: a double, or a truth."""
        is_number = name in NUMBERS
        kernel = NUMBERS.get(name) or TRUTHS.get(name)
        if kernel is None:
            raise BadInput(f"expected a fact of this version, found `{name}`")
        self.calls[name] = kernel
        arguments = (self._memory.book, at.newest, at.index)
        return ir.Call("f64" if is_number else "i32", name, arguments)

    def _apply(self, e: Apply, at: Scope) -> Expr:
        name = e.function
        if name == "power":
            return self._power(e, at)
        if name == "if":
            condition, then, otherwise = e.arguments
            other = ir.Select(
                "f64", self.is_false(condition, at), self.number(otherwise, at), ir.f64(UNDEFINED)
            )
            return ir.Select("f64", self.is_true(condition, at), self.number(then, at), other)
        values = [self.number(one, at) for one in e.arguments]
        if name in _ARITHMETIC:
            return ir.op("f64", _ARITHMETIC[name], *values)
        if name in _ONE and len(values) == 1:
            return ir.op("f64", _ONE[name], *values)
        if name == "divide":
            return divide(*values)
        if name == "sqrt":
            return ir.op("f64", "f64.sqrt", *values)
        if name in ("min", "max"):
            out = values[0]
            for value in values[1:]:
                out = ir.op("f64", f"f64.{name}", out, value)
            return out
        if name == "sign":
            return self._sign(values[0])
        if name == "default":
            return ir.Select("f64", ir.op("i32", "f64.eq", values[0], values[0]), values[0], values[1])
        raise BadInput(f"expected an operation of this version, found `{name}` on line {e.span.line}")

    def _sign(self, value: Expr) -> Expr:
        below = ir.Select("f64", ir.op("i32", "f64.lt", value, ir.f64(0.0)), ir.f64(-1.0), value)
        return ir.Select("f64", ir.op("i32", "f64.gt", value, ir.f64(0.0)), ir.f64(1.0), below)

    def _power(self, e: Apply, at: Scope) -> Expr:
        """Whole exponents by repeated multiplication, and one half by a root: exact wherever it runs."""
        base, exponent = e.arguments
        value = self.number(base, at)
        power = exponent.value if isinstance(exponent, Constant) else None
        if power == Decimal("0.5"):
            return ir.op("f64", "f64.sqrt", value)
        is_whole = isinstance(power, Decimal) and power == power.to_integral_value()
        if not is_whole or abs(int(power or 0)) > POWER_MAX:
            raise BadInput(
                f"expected a whole exponent from -{POWER_MAX} to {POWER_MAX}, or 0.5, as the power on line "
                f"{e.span.line}"
            )
        assert isinstance(power, Decimal), "checked above"
        out: Expr = ir.f64(1.0)
        for _ in range(abs(int(power))):
            out = ir.op("f64", "f64.mul", out, value)
        return divide(ir.f64(1.0), out) if power < 0 else out


class _Sides:
    """The two sides of conditions."""

    def __init__(self, numbers: Expressions) -> None:
        self._numbers = numbers

    def side(self, e: Expression, at: Scope, wanted: bool) -> Expr:
        number = self._numbers.number
        if at.captured is not None and key(e) in at.captured:
            return ir.op("i32", "f64.eq", at.captured[key(e)], ir.f64(1.0 if wanted else 0.0))
        match e:
            case Constant(value=value):
                return ir.i32(int(value is wanted))
            case Parameter() | StateValue():
                return ir.op("i32", "f64.eq", number(e, at), ir.f64(1.0 if wanted else 0.0))
            case Back():
                return self.side(e.of, self._numbers.further_back(e, at), wanted)
            case Fact(name=name):
                if at.is_looked_back:
                    sampled = self._numbers._fact(e, at)
                    return ir.op("i32", "f64.eq", sampled, ir.f64(1.0 if wanted else 0.0))
                truth = self._numbers.fact(name, at)
                return truth if wanted else ir.not_(truth)
            case Apply():
                return self._apply(e, at, wanted)
            case Column():
                raise BadInput(f"expected a condition, found `{e.name}` on line {e.span.line}")

    def _apply(self, e: Apply, at: Scope, wanted: bool) -> Expr:
        name = e.function
        if name in _MIRROR:
            return self._compared(_MIRROR[name] if wanted else _OPPOSITE[name], e, at)
        if name in ("equal", "not_equal"):
            return self._equal(e, at, wanted == (name == "equal"))
        if name in ("and", "or"):
            sides = [self.side(one, at, wanted) for one in e.arguments]
            is_every = (name == "and") == wanted
            out = sides[0]
            for one in sides[1:]:
                out = ir.and_(out, one) if is_every else ir.or_(out, one)
            return out
        if name == "not":
            return self.side(e.arguments[0], at, not wanted)
        if name in ("crosses_above", "crosses_below"):
            return self._crosses(e, at, wanted, name == "crosses_above")
        if name == "defined":
            return self._defined(e.arguments[0], at, wanted)
        if name == "if":
            return self._if(e, at, wanted)
        if name == "default":
            first, second = e.arguments
            unknown = ir.not_(ir.or_(self.side(first, at, True), self.side(first, at, False)))
            return ir.or_(self.side(first, at, wanted), ir.and_(unknown, self.side(second, at, wanted)))
        raise BadInput(f"expected a condition of this version, found `{name}` on line {e.span.line}")

    def _compared(self, instruction: str, e: Apply, at: Scope) -> Expr:
        a, b = (self._numbers.number(one, at) for one in e.arguments)
        return ir.op("i32", f"f64.{instruction}", a, b)

    def _equal(self, e: Apply, at: Scope, wanted: bool) -> Expr:
        a, b = (self._numbers.number(one, at) for one in e.arguments)
        if wanted:
            return ir.op("i32", "f64.eq", a, b)
        return ir.or_(ir.op("i32", "f64.lt", a, b), ir.op("i32", "f64.gt", a, b))

    def _crosses(self, e: Apply, at: Scope, wanted: bool, is_up: bool) -> Expr:
        """Above: a[1] <= b[1] and a > b. Surely not: either part surely not."""
        a, b = (self._numbers.number(one, at) for one in e.arguments)
        a1, b1 = (self._numbers.number(one, at.before(1)) for one in e.arguments)
        before, now = ("f64.le", "f64.gt") if is_up else ("f64.ge", "f64.lt")
        not_before, not_now = ("f64.gt", "f64.le") if is_up else ("f64.lt", "f64.ge")
        if wanted:
            return ir.and_(ir.op("i32", before, a1, b1), ir.op("i32", now, a, b))
        return ir.or_(ir.op("i32", not_before, a1, b1), ir.op("i32", not_now, a, b))

    def _defined(self, e: Expression, at: Scope, wanted: bool) -> Expr:
        if is_condition(e):
            known = ir.or_(self.side(e, at, True), self.side(e, at, False))
        else:
            value = self._numbers.number(e, at)
            known = ir.op("i32", "f64.eq", value, value)
        return known if wanted else ir.not_(known)

    def _if(self, e: Apply, at: Scope, wanted: bool) -> Expr:
        condition, then, otherwise = e.arguments
        taken = ir.and_(self.side(condition, at, True), self.side(then, at, wanted))
        other = ir.and_(self.side(condition, at, False), self.side(otherwise, at, wanted))
        return ir.or_(taken, other)
