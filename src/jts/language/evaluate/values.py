"""What an expression is worth on a bar, said as plainly as possible: undefined is None, nothing is hurried.

This is the meaning that the compiled program is compared with, bit for bit. It also explains decisions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol, TypeAlias

from jts.language.compile.column_graph import Key, expand, is_indicator, key, price_of
from jts.language.indicators.catalog import BY_NAME
from jts.language.indicators.definition import ArgumentKind
from jts.language.kernels.types import UNDEFINED, ceil, floor, nearest
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

Value: TypeAlias = float | bool | None


class Market(Protocol):
    """The bars as doubles, and how many there are."""

    @property
    def bars(self) -> int: ...

    def field(self, name: str) -> Sequence[float]: ...

    def units(self, name: str) -> tuple[Sequence[int], float]:
        """A price of the bars in whole units, and how many make one."""
        ...


class Account(Protocol):
    """Facts of the account and states, as they are now, and facts as they were at an earlier close."""

    def fact(self, name: str) -> Value: ...

    def fact_at(self, name: str, bar: int) -> Value: ...

    def state(self, name: str) -> Value: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """Where an expression is read: the bar, how far back, and values that a decision has fixed."""

    bar: int
    is_looked_back: bool = False
    fixed: Mapping[Key, Value] = field(default_factory=dict)
    entry: float | None = None

    def before(self, bars: int) -> Moment:
        return replace(self, bar=self.bar - bars, is_looked_back=self.is_looked_back or bars > 0)


class Values:
    """Reads expressions over one market and one account. Indicator columns are made once, for all bars."""

    def __init__(self, market: Market, account: Account, parameters: Mapping[str, float]) -> None:
        self._market = market
        self._account = account
        self._parameters = parameters
        self._columns: dict[Key, list[float]] = {}

    def number(self, e: Expression, at: Moment) -> float | None:
        value = self.value(e, at)
        if isinstance(value, bool):
            return 1.0 if value else 0.0
        return value

    def truth(self, e: Expression, at: Moment) -> bool | None:
        value = self.value(e, at)
        if isinstance(value, float):
            return None if math.isnan(value) else value == 1.0
        return value

    def value(self, e: Expression, at: Moment) -> Value:
        """The value of an expression; NaN never leaves here."""
        if key(e) in at.fixed:
            return at.fixed[key(e)]
        found = self._value(e, at)
        return None if isinstance(found, float) and math.isnan(found) else found

    def _value(self, e: Expression, at: Moment) -> Value:
        match e:
            case Constant(value=Decimal() as value):
                return float(value)
            case Constant(value=bool() | None as value):
                return value
            case Constant():
                return None
            case Parameter(name=name):
                return self._as(e, self._parameters[name])
            case Column(name=name):
                return self._market.field(name)[at.bar] if at.bar >= 0 else None
            case Back(of=of, offset=offset):
                by = self.number(offset, at)
                assert by is not None, "an offset is defined"
                return self.value(of, at.before(int(by)))
            case Fact(name="entry") if at.entry is not None:
                return at.entry
            case Fact(name=name):
                return self._account.fact_at(name, at.bar) if at.is_looked_back else self._account.fact(name)
            case StateValue(name=name):
                state = self._account.state(name)
                return self._as(e, state) if isinstance(state, float) else state
            case Apply() if is_indicator(e):
                return self._indicator(e, at)
            case Apply():
                return self._apply(e, at)

    def _as(self, e: Expression, value: float) -> Value:
        if e.type.unit is not Unit.BOOL:
            return value
        return None if math.isnan(value) else value == 1.0

    def _indicator(self, e: Apply, at: Moment) -> Value:
        spelled = expand(e)
        if not (isinstance(spelled, Apply) and is_indicator(spelled)):
            return self.value(spelled, at)
        return self.column(spelled)[at.bar] if at.bar >= 0 else None

    def column(self, e: Apply) -> Sequence[float]:
        """An indicator over all bars."""
        known = self._columns.get(key(e))
        if known is not None:
            return known
        indicator = BY_NAME[e.function]
        assert indicator.kernel is not None and indicator.state is not None, f"{e.function} is spelled out"
        units_of = price_of(e)
        inputs = [list(self._market.field(name)) for name in indicator.columns]
        lengths: list[int] = []
        numbers: list[float] = []
        for wanted, given in zip(indicator.arguments, e.arguments, strict=True):
            if units_of is not None and given is e.arguments[0]:
                continue
            if wanted.kind in (ArgumentKind.SERIES, ArgumentKind.CONDITION):
                every = (self.number(given, Moment(bar)) for bar in range(self._market.bars))
                inputs.append([UNDEFINED if one is None else one for one in every])
            else:
                plain = self.number(given, Moment(0))
                assert plain is not None, "a length is defined"
                if wanted.kind is ArgumentKind.LENGTH:
                    lengths.append(int(plain))
                else:
                    numbers.append(plain)
        out = [UNDEFINED] * self._market.bars
        if units_of is not None and indicator.price_kernel is not None and indicator.price_state is not None:
            whole = self._market.units(units_of)
            indicator.price_kernel(indicator.price_state(), *whole, *lengths, out, 0, self._market.bars)
        else:
            indicator.kernel(indicator.state(), *inputs, *lengths, *numbers, out, 0, self._market.bars)
        self._columns[key(e)] = out
        return out

    def _apply(self, e: Apply, at: Moment) -> Value:
        name, arguments = e.function, e.arguments
        if name in ("and", "or"):
            return _joined(name, [self.truth(one, at) for one in arguments])
        if name == "not":
            truth = self.truth(arguments[0], at)
            return None if truth is None else not truth
        if name == "if":
            condition = self.truth(arguments[0], at)
            return None if condition is None else self.value(arguments[1 if condition else 2], at)
        if name == "defined":
            return self.value(arguments[0], at) is not None
        if name == "default":
            first = self.value(arguments[0], at)
            return self.value(arguments[1], at) if first is None else first
        if name in ("crosses_above", "crosses_below"):
            return self._crosses(e, at)
        if name == "power":
            return self._power(e, at)
        values = [self.number(one, at) for one in arguments]
        plain = [one for one in values if one is not None]
        return _computed(name, plain) if len(plain) == len(values) else None

    def _crosses(self, e: Apply, at: Moment) -> bool | None:
        """The conjunction of `was not` and `is`, by Kleene."""
        before, now = (
            ("less_equal", "greater") if e.function == "crosses_above" else ("greater_equal", "less")
        )
        was, is_ = (
            self.truth(replace(e, function=before), at.before(1)),
            self.truth(replace(e, function=now), at),
        )
        return _joined("and", [was, is_])

    def _power(self, e: Apply, at: Moment) -> float | None:
        base, exponent = self.number(e.arguments[0], at), self.number(e.arguments[1], at)
        if base is None or exponent is None:
            return None
        if exponent == 0.5:
            return math.sqrt(base) if base >= 0 else None
        out = 1.0
        for _ in range(abs(int(exponent))):
            out *= base
        if exponent >= 0:
            return out
        return 1.0 / out if out != 0 else None


def _joined(how: str, truths: list[bool | None]) -> bool | None:
    deciding = how == "or"
    if deciding in truths:
        return deciding
    return None if None in truths else not deciding


def _computed(name: str, v: list[float]) -> Value:
    """An operation on defined numbers."""
    match name:
        case "add":
            return v[0] + v[1]
        case "subtract":
            return v[0] - v[1]
        case "multiply":
            return v[0] * v[1]
        case "divide":
            return v[0] / v[1] if v[1] != 0 else None
        case "negate":
            return -v[0]
        case "abs":
            return abs(v[0])
        case "floor":
            return floor(v[0])
        case "ceil":
            return ceil(v[0])
        case "round":
            return nearest(v[0])
        case "sqrt":
            return math.sqrt(v[0]) if v[0] >= 0 else None
        case "sign":
            return 1.0 if v[0] > 0 else -1.0 if v[0] < 0 else v[0]
        case "min":
            return min(v, key=lambda one: (one, math.copysign(1, one)))
        case "max":
            return max(v, key=lambda one: (one, math.copysign(1, one)))
        case "less":
            return v[0] < v[1]
        case "less_equal":
            return v[0] <= v[1]
        case "greater":
            return v[0] > v[1]
        case "greater_equal":
            return v[0] >= v[1]
        case "equal":
            return v[0] == v[1]
        case "not_equal":
            return v[0] != v[1]
    raise AssertionError(f"{name} is no operation of the plan")
