"""What a program says, word for word, before anyone asks what it means: frozen trees with their places in the
text.

`parse.parse` makes them, `check` reads them. A node knows nothing of types or time.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from jts.language.plan import Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything written in a program."""

    span: Span


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A word or mark as it stands: a name, a time, an ordinal. `kind` is its token."""

    text: str
    kind: str = "NAME"


# ---- expressions ----


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    value: Decimal


@dataclass(frozen=True, slots=True)
class PercentLiteral(Node):
    """`5%`: value is 0.05. `is_points` for `5%p`, a difference of weights."""

    value: Decimal
    is_points: bool = False


@dataclass(frozen=True, slots=True)
class MoneyLiteral(Node):
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class TextLiteral(Node):
    text: str


@dataclass(frozen=True, slots=True)
class TimeLiteral(Node):
    text: str


@dataclass(frozen=True, slots=True)
class DateLiteral(Node):
    text: str


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """`3 bars`, `10 shares`, `30 minutes`."""

    value: Decimal
    unit: Word


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    """`KRX:005930`."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    text: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Word
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class NamedArgument(Node):
    name: Word
    value: Expr


@dataclass(frozen=True, slots=True)
class Since(Node):
    condition: Expr


@dataclass(frozen=True, slots=True)
class Across(Node):
    group: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    value: Expr
    name: Word
    source: Expr | Range
    where: Expr | None


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SetMember(Node):
    what: Word
    weight: Expr | None


@dataclass(frozen=True, slots=True)
class SetOf(Node):
    members: tuple[SetMember, ...]


@dataclass(frozen=True, slots=True)
class Dotted(Node):
    """`krx.kospi200`."""

    text: str


@dataclass(frozen=True, slots=True)
class Pick(Node):
    """`top 4 of names by pace where …`, `those of names where …`."""

    what: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """`a and b and c`, `a or b or c`; `word` is which."""

    word: str
    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    operand: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`a < b <= c`: as many marks as there are parts after the first."""

    parts: tuple[Expr, ...]
    marks: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Crosses(Node):
    direction: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Member(Node):
    item: Expr
    container: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`operator` is add, subtract, multiply, divide or power."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: Expr


@dataclass(frozen=True, slots=True)
class Of(Node):
    value: Expr
    whose: Expr


@dataclass(frozen=True, slots=True)
class OnTimeframe(Node):
    value: Expr
    timeframe: str
    is_forming: bool


@dataclass(frozen=True, slots=True)
class Offset(Node):
    """`close[3]`."""

    of: Expr
    bars: Expr


@dataclass(frozen=True, slots=True)
class Field(Node):
    of: Expr
    name: Word


Expr: TypeAlias = (
    NumberLiteral
    | PercentLiteral
    | MoneyLiteral
    | TextLiteral
    | TimeLiteral
    | DateLiteral
    | Amount
    | Symbol
    | Name
    | Call
    | ListOf
    | SetOf
    | Dotted
    | Pick
    | Choice
    | Junction
    | Not
    | Compare
    | Crosses
    | Member
    | Binary
    | Negative
    | Of
    | OnTimeframe
    | Offset
    | Field
)
Argument: TypeAlias = Expr | NamedArgument | Since | Across | Range | Comprehension


# ---- orders ----


@dataclass(frozen=True, slots=True)
class Sizing(Node):
    value: Expr
    is_risk: bool


@dataclass(frozen=True, slots=True)
class Label(Node):
    name: Word
    index: Expr | None


@dataclass(frozen=True, slots=True)
class Part(Node):
    """One part of an order: kind is stop, limit, timed, after, size, as or when."""

    kind: str
    value: Expr | Word | Sizing | Label


@dataclass(frozen=True, slots=True)
class Clause(Node):
    """One indented line under an order which is not protection: size, good_for, good_until, because or exit.

    `values` are its expressions, words or parts, in the order of writing.
    """

    kind: str
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Protect(Node):
    """`stop at`, `trail at`, `target at`; `fraction` and `then` belong to a target."""

    kind: str
    price: Expr
    fraction: Node | None = None
    then_kind: str | None = None
    then_price: Expr | None = None


@dataclass(frozen=True, slots=True)
class OrderStatement(Node):
    """`fraction` is Word(HALF) or a percent; `target` a symbol or a name."""

    verb: str
    is_kept: bool
    fraction: Node | None
    target: Node | None
    parts: tuple[Part, ...]
    clauses: tuple[Clause | Protect, ...]
    head: Span


# ---- other statements ----


@dataclass(frozen=True, slots=True)
class Let(Node):
    name: Word
    type: Word | None
    value: Expr


@dataclass(frozen=True, slots=True)
class SetStatement(Node):
    name: Word
    index: Expr | None
    value: Expr


@dataclass(frozen=True, slots=True)
class If(Node):
    """`branches` are (condition, statements); the condition of `else` is None."""

    branches: tuple[tuple[Expr | None, tuple[Statement, ...]], ...]


@dataclass(frozen=True, slots=True)
class For(Node):
    name: Word
    source: Node
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Return(Node):
    value: Expr


@dataclass(frozen=True, slots=True)
class Other(Node):
    """A statement, setting or declaration which later versions give meaning to; `word` is what it begins
    with.

    `name` is what it declares, if it declares something.
    """

    word: str
    parts: tuple[object, ...] = ()
    name: str = ""


Statement: TypeAlias = Let | SetStatement | OrderStatement | Protect | If | For | Return | Other


# ---- the program ----


@dataclass(frozen=True, slots=True)
class Heading(Node):
    kind: str
    name: str
    version: Decimal


@dataclass(frozen=True, slots=True)
class Traded(Node):
    """`trade` or `watch`: what, under which names, on which timeframe. `is_each` for `each of`."""

    word: str
    what: tuple[tuple[Node, Word | None], ...]
    is_each: bool
    timeframe: Word


@dataclass(frozen=True, slots=True)
class Setting(Node):
    """One line at the top; `word` is its first word, `values` its parts in the order of writing."""

    word: str
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Cost(Node):
    name: str
    value: Expr | None


@dataclass(frozen=True, slots=True)
class Param(Node):
    name: Word
    default: Expr
    values: Range | ListOf
    step: Expr | None


@dataclass(frozen=True, slots=True)
class State(Node):
    name: Word
    family: Node | None
    type: Word | None
    initial: Expr
    resets_each: Word | None


@dataclass(frozen=True, slots=True)
class FunctionParameter(Node):
    name: Word
    type: Word | None
    default: Expr | None


@dataclass(frozen=True, slots=True)
class Function(Node):
    """`body` is one expression, or statements ending in `return`."""

    name: Word
    parameters: tuple[FunctionParameter, ...]
    result: Word | None
    body: Expr | tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Handler(Node):
    """`word` is at, every or on. `moment` are the words between it and the hours."""

    word: str
    moment: tuple[Node, ...]
    hours: tuple[Word, Word] | None
    when: Expr | None
    body: tuple[Statement, ...]


Item: TypeAlias = Traded | Setting | Param | State | Function | Handler | Statement


@dataclass(frozen=True, slots=True)
class Program:
    heading: Heading | None
    items: tuple[Item, ...]
