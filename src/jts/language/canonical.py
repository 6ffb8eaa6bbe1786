"""The one form of a plan that its hash is taken over: what it does, not how it was written.

Names of `let`, `fn` and states, comments, spacing, the tongue of the words, texts for people, the owner's
version and places in the text are left out; node kinds, constants, units, parameters (a run sets them by
name), the order of rules and the semantics number are in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    OrderRule,
    Parameter,
    ParameterDeclaration,
    Plan,
    Protection,
    SetRule,
    Size,
    StateDeclaration,
    StateValue,
    Type,
)

FORM = "jts-plan-1"


def plan_hash(plan: Plan) -> str:
    """Hex SHA-256 of the canonical form. Equal for programs that trade alike under every name and spelling.

    Parameters keep their names (a run sets them by name), states are numbered in the order of declaration.
    """
    return hashlib.sha256(repr(_Form(plan).whole()).encode()).hexdigest()


class _Form:
    """Builds nested tuples of texts; a shared value is written once and referred to by its own hash."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._states = {state.name: f"state {place}" for place, state in enumerate(plan.states)}
        self._ids: dict[int, str] = {}
        self._digests: dict[int, tuple[Expression, str]] = {}

    def whole(self) -> tuple[object, ...]:
        plan = self._plan
        for place, rule in enumerate(plan.rules):
            self._ids[rule.id] = f"rule {place}"
        return (
            FORM,
            plan.kind,
            plan.semantics,
            plan.instruments,
            plan.timeframe.text,
            sorted((currency, _number(amount)) for currency, amount in plan.cash.items()),
            [(name, _number(rate)) for name, rate in plan.costs],
            self._size(plan.default_size),
            plan.units,
            plan.entries_per_session,
            plan.allow_short,
            sorted(plan.prices),
            sorted(_parameter(parameter) for parameter in plan.parameters),
            [self._state(state) for state in plan.states],
            [self._rule(rule) for rule in plan.rules],
        )

    def _state(self, state: StateDeclaration) -> tuple[object, ...]:
        return (_type(state.type), self._value(state.initial), state.resets_each or "")

    def _rule(self, rule: OrderRule | SetRule) -> tuple[object, ...]:
        if isinstance(rule, SetRule):
            return (
                "set",
                rule.view,
                self._value(rule.when),
                self._states[rule.name],
                self._value(rule.value),
            )
        return (
            "order",
            rule.view,
            rule.verb,
            rule.kind,
            rule.timing,
            self._value(rule.when),
            self._value(rule.stop),
            self._value(rule.limit),
            self._size(rule.size),
            _number(rule.fraction),
            self._value(rule.after_bars),
            self._value(rule.good_for_bars),
            rule.is_day_order,
            rule.is_kept,
            [self._protection(protection) for protection in rule.protections],
            "" if rule.of_entry is None else self._ids[rule.of_entry],
        )

    def _protection(self, protection: Protection) -> tuple[object, ...]:
        return (protection.kind, self._value(protection.price), _number(protection.fraction))

    def _size(self, size: Size | None) -> tuple[object, ...]:
        return () if size is None else (self._value(size.value), size.is_risk)

    def _value(self, node: Expression | None) -> str:
        if node is None:
            return ""
        known = self._digests.get(id(node))
        if known is not None:
            return known[1]
        digest = hashlib.sha256(repr(self._node(node)).encode()).hexdigest()
        self._digests[id(node)] = (node, digest)
        return digest

    def _node(self, node: Expression) -> tuple[object, ...]:
        kind = _type(node.type)
        match node:
            case Constant(value=Decimal() as value):
                return ("constant", kind, _number(value))
            case Constant():
                return ("constant", kind, repr(node.value))
            case Parameter():
                return ("parameter", kind, node.name)
            case Column():
                return ("column", node.name)
            case Back():
                return ("back", self._value(node.of), self._value(node.offset))
            case Fact():
                return ("fact", node.name)
            case StateValue():
                return ("state", self._states[node.name])
            case Apply():
                return ("apply", node.function, *self._values(node.arguments))

    def _values(self, nodes: Iterable[Expression]) -> tuple[str, ...]:
        return tuple(self._value(node) for node in nodes)


def _parameter(parameter: ParameterDeclaration) -> tuple[object, ...]:
    """Sorted with others, so every part is a text."""
    limits = (parameter.low, parameter.high, parameter.step)
    choices = ",".join(_number(choice) for choice in parameter.choices)
    kind = " ".join(_type(parameter.type))
    return (parameter.name, kind, _number(parameter.default), *map(_number, limits), choices)


def _type(type: Type) -> tuple[str, str]:
    return (type.unit.value, type.currency or "")


def _number(value: Decimal | bool | None) -> str:
    """One spelling per number: 1.50 and 1.5 are the same constant."""
    if value is None or isinstance(value, bool):
        return repr(value)
    return "0" if value == 0 else f"{value.normalize():f}"
