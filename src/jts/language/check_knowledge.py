"""At which word a value would look ahead, and which clocks fit into each other."""

from __future__ import annotations

from collections.abc import Mapping

from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput
from jts.language import syntax as s
from jts.language.check_values import peeks
from jts.language.plan import Expression


def culprit(expr: s.Expr, values: Mapping[int, Expression]) -> s.Expr:
    """The smallest written part that is known only at the close. `values` are the typed parts by identity."""
    for part in _parts(expr):
        node = values.get(id(part))
        if node is not None and peeks(node) is not None:
            return culprit(part, values)
    return expr


def is_multiple(timeframe: str, base: str) -> bool:
    """Whether bars of the larger timeframe are made of whole base bars."""
    try:
        large, small = Timeframe.parse(timeframe), Timeframe.parse(base)
    except BadInput:
        return False
    if large.unit == "mo":
        return small.unit != "mo" or large.count % small.count == 0
    return small.unit != "mo" and large.nanos % small.nanos == 0


def _parts(expr: s.Node) -> list[s.Expr]:
    """The expressions written inside, in reading order; an offset hides what it shifts."""
    match expr:
        case s.Negative() | s.Not():
            return [expr.operand]
        case s.Binary() | s.Crosses():
            return [expr.left, expr.right]
        case s.Junction() | s.Compare():
            return list(expr.parts)
        case s.Choice():
            return [expr.condition, expr.then, expr.otherwise]
        case s.Of():
            return [expr.value, expr.whose]
        case s.Offset():
            return [expr.of]
        case s.Call():
            values = [a.value if isinstance(a, s.NamedArgument) else a for a in expr.arguments]
            return [v for v in values if not isinstance(v, s.Since | s.Across | s.Range | s.Comprehension)]
        case _:
            return []
