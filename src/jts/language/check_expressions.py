"""From what an expression says to what it is: names resolved, units agreed, the instant at which it is known.

Every value is typed where it is used: the same `let` may be read at a close and refused at an open.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from jts.language import check_units as units
from jts.language import syntax as s
from jts.language.check_knowledge import culprit, is_multiple
from jts.language.check_names import (
    AMOUNT_UNITS,
    DOTTED_FACTS,
    LATER_AMOUNTS,
    LATER_FUNCTIONS,
    LATER_VALUES,
    VALUE_NAMES,
    LetBinding,
    NodeBinding,
    ParameterBinding,
    Scope,
    StateBinding,
    built_in,
    function_names,
)
from jts.language.check_place import Market, Place, Stop
from jts.language.check_values import (
    BOOL,
    NUMBER,
    Measure,
    apply,
    constant,
    fact,
    guarantees_holding,
    needs_fill,
    peeks,
    walk,
)
from jts.language.diagnostics import Findings, did_you_mean
from jts.language.parse import NESTED_MAX
from jts.language.plan import (
    Expression,
    ParameterDeclaration,
    Span,
    Stage,
    StateDeclaration,
    StateValue,
    Type,
    Unit,
    View,
)

VALUES_MAX = 10_000
"""How many values one expression may expand to, through `let` and `fn`."""

ORDER_FIELDS = frozenset(("filled", "left", "price", "quantity", "age", "reason", "working", "money"))
OPERATORS = {"add": "plus", "subtract": "minus", "multiply": "times", "divide": "divided by"}
COMPARISONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


class Calls(Protocol):
    """What is written with brackets, kept apart: `check_calls`."""

    def call(self, on: Expressions, expr: s.Call, place: Place) -> Expression: ...
    def offset(self, on: Expressions, expr: s.Offset, place: Place) -> Expression: ...
    def power(self, on: Expressions, expr: s.Binary, left: Expression, right: Expression) -> Expression: ...


class Expressions:
    """Types the expressions of one program; whoever calls it decides which instant they belong to."""

    def __init__(self, *, findings: Findings, market: Market, source: list[str], calls: Calls) -> None:
        self._calls = calls
        self.findings = findings
        self.market = market
        self.parameters: dict[str, ParameterDeclaration] = {}
        self.globals = Scope()
        self.measure = Measure()
        self.memory_states: list[StateDeclaration] = []
        self.memories: list[tuple[StateValue, Expression]] = []
        self._source = source
        self._nodes: dict[int, Expression] = {}
        self._expanded: dict[tuple[int, View], Expression] = {}
        self._depth = 0

    # ---- doors ----

    def value(self, expr: s.Expr, place: Place) -> Expression:
        """The value, known at this place. Errors: Stop, after a finding."""
        node = self.untimed(expr, place)
        self.known(expr, node, place)
        return node

    def condition(self, expr: s.Expr, place: Place) -> Expression:
        """A value that is true, false or undefined."""
        node = self.untimed(expr, place)
        self.expect_condition(expr, node)
        self.known(expr, node, replace(place, is_held=place.is_held or guarantees_holding(node)))
        return node

    def number(self, expr: s.Expr, wanted: Type, place: Place) -> Expression:
        """A value of this unit; a literal takes it on."""
        node = self.value(expr, place)
        taken = units.adopted(node, wanted)
        if taken is None:
            raise self.refuse(
                "J231", expr.span, expected=units.WORDS[wanted.unit], found=units.WORDS[node.type.unit]
            )
        return taken

    def refuse(self, code: str, span: Span, *, hint: str = "", **fields: object) -> Stop:
        """Notes the finding; raise what it returns."""
        self.findings.error(code, span, hint=hint, **fields)
        return Stop(code)

    def later(self, span: Span, found: str, better: str = "write it in another way for now") -> Stop:
        return self.refuse("J590", span, found=found, better=better)

    def known(self, expr: s.Expr, node: Expression, place: Place) -> None:
        """Refuses what this instant cannot know yet, at the very word that would peek."""
        if place.view is View.OPEN and peeks(node) is not None:
            word = culprit(expr, self._nodes)
            text = self.text(word.span)
            inner = peeks(self._nodes.get(id(word), node))
            read = self.text(inner.span) if inner is not None else text
            found = (
                f"`{text}`" if read == text or isinstance(word, s.Call) else f"`{text}`, which reads `{read}`"
            )
            better = f"{text}[1]" if isinstance(word, s.Name | s.Call) else f"({text})[1]"
            raise self.refuse("J202", word.span, hint=better, found=found, better=better)
        fill = needs_fill(node)
        if fill is not None and not place.is_held:
            raise self.refuse("J209", expr.span, found=fill.name)

    def expect_condition(self, expr: s.Expr, node: Expression) -> None:
        if node.type.unit is Unit.BOOL or units.is_undefined(node):
            return
        better = "holding" if self.text(expr.span) in ("quantity", "entry") else f"{self.text(expr.span)} > 0"
        raise self.refuse("J221", expr.span, found=units.WORDS[node.type.unit], better=better)

    def text(self, span: Span) -> str:
        """The source of a place on one line; of longer ones the first line."""
        line = self._source[span.line - 1] if span.line <= len(self._source) else ""
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        return line[span.column - 1 : end].strip()

    # ---- one expression ----

    def untimed(self, expr: s.Expr, place: Place) -> Expression:
        """The value with its stage, before anyone asks whether it is known yet."""
        self._depth += 1
        try:
            if self._depth > NESTED_MAX:
                raise self.refuse("J508", expr.span, limit=NESTED_MAX)
            node = self._value(expr, place)
        finally:
            self._depth -= 1
        values, depth = self.measure.of(node)
        if values > VALUES_MAX:
            raise self.refuse("J510", expr.span, limit=f"{VALUES_MAX:,}")
        if depth > NESTED_MAX:
            raise self.refuse("J508", expr.span, limit=NESTED_MAX)
        self._nodes[id(expr)] = node
        return node

    def _value(self, expr: s.Expr, place: Place) -> Expression:
        match expr:
            case s.NumberLiteral():
                return constant(expr.value, NUMBER, expr.span)
            case s.PercentLiteral(is_points=False):
                return constant(expr.value, Type(Unit.RATIO), expr.span)
            case s.MoneyLiteral():
                return self._money(expr)
            case s.Amount():
                return self._amount(expr)
            case s.Name():
                return self._name(expr, place)
            case s.Negative():
                return self._negative(expr, place)
            case s.Binary():
                return self._binary(expr, place)
            case s.Not():
                part = self._logical(expr.operand, place)
                return apply("not", (part,), BOOL, expr.span)
            case s.Junction():
                return self._junction(expr, place)
            case s.Compare():
                return self._compare(expr, place)
            case s.Crosses():
                return self._crosses(expr, place)
            case s.Choice():
                return self._choice(expr, place)
            case s.Offset():
                return self._calls.offset(self, expr, place)
            case s.Call():
                return self._calls.call(self, expr, place)
            case s.Of():
                return self._of(expr, place)
            case s.OnTimeframe():
                return self._on_timeframe(expr)
            case s.Field(of=s.Name() as owner) if (owner.text, expr.name.text) in DOTTED_FACTS:
                name, unit = DOTTED_FACTS[owner.text, expr.name.text]
                return fact(name, unit, Stage.NOW, expr.span)
            case _:
                raise self._not_yet(expr)

    def _money(self, expr: s.MoneyLiteral) -> Expression:
        market = self.market
        if market.base is not None and expr.currency == market.base:
            return constant(expr.amount, Type(Unit.QUANTITY), expr.span)
        if market.currency is not None and expr.currency != market.currency:
            raise self.refuse("J226", expr.span, left=market.currency, right=expr.currency)
        return constant(expr.amount, Type(Unit.MONEY, expr.currency), expr.span)

    def _amount(self, expr: s.Amount) -> Expression:
        unit = expr.unit.text
        if unit in AMOUNT_UNITS:
            return constant(expr.value, Type(AMOUNT_UNITS[unit]), expr.span)
        if unit in LATER_AMOUNTS:
            better = (
                "write the length in bars" if unit not in ("tick", "ticks") else "write an amount of money"
            )
            raise self.later(expr.unit.span, f"the unit `{unit}`", better)
        near = did_you_mean(unit, [*AMOUNT_UNITS, *LATER_AMOUNTS]) or "bars"
        raise self.refuse("J110", expr.unit.span, found=unit, better=f"{expr.value:f} {near}")

    def _name(self, expr: s.Name, place: Place) -> Expression:
        name, market = expr.text, self.market
        binding = place.scope.find(name)
        match binding:
            case LetBinding():
                return self._let(binding, expr, place)
            case NodeBinding():
                return binding.node
            case ParameterBinding():
                binding.is_used = True
                return binding.node(expr.span)
            case StateBinding():
                binding.is_used = True
                kind = Type(binding.type.unit, binding.type.currency, True)
                return StateValue(name=name, type=kind, stage=Stage.NOW, span=expr.span)
        known = built_in(name, place.view, market.currency, expr.span)
        if known is not None:
            return known
        raise self._unknown(expr, place)

    def _unknown(self, expr: s.Name, place: Place) -> Stop:
        name = expr.text
        if name == "fill_price":
            return self.refuse("J312", expr.span, found="this expression")
        if name in LATER_VALUES:
            return self.later(expr.span, f"`{name}`")
        if name in function_names() or name in LATER_FUNCTIONS or place.scope.find(name) is not None:
            return self.refuse(
                "J241", expr.span, found=name, better=f"a function is called, as in `{name}(…)`"
            )
        if name in self.market.aliases:
            return self.refuse("J231", expr.span, expected="a number", found="a symbol")
        near = did_you_mean(name, [*place.scope.all_names(), *VALUE_NAMES, *function_names()])
        better = f"did you mean `{near}`?" if near else f"declare it with `let {name} = …`"
        return self.refuse("J241", expr.span, hint=near, found=name, better=better)

    def _let(self, binding: LetBinding, expr: s.Name, place: Place) -> Expression:
        binding.is_used = True
        key = (id(binding), place.view)
        if key in self._expanded:
            return self._expanded[key]
        if binding.is_open:
            raise self.refuse("J242", expr.span, found=f"`{binding.statement.name.text}`")
        binding.is_open = True
        try:
            inside = Place(view=place.view, scope=binding.scope, is_held=True)
            node = self.untimed(binding.statement.value, inside)
            declared = binding.statement.type
            if declared is not None:
                node = self.as_declared(node, declared, binding.statement.value.span)
        finally:
            binding.is_open = False
        self._expanded[key] = node
        return node

    def as_declared(self, node: Expression, declared: s.Word, at: Span) -> Expression:
        """The value as the written kind. Errors: Stop if the kind is unknown or another."""
        taken = units.adopted(node, self.declared_type(declared))
        if taken is None:
            raise self.refuse("J231", at, expected=declared.text, found=units.WORDS[node.type.unit])
        return taken

    def declared_type(self, declared: s.Word) -> Type:
        unit = units.DECLARABLE.get(declared.text)
        if unit is None:
            raise self.refuse("J248", declared.span, found=declared.text)
        return Type(unit, self.market.currency if unit in (Unit.PRICE, Unit.MONEY) else None)

    # ---- arithmetic ----

    def _negative(self, expr: s.Negative, place: Place) -> Expression:
        node = self._numeric(expr.operand, place)
        return apply("negate", (node,), node.type, expr.span)

    def _numeric(self, expr: s.Expr, place: Place) -> Expression:
        node = self.untimed(expr, place)
        if node.type.unit not in units.NUMBERS:
            raise self.refuse("J231", expr.span, expected="a number", found=units.WORDS[node.type.unit])
        return node

    def _binary(self, expr: s.Binary, place: Place) -> Expression:
        left = self._numeric(expr.left, place)
        right = self._numeric(expr.right, place)
        if expr.operator == "power":
            return self._calls.power(self, expr, left, right)
        if expr.operator in ("add", "subtract"):
            if left.type.unit in units.SCALED and units.is_percentage(right):
                one = constant(Decimal(1), Type(Unit.RATIO), right.span)
                factor = apply(expr.operator, (one, right), Type(Unit.RATIO), right.span)
                return apply("multiply", (left, factor), left.type, expr.span)
            made = units.sum_type(left, right)
        elif expr.operator == "multiply":
            made = units.product_type(left, right)
        else:
            made = units.quotient_type(left, right)
        if made is None:
            raise self._no_meaning(expr, left, right)
        return apply(expr.operator, (left, right), made, expr.span)

    def _no_meaning(self, expr: s.Binary, left: Expression, right: Expression) -> Stop:
        if units.differ_in_currency(left, right):
            return self.refuse("J226", expr.span, left=left.type.currency, right=right.type.currency)
        if expr.operator == "multiply" and left.type.unit is right.type.unit:
            return self.later(
                expr.span, f"{units.WORDS[left.type.unit]} times itself", "make ratios of prices first"
            )
        better = "both sides in one unit"
        money = self.market.currency or "KRW"
        written = self.text(expr.right.span)
        if left.type.unit in units.SCALED and units.is_number(right):
            better = (
                f"`{written}%`, `{written} {money}`"
                if left.type.unit is not Unit.QUANTITY
                else f"`{written} shares`"
            )
        elif left.type.unit in units.SCALED and right.type.unit is Unit.RATIO:
            sign = "-" if expr.operator == "subtract" else "+"
            better = f"`{self.text(expr.left.span)} * (1 {sign} {written})`"
        return self.refuse(
            "J222",
            expr.span,
            left=units.WORDS[left.type.unit],
            operator=OPERATORS[expr.operator],
            right=units.WORDS[right.type.unit],
            better=better,
        )

    # ---- logic ----

    def _logical(self, expr: s.Expr, place: Place) -> Expression:
        node = self.untimed(expr, place)
        self.expect_condition(expr, node)
        return units.retyped(node, Unit.BOOL) if units.is_undefined(node) else node

    def _junction(self, expr: s.Junction, place: Place) -> Expression:
        parts: list[Expression] = []
        stopped: Stop | None = None
        for part in expr.parts:
            try:
                parts.append(self._logical(part, place))
            except Stop as stop:
                stopped = stop
        if stopped is not None:
            raise stopped
        node = parts[0]
        for part_node in parts[1:]:
            node = apply(expr.word, (node, part_node), BOOL, expr.span)
        return node

    def _compare(self, expr: s.Compare, place: Place) -> Expression:
        parts = [self._comparable(part, place) for part in expr.parts]
        made: Expression | None = None
        for place_in_chain, mark in enumerate(expr.marks):
            left, right = parts[place_in_chain], parts[place_in_chain + 1]
            at = expr if len(expr.marks) == 1 else expr.parts[place_in_chain + 1]
            left, right = self.same_kind(left, right, at.span)
            one = apply(COMPARISONS[mark.text], (left, right), BOOL, expr.span)
            made = one if made is None else apply("and", (made, one), BOOL, expr.span)
        assert made is not None, "a comparison has at least one mark"
        return made

    def _comparable(self, expr: s.Expr, place: Place) -> Expression:
        node = self.untimed(expr, place)
        if node.type.unit not in units.NUMBERS:
            raise self.refuse("J231", expr.span, expected="a number", found=units.WORDS[node.type.unit])
        return node

    def same_kind(self, left: Expression, right: Expression, at: Span) -> tuple[Expression, Expression]:
        """Both sides as one unit. Errors: Stop if they cannot be compared."""
        pair = units.agreed(left, right)
        if pair is None:
            if units.differ_in_currency(left, right):
                raise self.refuse("J226", at, left=left.type.currency, right=right.type.currency)
            words = (units.WORDS[left.type.unit], units.WORDS[right.type.unit])
            for one, other in ((left, right), (right, left)):
                if one.type.unit is Unit.RATIO and units.is_fixed(one):
                    raise self.refuse("J220", at, left=units.WORDS[other.type.unit])
            raise self.refuse("J228", at, left=words[0], right=words[1])
        for was, literal, other in ((right, pair[1], pair[0]), (left, pair[0], pair[1])):
            loss = units.as_whole_loss(was, literal, other)
            if loss is not None:
                shown, percent = f"{loss.normalize():f}", f"{loss * 100:f} %"
                self.findings.warning("J227", literal.span, found=shown, percent=percent, better=f"{shown}%")
        return pair

    def _crosses(self, expr: s.Crosses, place: Place) -> Expression:
        left, right = self._comparable(expr.left, place), self._comparable(expr.right, place)
        for side, node in ((expr.left, left), (expr.right, right)):
            self.with_past(side, node)
        left, right = self.same_kind(left, right, expr.span)
        return apply(f"crosses_{expr.direction}", (left, right), BOOL, expr.span)

    def with_past(self, expr: s.Node, node: Expression) -> None:
        """Refuses states where an earlier value is needed: they have none."""
        state = next((leaf for leaf in walk(node) if isinstance(leaf, StateValue)), None)
        if state is not None:
            raise self.refuse("J214", expr.span, found=state.name)

    def remember(self, name: str, kind: Type, span: Span) -> StateValue:
        """A state of the checker's own making, undefined at first; the caller adds the rule that keeps it."""
        initial = constant(None, Type(kind.unit, kind.currency), span)
        declared = StateDeclaration(
            name=f"{name} {len(self.memory_states) + 1}",
            type=Type(kind.unit, kind.currency),
            initial=initial,
            resets_each=None,
        )
        self.memory_states.append(declared)
        series = Type(kind.unit, kind.currency, True)
        return StateValue(name=declared.name, type=series, stage=Stage.NOW, span=span)

    def _choice(self, expr: s.Choice, place: Place) -> Expression:
        condition = self._logical(expr.condition, place)
        then, otherwise = self.untimed(expr.then, place), self.untimed(expr.otherwise, place)
        pair = units.agreed(then, otherwise)
        if pair is None:
            words = (units.WORDS[then.type.unit], units.WORDS[otherwise.type.unit])
            raise self.refuse("J233", expr.span, left=words[0], right=words[1])
        return apply("if", (condition, *pair), pair[0].type, expr.span)

    # ---- symbols and clocks ----

    def _of(self, expr: s.Of, place: Place) -> Expression:
        whose = expr.whose
        if isinstance(whose, s.Symbol) or (isinstance(whose, s.Name) and whose.text in self.market.aliases):
            if whose.text not in (self.market.symbol, *self.market.aliases):
                raise self.later(whose.span, f"a second symbol (`{whose.text}`)")
            return self.untimed(expr.value, place)
        part = self._numeric(expr.value, place)
        if not units.is_percentage(part):
            raise self.refuse("J231", expr.value.span, expected="a ratio", found=units.WORDS[part.type.unit])
        whole = self._numeric(whose, place)
        return apply("multiply", (part, whole), whole.type, expr.span)

    def _on_timeframe(self, expr: s.OnTimeframe) -> Expression:
        if expr.is_forming and self.market.is_repaint_free:
            raise self.refuse("J204", expr.span, timeframe=expr.timeframe)
        if not is_multiple(expr.timeframe, self.market.timeframe):
            raise self.refuse("J205", expr.span, base=self.market.timeframe, found=expr.timeframe)
        raise self.later(
            expr.span, f"`on {expr.timeframe}`", f"trade on {expr.timeframe}, or use a longer length"
        )

    def _not_yet(self, expr: s.Expr) -> Stop:
        match expr:
            case s.TextLiteral():
                return self.refuse("J231", expr.span, expected="a number", found="a text")
            case s.Symbol():
                return self.refuse("J231", expr.span, expected="a number", found="a symbol")
            case s.Field(of=s.Name() as owner):
                if owner.text not in LATER_VALUES and expr.name.text not in ORDER_FIELDS:
                    better = f"`{owner.text}` has no parts"
                    return self.refuse("J241", expr.name.span, found=expr.name.text, better=better)
                return self.later(expr.span, f"`{owner.text}.{expr.name.text}`")
            case _:
                return self.later(expr.span, f"`{self.text(expr.span)}`")
