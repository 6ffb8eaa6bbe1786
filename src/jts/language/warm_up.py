"""How many finished bars a program needs before every value in it can be defined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from jts.language.indicators.catalog import BY_NAME
from jts.language.indicators.definition import ArgumentKind
from jts.language.plan import (
    Apply,
    Back,
    Column,
    Expression,
    OrderRule,
    Parameter,
    ParameterDeclaration,
    SetRule,
    View,
)


def largest_values(parameters: Iterable[ParameterDeclaration]) -> dict[str, Decimal]:
    """The longest each parameter may become: what the warm-up of the plan itself is counted with."""
    longest: dict[str, Decimal] = {}
    for parameter in parameters:
        values = [
            value
            for value in (*parameter.choices, parameter.high, parameter.default)
            if not isinstance(value, bool)
        ]
        longest[parameter.name] = max((value for value in values if value is not None), default=Decimal(0))
    return longest


def warm_up_bars(rules: Iterable[OrderRule | SetRule], parameters: Mapping[str, Decimal]) -> int:
    """Finished bars until every value of every rule can be defined, at these values of the parameters.

    In an open view the bar just opened is not a finished one: a rule which reads only `open` needs none.
    """
    counted = _Counted(parameters)
    needed = 0
    for rule in rules:
        for view, value in values_of(rule):
            needed = max(needed, counted.bars(value) - (view is View.OPEN))
    return needed


def values_of(rule: OrderRule | SetRule) -> Iterator[tuple[View, Expression]]:
    """Every value a rule reads, and the view in which it reads it."""
    if isinstance(rule, SetRule):
        there: list[Expression | None] = [rule.when, rule.value]
    else:
        size = rule.size.value if rule.size is not None else None
        there = [rule.when, rule.stop, rule.limit, size, rule.after_bars, rule.good_for_bars]
        for protection in rule.protections:
            yield (View.CLOSE if protection.kind == "trail" else rule.view), protection.price
    for value in there:
        if value is not None:
            yield rule.view, value


class _Counted:
    """Bars needed per value, each shared value counted once."""

    def __init__(self, parameters: Mapping[str, Decimal]) -> None:
        self._parameters = parameters
        self._known: dict[int, tuple[Expression, int]] = {}

    def bars(self, node: Expression) -> int:
        """1 for a field of the newest bar, 0 for what needs no bars."""
        known = self._known.get(id(node))
        if known is not None:
            return known[1]
        bars = self._bars(node)
        self._known[id(node)] = (node, bars)
        return bars

    def _bars(self, node: Expression) -> int:
        match node:
            case Column():
                return 1
            case Back():
                of = self.bars(node.of)
                return of + self._whole(node.offset) if of else 0
            case Apply(function="crosses_above" | "crosses_below"):
                return max(self.bars(part) for part in node.arguments) + 1
            case Apply() if node.function in BY_NAME:
                return self._indicator(node)
            case Apply():
                return max((self.bars(part) for part in node.arguments), default=0)
            case _:
                return 0

    def _indicator(self, node: Apply) -> int:
        indicator = BY_NAME[node.function]
        lengths: list[int] = []
        inputs = 1 if indicator.columns else 0
        for argument, value in zip(indicator.arguments, node.arguments, strict=True):
            if argument.kind is ArgumentKind.LENGTH:
                lengths.append(self._whole(value))
            elif argument.kind is not ArgumentKind.NUMBER:
                inputs = max(inputs, self.bars(value))
        return inputs + indicator.warm_up(tuple(lengths)) - 1 if inputs else 0

    def _whole(self, length: Expression) -> int:
        if isinstance(length, Parameter):
            return int(self._parameters[length.name])
        value = getattr(length, "value", None)
        assert isinstance(value, Decimal), f"a length is a number or a parameter, was {length}"
        return int(value)
