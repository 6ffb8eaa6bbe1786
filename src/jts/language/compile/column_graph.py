"""The column part of a plan: every value that depends on market data alone and needs a memory of its own.

An indicator is a node; so is an expression that feeds one. Equal nodes are one node. Nodes come in an order
in which each finds its inputs done.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

from jts.domain.values import BadInput
from jts.language.indicators.catalog import BY_NAME
from jts.language.indicators.definition import ArgumentKind, Indicator
from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    Parameter,
    StateValue,
    Unit,
)

PRICES = ("open", "high", "low", "close")

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PriceNode:
    """A field of the bars as doubles."""

    name: str


@dataclass(frozen=True, slots=True)
class ValuesNode:
    """An expression of columns, bar by bar; of a condition: 1, 0 or undefined."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class IndicatorNode:
    """A kernel over columns. `inputs` are numbers of nodes; lengths and numbers are constants or
    parameters.
    """

    indicator: Indicator
    inputs: tuple[int, ...]
    lengths: tuple[Constant | Parameter, ...]
    numbers: tuple[Constant | Parameter, ...]
    units_of: str | None = None

    @property
    def state(self) -> type:
        """The record of its memory."""
        record = self.indicator.state if self.units_of is None else self.indicator.price_state
        assert record is not None, f"{self.indicator.name} has a state record"
        return record


Node: TypeAlias = PriceNode | ValuesNode | IndicatorNode


@dataclass(slots=True)
class ColumnGraph:
    """The nodes so far, and where each expression's column is."""

    nodes: list[Node] = field(default_factory=list)
    is_open: list[bool] = field(default_factory=list)
    _known: dict[Key, int] = field(default_factory=dict)

    def price(self, name: str) -> int:
        """The node of a field of the bars."""
        return self._add(("price", name), PriceNode(name), name == "open")

    def indicator(self, call: Apply) -> int:
        """The node of an indicator. Errors: BadInput for an input that is not market data."""
        at = self._known.get(key(call))
        if at is not None:
            return at
        indicator = BY_NAME[call.function]
        assert indicator.kernel is not None, f"{call.function} is expanded before it is lowered"
        units_of = price_of(call)
        inputs = [self.price(name) for name in indicator.columns]
        lengths: list[Constant | Parameter] = []
        numbers: list[Constant | Parameter] = []
        for wanted, given in zip(indicator.arguments, call.arguments, strict=True):
            if units_of is not None and given is call.arguments[0]:
                continue
            if wanted.kind in (ArgumentKind.SERIES, ArgumentKind.CONDITION):
                inputs.append(self._input(given))
            elif isinstance(given, Constant | Parameter):
                (lengths if wanted.kind is ArgumentKind.LENGTH else numbers).append(given)
            else:
                raise BadInput(
                    f"expected a number or a parameter for `{wanted.name}` of {call.function}, "
                    f"found an expression on line {given.span.line}"
                )
        node = IndicatorNode(indicator, tuple(inputs), tuple(lengths), tuple(numbers), units_of)
        is_open = all(self.is_open[one] for one in inputs) and units_of in (None, "open")
        return self._add(key(call), node, is_open)

    def _input(self, expression: Expression) -> int:
        if isinstance(expression, Column):
            return self.price(expression.name)
        if isinstance(expression, Apply) and is_indicator(expression):
            return self.indicator(expression)
        refuse_account(expression)
        for call in indicators_in(expression):
            self.indicator(call)
        for name in fields_in(expression):
            self.price(name)
        return self._add(key(expression), ValuesNode(expression), self.known_at_open(expression))

    def known_at_open(self, expression: Expression, shift: int = 0) -> bool:
        """Whether the value of a bar is known as the bar opens."""
        match expression:
            case Column(name=name):
                return name == "open" or shift > 0
            case Back(of=of, offset=offset):
                at_least = (
                    int(offset.value) if isinstance(offset, Constant) and offset.value is not None else 0
                )
                return self.known_at_open(of, shift + at_least)
            case Apply() if is_indicator(expression):
                return shift > 0 or self.is_open[self.indicator(expression)]
            case Apply(arguments=arguments):
                return all(self.known_at_open(one, shift) for one in arguments)
            case _:
                return True

    def _add(self, known_as: Key, node: Node, is_open: bool) -> int:
        at = self._known.get(known_as)
        if at is None:
            at = len(self.nodes)
            self.nodes.append(node)
            self.is_open.append(is_open)
            self._known[known_as] = at
        return at


