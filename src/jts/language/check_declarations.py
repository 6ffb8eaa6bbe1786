"""What a program declares: parameters, values with names, states, functions; each once, each used."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from jts.language import check_units as units
from jts.language import syntax as s
from jts.language.check_expressions import Expressions
from jts.language.check_names import (
    LATER_FUNCTIONS,
    PERIODS,
    PRIMITIVES,
    VALUE_NAMES,
    Binding,
    FunctionBinding,
    LetBinding,
    NodeBinding,
    ParameterBinding,
    Scope,
    StateBinding,
    place_of,
)
from jts.language.check_place import Place, Stop
from jts.language.indicators.catalog import BY_NAME
from jts.language.plan import Constant, ParameterDeclaration, Span, StateDeclaration, Type, Unit, View

CHOICES_MAX = 1_000


class Declarations:
    """Puts every declared name into the global scope, then reads the values of states."""

    def __init__(self, on: Expressions) -> None:
        self._on = on
        self._states: list[s.State] = []
        self.states: list[StateDeclaration] = []

    def names(self, items: Iterable[s.Item]) -> None:
        for item in items:
            try:
                self._name(item)
            except Stop:
                continue

    def values(self) -> None:
        """The initial values of states: literals, which need no bar."""
        for state in self._states:
            try:
                self._initial(state)
            except Stop:
                continue

    def unused(self) -> None:
        for name, binding in self._on.globals.names.items():
            if not isinstance(binding, NodeBinding) and not binding.is_used:
                self._on.findings.error("J240", place_of(binding), found=name)

    def check_new(self, name: s.Word, scope: Scope) -> None:
        """Refuses words of the language and names that are taken."""
        if name.text in VALUE_NAMES:
            raise self._on.refuse("J106", name.span, found=name.text, better=f"my_{name.text}")
        if name.text in self._on.market.aliases:
            raise self._on.refuse("J244", name.span, found=name.text, line="trade")
        known = scope.find(name.text)
        if known is not None:
            raise self._on.refuse("J244", name.span, found=name.text, line=place_of(known).line)

    def _name(self, item: s.Item) -> None:
        on = self._on
        match item:
            case s.Let():
                self._add(item.name, LetBinding(statement=item, scope=on.globals))
            case s.Param():
                try:
                    self._parameter(item)
                except Stop:
                    self._lost_parameter(item)
                    raise
            case s.State():
                self._state(item)
            case s.Function():
                name = item.name
                if name.text in BY_NAME or name.text in PRIMITIVES or name.text in LATER_FUNCTIONS:
                    raise on.refuse("J106", name.span, found=name.text, better=f"my_{name.text}")
                self._add(name, FunctionBinding(function=item))
            case _:
                return

    def _add(self, name: s.Word, binding: Binding) -> None:
        self.check_new(name, self._on.globals)
        self._on.globals.names[name.text] = binding

    # ---- parameters ----

    def _parameter(self, param: s.Param) -> None:
        on = self._on
        unit, default = self._literal(param.default)
        low = high = step = None
        choices: tuple[Decimal, ...] = ()
        if isinstance(param.values, s.ListOf):
            choices = tuple(self._like(item, unit) for item in param.values.items[:CHOICES_MAX])
            if param.step is not None or len(param.values.items) > CHOICES_MAX:
                found = "a list with a step" if param.step is not None else "a longer list"
                raise self._wrong(
                    param.span, f"a range with a step, or a list of at most {CHOICES_MAX}", found
                )
            if default not in choices:
                raise self._wrong(
                    param.default.span, "such that the default is one of them", f"{default:f} outside"
                )
        else:
            low, high = self._like(param.values.low, unit), self._like(param.values.high, unit)
            step = None if param.step is None else self._like(param.step, unit)
            if low > high:
                raise self._wrong(param.values.span, "from low to high", f"{low:f} to {high:f}")
            if step is not None and step <= 0:
                raise self._wrong(param.values.span, "apart by a step above 0", f"a step of {step:f}")
            if not low <= default <= high:
                found = f"the default {default:f}"
                raise self._wrong(
                    param.default.span, f"from {low:f} to {high:f}, the default among them", found
                )
            if step is not None and (default - low) % step != 0:
                expected = f"{low:f}, {low + step:f}, … {high:f}, the default among them"
                raise self._wrong(param.default.span, expected, f"the default {default:f}")
        declared = ParameterDeclaration(
            name=param.name.text,
            type=unit,
            default=default,
            low=low,
            high=high,
            step=step,
            choices=choices,
        )
        self._add(param.name, ParameterBinding(declaration=declared, span=param.name.span))
        on.parameters[param.name.text] = declared

    def _lost_parameter(self, param: s.Param) -> None:
        """A parameter that was refused still is a name, so that its uses are not refused as well."""
        name = param.name.text
        if (
            name not in self._on.parameters
            and self._on.globals.find(name) is None
            and name not in VALUE_NAMES
        ):
            one = Decimal(1)
            declared = ParameterDeclaration(
                name=name, type=Type(Unit.NUMBER), default=one, low=one, high=one, step=None, choices=()
            )
            self._add(param.name, ParameterBinding(declaration=declared, span=param.name.span))
            self._on.parameters[name] = declared

    def _wrong(self, at: Span, expected: str, found: str) -> Stop:
        return self._on.refuse("J247", at, expected=expected, found=found)

    def _literal(self, expr: s.Expr) -> tuple[Type, Decimal]:
        node = self._on.untimed(expr, Place(view=View.OPEN, scope=Scope()))
        if not isinstance(node, Constant) or not isinstance(node.value, Decimal):
            raise self._wrong(expr.span, "numbers, percentages or amounts", f"`{self._on.text(expr.span)}`")
        return node.type, node.value

    def _like(self, expr: s.Expr, unit: Type) -> Decimal:
        found, value = self._literal(expr)
        if found.unit is not unit.unit and not (found.unit is Unit.NUMBER and unit.unit is Unit.BARS):
            expected = f"of one kind ({units.WORDS[unit.unit]})"
            raise self._wrong(expr.span, expected, units.WORDS[found.unit])
        return value

    # ---- states ----

    def _state(self, state: s.State) -> None:
        on = self._on
        if state.family is not None:
            raise on.later(state.span, "a family of states", "use one state for each")
        kind = on.declared_type(state.type) if state.type is not None else self._initial_type(state)
        self._add(state.name, StateBinding(name=state.name.text, type=kind, span=state.name.span))
        self._states.append(state)
        period = state.resets_each
        if period is not None and period.text not in PERIODS:
            expected = ", ".join(PERIODS)
            raise on.refuse("J124", period.span, word="resets each", expected=expected, found=period.text)

    def _initial_type(self, state: s.State) -> Type:
        node = self._on.untimed(state.initial, Place(view=View.OPEN, scope=self._on.globals))
        if units.is_undefined(node):
            lost = Type(Unit.PRICE, self._on.market.currency)
            self._add(state.name, StateBinding(name=state.name.text, type=lost, span=state.name.span))
            raise self._on.refuse(
                "J246",
                state.initial.span,
                expected="a state",
                found="an undefined value",
                name=state.name.text,
                better="price",
            )
        return Type(node.type.unit, node.type.currency)

    def _initial(self, state: s.State) -> None:
        on = self._on
        binding = on.globals.names[state.name.text]
        assert isinstance(binding, StateBinding), "a state was declared under this name"
        node = on.value(state.initial, Place(view=View.OPEN, scope=on.globals))
        if not units.is_fixed(node):
            better = "a literal or a parameter"
            raise on.refuse(
                "J231", state.initial.span, expected=better, found=f"`{on.text(state.initial.span)}`"
            )
        taken = units.adopted(node, binding.type)
        if taken is None:
            expected, found = units.WORDS[binding.type.unit], units.WORDS[node.type.unit]
            raise on.refuse("J231", state.initial.span, expected=expected, found=found)
        self.states.append(
            StateDeclaration(
                name=state.name.text,
                type=binding.type,
                initial=taken,
                resets_each=state.resets_each.text if state.resets_each else None,
            )
        )
