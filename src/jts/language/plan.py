"""The plan: a program after checking. Typed, resolved, without doubt; the one meaning that every evaluator
runs.

`language.check` makes it from syntax; `language.compile` lowers it; its hash names it everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TypeAlias

from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId


class Unit(StrEnum):
    """What a value is. `PRICE` and `MONEY` also carry a currency."""

    NUMBER = "number"
    RATIO = "ratio"
    PRICE = "price"
    MONEY = "money"
    QUANTITY = "quantity"
    BARS = "bars"
    SESSIONS = "sessions"
    DURATION = "duration"
    TIME = "time"
    DATE = "date"
    BOOL = "bool"
    TEXT = "text"
    SYMBOL = "symbol"
    SET = "set"
    ORDER = "order"
    TRADE = "trade"


class Stage(IntEnum):
    """When a value becomes known; the greatest of its parts. See docs/language/knowledge.md."""

    ANY = 0
    NOW = 1
    OPEN = 2
    CLOSE = 3
    FILL = 4


@dataclass(frozen=True, slots=True)
class Type:
    """A unit, a currency for prices and money, and whether the value varies from bar to bar."""

    unit: Unit
    currency: str | None = None
    is_series: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the text: lines and columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What every expression node carries. The span is not part of the plan's hash."""

    type: Type
    stage: Stage
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Typed):
    """A number in its base unit (a ratio as 0.05, not 5), a bool or a text. `undefined` is None."""

    value: Decimal | bool | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Typed):
    """A value fixed for one run."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Typed):
    """A field of the base bars: open, high, low, close, volume."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Back(Typed):
    """`of` as it was `offset` bars before: a non-negative constant or a parameter in bars."""

    of: Expression
    offset: Constant | Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply(Typed):
    """A primitive or an indicator of the catalogue applied to arguments.

    Primitives: `add subtract multiply divide negate power`, `less less_equal greater greater_equal equal
    not_equal`,
    `and or not`, `crosses_above crosses_below`, `if`, `defined default abs min max sqrt floor ceil round
    sign`.
    Percent arithmetic on prices (`entry - 2%`) is already spelled out as multiplication here.
    """

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Typed):
    """Something about the account, the position or own orders: cash, equity, quantity, flat, holding, entry,

    average_cost, bars_since_entry, bars_since_exit, initial_risk, profit, ...
    """

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateValue(Typed):
    """A declared state, as it is at this line."""

    name: str


Expression: TypeAlias = Constant | Parameter | Column | Back | Apply | Fact | StateValue


class View(StrEnum):
    """What a handler knows: everything of the bar just finished, or only the open of the bar just opened."""

    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much. `value` is a quantity or money; with `is_risk` it is the money lost if the order's own stop
    is hit."""

    value: Expression
    is_risk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A clause that lives after the fill. `kind`: stop, trail, target. `fraction` of the position to close
    (1 = all)."""

    id: int
    kind: str
    price: Expression
    fraction: Decimal
    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRule:
    """One order statement, with everything around it resolved.

    `verb`: buy, sell, exit (short and cover follow). `kind`: market, limit, stop, stop_limit. `timing`: now,
    at_open,
    at_close. `when` already contains the handler's own `when` (and-ed). `after_bars`: an exit this many bars
    after the
    entry. `good_for_bars`: validity of a resting order; `day` is the session. `text` is the source line,
    trimmed. `of_entry` is the id of the entry under which an exit stands as a clause: it acts only while a
    position opened by that entry is held (None: on every position). A top-level `exit at open` is view OPEN,
    timing at_open; its `when` already says `bars_since_entry >= 1` (every open after the entry). `after_bars`
    alone means: at every close with `bars_since_entry >= after_bars`. Top-level stop, target and trail are
    among the protections of every entry.
    """

    id: int
    view: View
    verb: str
    kind: str
    timing: str
    when: Expression | None
    stop: Expression | None
    limit: Expression | None
    size: Size | None
    fraction: Decimal | None
    after_bars: Expression | None
    good_for_bars: Expression | None
    is_day_order: bool
    is_kept: bool
    protections: tuple[Protection, ...]
    because: str
    label: str
    span: Span
    text: str
    of_entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDeclaration:
    """A parameter, its default, and the values it may take (a list, or a range with a step)."""

    name: str
    type: Type
    default: Decimal | bool
    low: Decimal | None
    high: Decimal | None
    step: Decimal | None
    choices: tuple[Decimal | bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDeclaration:
    """A named value that survives restarts."""

    name: str
    type: Type
    initial: Expression
    resets_each: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """`set name = value`, in its place among the rules of its view."""

    id: int
    view: View
    when: Expression | None
    name: str
    value: Expression
    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole program. `warm_up_bars` is how many finished bars are needed before every value can be defined.

    `rules` are in the order of the text. `units` is how many entries may add up to one position (0: no
    limit).
    `costs` are names and rates as written, for run settings to resolve. `hash` is hex SHA-256 of the
    canonical form.
    """

    name: str
    kind: str
    version: int
    semantics: int
    instruments: tuple[InstrumentId, ...]
    timeframe: Timeframe
    cash: dict[str, Decimal]
    costs: tuple[tuple[str, Decimal | None], ...]
    default_size: Size | None
    units: int
    entries_per_session: int
    allow_short: bool
    repaint_free: bool
    prices: tuple[str, ...]
    parameters: tuple[ParameterDeclaration, ...]
    states: tuple[StateDeclaration, ...]
    rules: tuple[OrderRule | SetRule, ...]
    warm_up_bars: int
    hash: str
    text: str = field(repr=False)
