"""What a name stands for: declarations of the program, bar fields, facts, functions, and words of later
versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from jts.language import syntax as s
from jts.language.check_values import BOOL, NUMBER, constant, fact
from jts.language.indicators.catalog import BY_NAME
from jts.language.plan import (
    Column,
    Expression,
    Parameter,
    ParameterDeclaration,
    Span,
    Stage,
    Type,
    Unit,
    View,
)

COLUMNS: dict[str, tuple[Unit, Stage]] = {
    "open": (Unit.PRICE, Stage.OPEN),
    "high": (Unit.PRICE, Stage.CLOSE),
    "low": (Unit.PRICE, Stage.CLOSE),
    "close": (Unit.PRICE, Stage.CLOSE),
    "volume": (Unit.QUANTITY, Stage.CLOSE),
}

FACTS: dict[str, tuple[Unit, Stage]] = {
    "flat": (Unit.BOOL, Stage.NOW),
    "holding": (Unit.BOOL, Stage.NOW),
    "long": (Unit.BOOL, Stage.NOW),
    "quantity": (Unit.QUANTITY, Stage.NOW),
    "cash": (Unit.MONEY, Stage.NOW),
    "equity": (Unit.MONEY, Stage.NOW),
    "average_cost": (Unit.PRICE, Stage.NOW),
    "last_fill": (Unit.PRICE, Stage.NOW),
    "profit": (Unit.MONEY, Stage.NOW),
    "bars_since_entry": (Unit.BARS, Stage.NOW),
    "bars_since_exit": (Unit.BARS, Stage.NOW),
    "units": (Unit.NUMBER, Stage.NOW),
    "losing_streak": (Unit.NUMBER, Stage.NOW),
    "entered": (Unit.BOOL, Stage.NOW),
    "exited": (Unit.BOOL, Stage.NOW),
    "entry": (Unit.PRICE, Stage.FILL),
    "initial_risk": (Unit.PRICE, Stage.FILL),
}

DOTTED_FACTS: dict[tuple[str, str], tuple[str, Unit]] = {("trades", "count"): ("trades", Unit.NUMBER)}
"""Facts that are written with a dot: the fact and its unit."""

PERIODS = ("session", "week", "month", "quarter", "year")
"""What a state may be reset each of."""

PRICE_NOW = "price"
"""The newest price: the close at a close, the open at an open."""

PRIMITIVES: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "sign": (1, 1),
    "sqrt": (1, 1),
    "floor": (1, 1),
    "ceil": (1, 1),
    "round": (1, 1),
    "min": (2, 16),
    "max": (2, 16),
    "clip": (3, 3),
    "defined": (1, 1),
    "default": (2, 2),
}
"""Functions below the library, with the fewest and most arguments they take."""

LATER_VALUES = frozenset(
    [
        "bid",
        "ask",
        "last",
        "turnover",
        "base_price",
        "upper_limit",
        "lower_limit",
        "vi",
        "halted",
        "administrative",
        "minimum_order",
        "today",
        "yesterday",
        "time",
        "date",
        "weekday",
        "trades",
        "last_trade",
        "losing_streak",
        "profit_today",
        "entered",
        "exited",
        "units",
        "ex_date",
        "fill_price",
        "short",
        "session",
    ]
)
LATER_FUNCTIONS = frozenset(
    [
        "share",
        "any",
        "all",
        "median",
        "quantile",
        "rank",
        "first",
        "last",
        "weighted_std",
        "slope",
        "correlation",
        "latch",
        "same_bar",
        "carry",
        "fresh",
        "age",
        "log",
        "exp",
        "tick_up",
        "tick_down",
        "convert",
        "kelly",
        "last_trades",
        "weight_of",
        "sessions_to_month_end",
        "is_last_session",
        "stochastic",
        "supertrend",
        "adx",
        "cci",
        "obv",
        "mfi",
        "keltner",
        "donchian",
        "ichimoku",
    ]
)
CONSTANT_NAMES = frozenset(("true", "false", "undefined"))
VALUE_NAMES = frozenset((*COLUMNS, *FACTS, PRICE_NOW, *CONSTANT_NAMES))
AMOUNT_UNITS = {
    "bar": Unit.BARS,
    "bars": Unit.BARS,
    "share": Unit.QUANTITY,
    "shares": Unit.QUANTITY,
    "unit": Unit.QUANTITY,
    "coins": Unit.QUANTITY,
    "coin": Unit.QUANTITY,
}
LATER_AMOUNTS = frozenset(
    [
        "tick",
        "ticks",
        "second",
        "seconds",
        "minute",
        "minutes",
        "hour",
        "hours",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "session",
        "sessions",
    ]
)


def function_names() -> list[str]:
    return [*BY_NAME, *PRIMITIVES]


def built_in(name: str, view: View, currency: str | None, span: Span) -> Expression | None:
    """The value the language itself gives a name: a bar field, a fact, true, false or undefined."""
    if name == PRICE_NOW:
        name = "close" if view is View.CLOSE else "open"
    if name in COLUMNS:
        unit, stage = COLUMNS[name]
        kind = Type(unit, currency if unit is Unit.PRICE else None, True)
        return Column(name=name, type=kind, stage=stage, span=span)
    if name in FACTS:
        unit, stage = FACTS[name]
        return fact(name, unit, stage, span, currency if unit in (Unit.PRICE, Unit.MONEY) else None)
    if name in ("true", "false"):
        return constant(name == "true", BOOL, span)
    return constant(None, NUMBER, span) if name == "undefined" else None


@dataclass(slots=True, eq=False)
class LetBinding:
    """`let`: typed each time it is used, in the scope it was written in."""

    statement: s.Let
    scope: Scope
    is_used: bool = False
    is_open: bool = False


@dataclass(slots=True, eq=False)
class NodeBinding:
    """A parameter of a function, already a value."""

    node: Expression
    is_used: bool = True


@dataclass(slots=True, eq=False)
class ParameterBinding:
    declaration: ParameterDeclaration
    span: Span
    is_used: bool = False

    def node(self, span: Span) -> Parameter:
        return Parameter(name=self.declaration.name, type=self.declaration.type, stage=Stage.ANY, span=span)


@dataclass(slots=True, eq=False)
class StateBinding:
    name: str
    type: Type
    span: Span
    is_used: bool = False


@dataclass(slots=True, eq=False)
class FunctionBinding:
    function: s.Function
    is_used: bool = False
    is_open: bool = False


Binding: TypeAlias = LetBinding | NodeBinding | ParameterBinding | StateBinding | FunctionBinding


@dataclass(slots=True, eq=False)
class Scope:
    """Names of one level; the outer level is asked when a name is not here."""

    outer: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def all_names(self) -> list[str]:
        return [*self.names, *(self.outer.all_names() if self.outer else ())]


def place_of(binding: Binding) -> Span:
    """Where a name was declared."""
    match binding:
        case LetBinding():
            return binding.statement.name.span
        case FunctionBinding():
            return binding.function.name.span
        case NodeBinding():
            return binding.node.span
        case _:
            return binding.span
