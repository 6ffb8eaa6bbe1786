"""What may be added to, multiplied by and compared with what: the arithmetic of units, without names or
time.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from jts.language.plan import Constant, Expression, Parameter, Stage, Type, Unit

NUMBERS = frozenset((Unit.NUMBER, Unit.RATIO, Unit.PRICE, Unit.MONEY, Unit.QUANTITY, Unit.BARS))
"""The units one can calculate with."""

SCALED = frozenset((Unit.PRICE, Unit.MONEY, Unit.QUANTITY))
"""The units which a percentage shifts: `entry - 2%`."""

WORDS: dict[Unit, str] = {
    Unit.NUMBER: "a number",
    Unit.RATIO: "a ratio",
    Unit.PRICE: "a price",
    Unit.MONEY: "money",
    Unit.QUANTITY: "a quantity",
    Unit.BARS: "a length in bars",
    Unit.SESSIONS: "sessions",
    Unit.DURATION: "a duration",
    Unit.TIME: "a time",
    Unit.DATE: "a date",
    Unit.BOOL: "a condition",
    Unit.TEXT: "a text",
    Unit.SYMBOL: "a symbol",
    Unit.SET: "a set",
    Unit.ORDER: "an order",
    Unit.TRADE: "a trade",
}

DECLARABLE = {
    unit.value: unit
    for unit in (Unit.NUMBER, Unit.RATIO, Unit.PRICE, Unit.MONEY, Unit.QUANTITY, Unit.BARS, Unit.BOOL)
}
"""Kinds that a state, a parameter of a function or a result may be declared as."""


def is_fixed(node: Expression) -> bool:
    """Whether the value is the same on every bar of a run: literals, parameters, and what is made of them."""
    return node.stage is Stage.ANY and not node.type.is_series


def is_undefined(node: Expression) -> bool:
    return isinstance(node, Constant) and node.value is None


def is_number(node: Expression, value: Decimal | None = None) -> bool:
    """Whether the node is a literal number (of that value, if one is given)."""
    return (
        isinstance(node, Constant)
        and isinstance(node.value, Decimal)
        and (value is None or node.value == value)
    )


def retyped(node: Expression, unit: Unit, currency: str | None = None) -> Expression:
    return replace(node, type=Type(unit, currency, node.type.is_series))


def adopted(node: Expression, wanted: Type) -> Expression | None:
    """The node as the unit its place asks for, or None if it is something else.

    A literal number or a parameter becomes bars, shares, a price; money written as a literal becomes a price;
    `undefined` becomes anything. Nothing that varies changes its unit.
    """
    unit = node.type.unit
    if unit is wanted.unit:
        return node if _agree(node.type.currency, wanted.currency) else None
    if is_undefined(node):
        return retyped(node, wanted.unit, wanted.currency)
    if not is_fixed(node) or wanted.unit not in NUMBERS:
        return None
    if unit is Unit.NUMBER:
        return retyped(node, wanted.unit, wanted.currency)
    if {unit, wanted.unit} == {Unit.MONEY, Unit.PRICE} and _agree(node.type.currency, wanted.currency):
        return retyped(node, wanted.unit, wanted.currency)
    return None


def agreed(left: Expression, right: Expression) -> tuple[Expression, Expression] | None:
    """Both sides as one unit, for comparing and choosing; None if they are of different kinds."""
    if left.type.unit is right.type.unit and _agree(left.type.currency, right.type.currency):
        return left, right
    taken = adopted(right, left.type)
    if taken is not None:
        return left, taken
    taken = adopted(left, right.type)
    return None if taken is None else (taken, right)


def sum_type(left: Expression, right: Expression) -> Type | None:
    """The unit of left ± right when no percentage is involved; None if the sum has no meaning."""
    a, b = left.type, right.type
    if is_undefined(left) or is_undefined(right):
        return b if is_undefined(left) else a
    if a.unit not in NUMBERS or b.unit not in NUMBERS:
        return None
    if a.unit is b.unit:
        return a if _agree(a.currency, b.currency) else None
    pair = {a.unit, b.unit}
    if pair == {Unit.NUMBER, Unit.RATIO} or pair == {Unit.NUMBER, Unit.BARS}:
        number = left if a.unit is Unit.NUMBER else right
        return (b if number is left else a) if is_fixed(number) else None
    if pair == {Unit.MONEY, Unit.PRICE}:
        money = left if a.unit is Unit.MONEY else right
        return (b if money is left else a) if is_fixed(money) and _agree(a.currency, b.currency) else None
    return None


def product_type(left: Expression, right: Expression) -> Type | None:
    a, b = left.type, right.type
    if is_undefined(left) or is_undefined(right):
        return b if is_undefined(left) else a
    if a.unit not in NUMBERS or b.unit not in NUMBERS:
        return None
    pair = {a.unit, b.unit}
    if pair == {Unit.PRICE, Unit.QUANTITY}:
        return Type(Unit.MONEY, a.currency or b.currency)
    for one, other, scale in ((a, b, left), (b, a, right)):
        if one.unit is Unit.NUMBER:
            is_percent_of_number = other.unit is Unit.RATIO and not is_fixed(scale)
            return Type(Unit.NUMBER) if is_percent_of_number else other
    for one, other in ((a, b), (b, a)):
        if one.unit is Unit.RATIO or (one.unit is Unit.BARS and other.unit is not Unit.BARS):
            return other
    return None


def quotient_type(left: Expression, right: Expression) -> Type | None:
    a, b = left.type, right.type
    if is_undefined(left) or is_undefined(right):
        return b if is_undefined(left) else a
    if a.unit not in NUMBERS or b.unit not in NUMBERS:
        return None
    if a.unit is b.unit:
        same = Unit.NUMBER if a.unit in (Unit.NUMBER, Unit.BARS) else Unit.RATIO
        return Type(same) if _agree(a.currency, b.currency) else None
    if b.unit in (Unit.NUMBER, Unit.RATIO, Unit.BARS):
        return a
    pair = (a.unit, b.unit)
    if pair == (Unit.MONEY, Unit.PRICE) and _agree(a.currency, b.currency):
        return Type(Unit.QUANTITY)
    if pair == (Unit.PRICE, Unit.MONEY) and is_fixed(right) and _agree(a.currency, b.currency):
        return Type(Unit.RATIO)
    if pair == (Unit.MONEY, Unit.QUANTITY):
        return Type(Unit.PRICE, a.currency)
    return None


def as_whole_loss(written: Expression, literal: Expression, other: Expression) -> Decimal | None:
    """A bare number of -1 or less where a ratio is compared: -100 % and more, seldom what was meant."""
    if other.type.unit is not Unit.RATIO or written.type.unit is not Unit.NUMBER:
        return None
    value = literal.value if isinstance(literal, Constant) else None
    return value if isinstance(value, Decimal) and value <= -1 else None


def differ_in_currency(left: Expression, right: Expression) -> bool:
    return not _agree(left.type.currency, right.type.currency)


def is_percentage(node: Expression) -> bool:
    """A percent literal, a parameter in percent, or what is calculated from those alone."""
    return node.type.unit is Unit.RATIO and is_fixed(node)


def is_parameter_or_literal(node: Expression) -> bool:
    return isinstance(node, Constant | Parameter)


def _agree(one: str | None, other: str | None) -> bool:
    """Currencies agree; an unknown one (a symbol of a data set) agrees with all."""
    return one is None or other is None or one == other
