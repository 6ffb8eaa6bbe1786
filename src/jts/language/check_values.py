"""Making values of the plan: folding literals, counting how large a value grows, finding what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation, localcontext

from jts.language.indicators.catalog import BY_NAME
from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    Parameter,
    Span,
    Stage,
    StateValue,
    Type,
    Unit,
)

BOOL = Type(Unit.BOOL)
NUMBER = Type(Unit.NUMBER)
FOLDED_MAX = Decimal("1e30")

_FOLDS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}


def constant(value: Decimal | bool | str | None, type: Type, span: Span) -> Constant:
    return Constant(value=value, type=type, stage=Stage.ANY, span=span)


def fact(name: str, unit: Unit, stage: Stage, span: Span, currency: str | None = None) -> Fact:
    return Fact(name=name, type=Type(unit, currency, True), stage=stage, span=span)


def apply(function: str, arguments: tuple[Expression, ...], type: Type, span: Span) -> Expression:
    """The function applied, known when its last argument is; a literal if all in it are literals."""
    folded = _folded(function, arguments)
    if folded is not None:
        return constant(folded, Type(type.unit, type.currency), span)
    is_series = type.is_series or any(argument.type.is_series for argument in arguments)
    stage = max((argument.stage for argument in arguments), default=Stage.ANY)
    if function in BY_NAME:
        is_series = True
        columns = BY_NAME[function].columns
        if columns:
            read = Stage.OPEN if columns == ("open",) else Stage.CLOSE
            stage = max(stage, read)
    whole = Type(type.unit, type.currency, is_series)
    return Apply(function=function, arguments=arguments, type=whole, stage=stage, span=span)


def both(left: Expression | None, right: Expression | None) -> Expression | None:
    """Left and right; a missing condition is always true."""
    if left is None or right is None:
        return right if left is None else left
    return apply("and", (left, right), BOOL, right.span)


def inverse(node: Expression) -> Expression:
    return apply("not", (node,), BOOL, node.span)


def children(node: Expression) -> tuple[Expression, ...]:
    if isinstance(node, Apply):
        return node.arguments
    return (node.of,) if isinstance(node, Back) else ()


def walk(*roots: Expression | None) -> Iterator[Expression]:
    """Every value inside, each object once however often it is shared."""
    waiting = [root for root in roots if root is not None]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        waiting += children(node)


def own_affair(node: Expression) -> Fact | StateValue | None:
    """The first fact or state in a value: what the market alone does not decide."""
    return next((leaf for leaf in walk(node) if isinstance(leaf, Fact | StateValue)), None)


def peeks(node: Expression) -> Expression | None:
    """What in this value is known only at the close of its bar; None if it may be read at the open."""
    waiting, seen = [node], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Column) and one.stage is Stage.CLOSE:
            return one
        if isinstance(one, Apply):
            if one.function in BY_NAME and set(BY_NAME[one.function].columns) - {"open"}:
                return one
            waiting += reversed(one.arguments)
        elif isinstance(one, Back) and one.stage is Stage.CLOSE:
            waiting.append(one.of)
    return None


def needs_fill(node: Expression) -> Fact | None:
    """What in this value exists only while something is held."""
    leaves = (leaf for leaf in walk(node) if isinstance(leaf, Fact) and leaf.stage is Stage.FILL)
    return next(leaves, None)


def guarantees_holding(condition: Expression | None) -> bool:
    """Whether this condition can be true only while something is held."""
    waiting = [] if condition is None else [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Apply) and node.function == "and":
            waiting += node.arguments
        elif _says_holding(node):
            return True
    return False


def _says_holding(node: Expression) -> bool:
    if isinstance(node, Fact):
        return node.name in ("holding", "long")
    if isinstance(node, Apply) and node.function == "not":
        return isinstance(node.arguments[0], Fact) and node.arguments[0].name == "flat"
    if isinstance(node, Apply) and node.function == "greater":
        left, right = node.arguments
        is_quantity = isinstance(left, Fact) and left.name == "quantity"
        return is_quantity and isinstance(right, Constant) and right.value == 0
    return False


def is_positive(node: Expression) -> bool:
    """Whether the value is surely above zero where it is defined: a distance such as 2 * atr(14)."""
    if isinstance(node, Constant):
        return isinstance(node.value, Decimal) and node.value > 0
    if isinstance(node, Fact):
        return node.name in ("initial_risk", "entry", "average_cost")
    if isinstance(node, Column):
        return node.name != "volume"
    if isinstance(node, Back):
        return is_positive(node.of)
    if isinstance(node, Apply):
        if node.function in ("multiply", "divide", "add", "min"):
            return all(is_positive(part) for part in node.arguments)
        return node.function in ("atr", "true_range")
    return False


def parameters_in(node: Expression) -> Iterator[Parameter]:
    for leaf in walk(node):
        if isinstance(leaf, Parameter):
            yield leaf
        elif isinstance(leaf, Back) and isinstance(leaf.offset, Parameter):
            yield leaf.offset


class Measure:
    """How many values, and how deep, a shared tree is once every copy is counted."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Expression, int, int]] = {}

    def of(self, node: Expression) -> tuple[int, int]:
        """(values, depth). Quick when the parts were measured before."""
        waiting = [node]
        while waiting:
            one = waiting[-1]
            missing = [part for part in children(one) if id(part) not in self._known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            parts = [self._known[id(part)] for part in children(one)]
            values = 1 + sum(part[1] for part in parts)
            depth = 1 + max((part[2] for part in parts), default=0)
            self._known[id(one)] = (one, values, depth)
        return self._known[id(node)][1:]


def _folded(function: str, arguments: tuple[Expression, ...]) -> Decimal | None:
    values = [argument.value for argument in arguments if isinstance(argument, Constant)]
    numbers = [value for value in values if isinstance(value, Decimal)]
    if len(numbers) != len(arguments):
        return None
    if function == "negate":
        return -numbers[0]
    fold = _FOLDS.get(function)
    if fold is None or (function == "divide" and numbers[1] == 0):
        return None
    with localcontext() as context:
        context.prec = 34
        try:
            result = fold(numbers[0], numbers[1])
        except InvalidOperation:
            return None
    return result if result == 0 or Decimal("1e-30") < abs(result) < FOLDED_MAX else None
