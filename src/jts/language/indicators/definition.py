"""What the checker and the compiler need to know about an indicator, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jts.language.plan import Apply, Column, Constant, Expression, Parameter


class ArgumentKind(StrEnum):
    """A series of numbers, a condition (true, false or undefined per bar), a length in bars, a plain
    number.
    """

    SERIES = "series"
    CONDITION = "condition"
    LENGTH = "length"
    NUMBER = "number"


class ResultUnit(StrEnum):
    """The unit of what comes out: that of the first series, or a fixed one."""

    SAME = "same"
    PRICE = "price"
    NUMBER = "number"
    RATIO = "ratio"
    BARS = "bars"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument, in its place. Without a default it must be written."""

    name: str
    kind: ArgumentKind
    default: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator of the library.

    `columns` are bar fields it reads besides its arguments (atr reads high, low and close); they make its
    stage
    `close`. The stage of any other indicator is the greatest of its arguments. `warm_up(lengths)` is how many
    defined inputs are needed for the first defined output, from the values of its length arguments in order.

    `price_kernel(state, units, one, *lengths, out, start, end)` takes the place of `kernel` where the only
    series
    is a price of the bars, which is whole units (`one` of them make one): sums are then exact.

    Exactly one of `kernel` and `expand` is given. A kernel is `kernel(state, *columns, *series, *lengths,
    *numbers, out, start, end)` and fills `out[start:end]`; `state` is an instance of the record `state`.
    `expand`
    spells the indicator out in terms of others.
    """

    name: str
    arguments: tuple[Argument, ...]
    columns: tuple[str, ...] = ()
    result: ResultUnit = ResultUnit.SAME
    warm_up: Callable[[tuple[int, ...]], int]
    kernel: Callable[..., None] | None = None
    state: type | None = None
    price_kernel: Callable[..., None] | None = None
    price_state: type | None = None
    expand: Callable[[Apply], Expression] | None = None
    docs: str

    def __post_init__(self) -> None:
        assert (self.kernel is None) != (self.expand is None), f"{self.name}: a kernel or a definition, one"
        assert (self.kernel is None) == (self.state is None), f"{self.name}: a kernel has a state record"


LENGTH_MAX_BARS = 5_000
"""The longest look-back, in bars (language, section 11)."""


def series(name: str = "x") -> Argument:
    return Argument(name=name, kind=ArgumentKind.SERIES)


def condition(name: str = "c") -> Argument:
    return Argument(name=name, kind=ArgumentKind.CONDITION)


def length(name: str = "n", default: int | None = None) -> Argument:
    return Argument(
        name=name, kind=ArgumentKind.LENGTH, default=None if default is None else Decimal(default)
    )


def number(name: str, default: str | None = None) -> Argument:
    return Argument(
        name=name, kind=ArgumentKind.NUMBER, default=None if default is None else Decimal(default)
    )


def apply(like: Apply, function: str, *arguments: Expression) -> Apply:
    """`function(arguments)` standing where `like` stands: same type, stage and place in the text."""
    return Apply(function=function, arguments=arguments, type=like.type, stage=like.stage, span=like.span)


def constant(like: Apply, value: str) -> Constant:
    return Constant(value=Decimal(value), type=like.type, stage=like.stage, span=like.span)


def column(like: Apply, name: str) -> Column:
    return Column(name=name, type=like.type, stage=like.stage, span=like.span)


def offset(expression: Expression) -> Constant | Parameter:
    """A length argument used as an offset."""
    assert isinstance(expression, Constant | Parameter), (
        "the checker makes every length a constant or parameter"
    )
    return expression