def is_indicator(expression: Apply) -> bool:
    return expression.function in BY_NAME


def price_of(call: Apply) -> str | None:
    """The bar price whose whole units a price kernel reads, if this call has one."""
    first = call.arguments[0] if call.arguments else None
    if BY_NAME[call.function].price_kernel is None or not isinstance(first, Column):
        return None
    return first.name if first.name in PRICES else None


def expand(expression: Expression) -> Expression:
    """The expression with every composed indicator spelled out."""
    match expression:
        case Apply(function=function, arguments=arguments):
            inner = replace(expression, arguments=tuple(expand(one) for one in arguments))
            known = BY_NAME.get(function)
            return expand(known.expand(inner)) if known is not None and known.expand is not None else inner
        case Back(of=of):
            return replace(expression, of=expand(of))
        case _:
            return expression


def key(expression: Expression) -> Key:
    """What makes two expressions the same value: everything but types and places in the text."""
    match expression:
        case Constant(value=value):
            return ("constant", None if value is None else type(value).__name__, str(value))
        case Parameter(name=name):
            return ("parameter", name)
        case Column(name=name):
            return ("price", name)
        case Back(of=of, offset=offset):
            return ("back", key(of), key(offset))
        case Apply(function=function, arguments=arguments):
            return ("apply", function, *(key(one) for one in arguments))
        case Fact(name=name):
            return ("fact", name)
        case StateValue(name=name):
            return ("state", name)


def parts(expression: Expression) -> tuple[Expression, ...]:
    """The operands of an expression."""
    match expression:
        case Back(of=of):
            return (of,)
        case Apply(arguments=arguments):
            return arguments
        case _:
            return ()


def indicators_in(expression: Expression) -> list[Apply]:
    """The indicators an expression reads directly, inner ones of those not included."""
    if isinstance(expression, Apply) and is_indicator(expression):
        return [expression]
    return [call for part in parts(expression) for call in indicators_in(part)]


def fields_in(expression: Expression) -> list[str]:
    """The bar fields an expression reads directly."""
    if isinstance(expression, Column):
        return [expression.name]
    if isinstance(expression, Apply) and is_indicator(expression):
        return []
    return [name for part in parts(expression) for name in fields_in(part)]


def facts_in(expression: Expression) -> set[str]:
    if isinstance(expression, Fact):
        return {expression.name}
    return {name for part in parts(expression) for name in facts_in(part)}


def sampled_facts(expression: Expression, is_looked_back: bool = False) -> set[str]:
    """Facts of which an earlier value is read: they need a column of their own."""
    match expression:
        case Fact(name=name):
            return {name} if is_looked_back else set()
        case Back(of=of):
            return sampled_facts(of, True)
        case Apply(function="crosses_above" | "crosses_below", arguments=arguments):
            return {name for one in arguments for name in sampled_facts(one, True)}
        case _:
            return {name for part in parts(expression) for name in sampled_facts(part, is_looked_back)}


def refuse_account(expression: Expression) -> None:
    """Indicators read market data; the account has its own facts."""
    if isinstance(expression, Fact | StateValue):
        raise BadInput(
            f"expected market data inside an indicator, found `{expression.name}` on line "
            f"{expression.span.line}; keep the value in a state of your own"
        )
    for part in parts(expression):
        refuse_account(part)


def is_condition(expression: Expression) -> bool:
    return expression.type.unit is Unit.BOOL


def offset_constant(offset: Constant) -> int:
    value = offset.value
    assert isinstance(value, Decimal) and value == value.to_integral_value() and value >= 0, (
        f"an offset is a whole number of bars, 0 or more, was {value}"
    )
    return int(value)
