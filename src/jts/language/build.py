"""What each production of the grammar becomes: one function per name, from the kept children to a node."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jts.language import syntax as s
from jts.language.layout import Token
from jts.language.plan import Span

Children = list[Any]
"""Nodes, tokens, and lists of them, as the grammar keeps them."""

DIGITS_MAX = 30
MAGNITUDE_MAX = 18

_KOREAN_UNITS = {"천": 1_000, "백": 100, "십": 10, "만": 10_000, "억": 100_000_000}
_MONEY = re.compile(r"^([\d_,]+(?:\.\d+)?)\s*([천백십만억]*)\s*(\S+)$")


class Refused(Exception):
    """The text cannot mean anything: a code of a diagnostic, the place and its fields."""

    def __init__(self, code: str, span: Span, **fields: object) -> None:
        super().__init__(code)
        self.code, self.span, self.fields = code, span, fields


def decimal(text: str, span: Span) -> Decimal:
    """A number as written. Errors: Refused J509 if it is longer or larger than any amount of trade."""
    plain = text.replace("_", "").replace(",", "")
    if len(plain) <= 2 * DIGITS_MAX:
        value = Decimal(plain)
        if value == 0 or (
            abs(value.adjusted()) <= MAGNITUDE_MAX and len(value.as_tuple().digits) <= DIGITS_MAX
        ):
            return Decimal(0) if value == 0 else value
    raise Refused("J509", span, limit=f"1e{MAGNITUDE_MAX}")


def word(token: Token) -> s.Word:
    return s.Word(token.span, token.text, token.kind)


def _words(children: Children) -> Children:
    return [word(child) if isinstance(child, Token) else child for child in children]


def _span_of(children: Children) -> Span:
    first, last = children[0].span, children[-1].span
    return Span(first.line, first.column, last.end_line, last.end_column)


# ---- literals ----


def _number(c: Children, at: Span) -> s.NumberLiteral:
    return s.NumberLiteral(at, decimal(c[0].text, at))


def _percent(c: Children, at: Span) -> s.PercentLiteral:
    return s.PercentLiteral(at, decimal(c[0].text.rstrip("%p"), at) / 100, c[0].text.endswith("p"))


def _money(c: Children, at: Span) -> s.MoneyLiteral:
    found = _MONEY.match(c[0].text)
    assert found, f"the scanner only lets money through, was {c[0].text!r}"
    amount = decimal(found[1], at)
    for unit in found[2]:
        amount *= _KOREAN_UNITS[unit]
    return s.MoneyLiteral(at, amount, "KRW" if found[3] == "원" else found[3])


def _amount(c: Children, at: Span) -> s.Amount:
    return s.Amount(at, decimal(c[0].text, at), word(c[1]))


def _text(c: Children, at: Span) -> s.TextLiteral:
    return s.TextLiteral(at, c[0].text[1:-1])


# ---- expressions ----


def _minus(c: Children, at: Span) -> s.Negative:
    return s.Negative(at, c[-1])


def _binary(operator: str) -> Callable[[Children, Span], s.Binary]:
    return lambda c, at: s.Binary(at, operator, c[0], c[-1])


def _compare(c: Children, at: Span) -> s.Compare:
    marks = tuple(word(mark) for mark in c[1::2])
    directions = {mark.text[0] for mark in marks if mark.text != "=="}
    if len(marks) > 1 and (len(directions) > 1 or "!" in directions):
        raise Refused("J108", at, found=" then ".join(mark.text for mark in marks))
    return s.Compare(at, tuple(c[0::2]), marks)


def _call(c: Children, at: Span) -> s.Call:
    return s.Call(at, word(c[0]), tuple(c[1]) if len(c) > 1 else ())


def _comprehension(c: Children, at: Span) -> s.Comprehension:
    return s.Comprehension(at, c[0], word(c[1]), c[2], c[3] if len(c) > 3 else None)


def _pick(what: str) -> Callable[[Children, Span], s.Pick]:
    return lambda c, at: s.Pick(at, what, tuple(_words(c)))


def _on_timeframe(c: Children, at: Span) -> s.OnTimeframe:
    return s.OnTimeframe(at, c[0], c[-1].text, len(c) == 3)


def _member_of(c: Children, at: Span) -> s.SetMember:
    return s.SetMember(at, word(c[0]), c[1] if len(c) > 1 else None)


def _dotted(c: Children, at: Span) -> s.Dotted:
    return s.Dotted(at, ".".join(token.text for token in c))


# ---- orders ----


def _size(c: Children, at: Span) -> s.Sizing:
    return c[0] if isinstance(c[0], s.Sizing) else s.Sizing(at, c[0], False)


def _part(kind: str) -> Callable[[Children, Span], s.Part]:
    return lambda c, at: s.Part(at, kind, word(c[0]) if isinstance(c[0], Token) else c[0])


def _what(c: Children, at: Span) -> Children:
    return c


def _order(c: Children, at: Span) -> s.OrderStatement:
    is_kept = isinstance(c[0], Token) and c[0].kind == "KEEP"
    rest = c[1:] if is_kept else c
    verb, rest = rest[0], rest[1:]
    what = rest.pop(0) if rest and isinstance(rest[0], list) and rest[0] and rest[0][0] == "what" else None
    clauses: tuple[Any, ...] = ()
    if rest and isinstance(rest[-1], tuple):
        clauses = rest.pop()
    fraction = target = None
    for item in what[1:] if what else ():
        if isinstance(item, s.PercentLiteral) or (isinstance(item, s.Word) and item.kind == "HALF"):
            fraction = item
        else:
            target = item
    _once(rest)
    head = _span_of([c[0], *(what[1:] if what else ()), *(rest or [c[0] if not what else what[-1]])])
    if not rest and not what:
        head = _span_of([c[0], verb])
    return s.OrderStatement(at, verb.text, is_kept, fraction, target, tuple(rest), clauses, head)


def _once(parts: Children) -> None:
    seen: set[str] = set()
    for part in parts:
        if part.kind in seen:
            raise Refused("J107", part.span, found="at" if part.kind == "timed" else part.kind)
        seen.add(part.kind)


def _clause(kind: str) -> Callable[[Children, Span], s.Clause]:
    def make(c: Children, at: Span) -> s.Clause:
        if kind == "exit":
            c = c[1:]
            _once(c)
        return s.Clause(at, kind, tuple(_words(c)))

    return make


def _target(c: Children, at: Span) -> s.Protect:
    price, rest = c[0], c[1:]
    fraction = then_kind = then_price = None
    if rest and isinstance(rest[0], Token):
        fraction, rest = rest[1], rest[2:]
    if rest:
        then_kind, then_price = rest[0].text, rest[1]
    return s.Protect(at, "target", price, fraction, then_kind, then_price)


def _fraction(c: Children, at: Span) -> s.Node:
    token = c[0]
    return word(token) if token.kind == "HALF" else _percent(c, at)


# ---- statements ----


def _let(c: Children, at: Span) -> s.Let:
    return s.Let(at, word(c[0]), word(c[1]) if len(c) == 3 else None, c[-1])


def _set(c: Children, at: Span) -> s.SetStatement:
    return s.SetStatement(at, word(c[0]), c[1] if len(c) == 3 else None, c[-1])


def _if(c: Children, at: Span) -> s.If:
    branches: list[tuple[Any, tuple[Any, ...]]] = [(c[i], c[i + 1]) for i in range(0, len(c) - 1, 2)]
    if len(c) % 2:
        branches.append((None, c[-1]))
    return s.If(at, tuple(branches))


def _for(c: Children, at: Span) -> s.For:
    return s.For(at, word(c[0]), c[1], c[2])


def _other(name: str) -> Callable[[Children, Span], s.Other]:
    def make(c: Children, at: Span) -> s.Other:
        declares = name in ("indicator", "rules", "universe") and isinstance(c[0], Token)
        return s.Other(at, name, tuple(_words(c)), c[0].text if declares else "")

    return make


# ---- the program ----


def _heading(c: Children, at: Span) -> s.Heading:
    return s.Heading(at, c[0].text, c[1].text[1:-1], decimal(c[2].text, c[2].span))


def _traded(name: str) -> Callable[[Children, Span], s.Traded]:
    def make(c: Children, at: Span) -> s.Traded:
        what, is_each = c[0]
        return s.Traded(at, name, what, is_each, word(c[1]))

    return make


def _traded_one(c: Children, at: Span) -> tuple[Any, s.Word | None]:
    what = word(c[0]) if isinstance(c[0], Token) else c[0]
    return what, word(c[1]) if len(c) > 1 else None


def _setting(name: str) -> Callable[[Children, Span], s.Setting]:
    return lambda c, at: s.Setting(at, name, tuple(_words(c)))


def _cost(c: Children, at: Span) -> s.Cost:
    if isinstance(c[0], s.Dotted):
        return s.Cost(at, c[0].text, None)
    return s.Cost(at, c[0].text, c[1])


def _cash(c: Children, at: Span) -> s.Setting:
    return s.Setting(at, "cash", tuple(_money([token], token.span) for token in c))


def _param(c: Children, at: Span) -> s.Param:
    return s.Param(at, word(c[0]), c[1], c[2], c[3] if len(c) > 3 else None)


def _state(c: Children, at: Span) -> s.State:
    name, rest = word(c[0]), c[1:]
    family = rest.pop(0) if isinstance(rest[0], s.Other) else None
    kind = word(rest.pop(0)) if isinstance(rest[0], Token) else None
    return s.State(at, name, family, kind, rest[0], word(rest[1]) if len(rest) > 1 else None)


def _function(c: Children, at: Span) -> s.Function:
    name, rest = word(c[0]), c[1:]
    parameters = rest.pop(0) if isinstance(rest[0], list) else []
    result = word(rest.pop(0)) if isinstance(rest[0], Token) else None
    return s.Function(at, name, tuple(parameters), result, rest[0])


def _parameter(c: Children, at: Span) -> s.FunctionParameter:
    name, rest = word(c[0]), c[1:]
    kind = word(rest.pop(0)) if rest and isinstance(rest[0], Token) else None
    return s.FunctionParameter(at, name, kind, rest[0] if rest else None)


def _handler(name: str) -> Callable[[Children, Span], s.Handler]:
    def make(c: Children, at: Span) -> s.Handler:
        body, rest = c[-1], c[:-1]
        hours = when = None
        moment: list[Any] = []
        for item in rest:
            if isinstance(item, tuple):
                hours = item
            elif isinstance(item, list):
                moment += item
            elif isinstance(item, Token | s.Label):
                moment.append(word(item) if isinstance(item, Token) else item)
            else:
                when = item
        return s.Handler(at, name, tuple(moment), hours, when, body)

    return make


def _flat(c: Children, at: Span) -> Children:
    """Words and nodes of a part, in order."""
    return [piece for child in _words(c) for piece in (child if isinstance(child, list) else [child])]


OTHERS = [
    "hold",
    "weight",
    "weight_share",
    "capped",
    "invest",
    "band",
    "skip_under",
    "cancel",
    "flatten",
    "alert",
    "again",
    "together",
    "either",
    "block_entries",
    "blocked",
    "until",
    "follow",
    "show",
    "listing",
    "halt",
    "indicator",
    "rules",
    "universe",
    "use",
    "family",
]

BUILD: dict[str, Callable[[Children, Span], Any]] = {
    "number": _number,
    "percent": _percent,
    "points": _percent,
    "money": _money,
    "string": _text,
    "time": lambda c, at: s.TimeLiteral(at, c[0].text),
    "amount": _amount,
    "symbol": lambda c, at: s.Symbol(at, c[0].text),
    "name": lambda c, at: s.Name(at, c[0].text),
    "list": lambda c, at: s.ListOf(at, tuple(c)),
    "set_literal": lambda c, at: s.SetOf(at, tuple(c)),
    "member_of": _member_of,
    "dotted": _dotted,
    "call": _call,
    "arguments": lambda c, at: c,
    "since": lambda c, at: s.Since(at, c[0]),
    "across": lambda c, at: s.Across(at, c[0].text),
    "named": lambda c, at: s.NamedArgument(at, word(c[0]), c[1]),
    "comprehension": _comprehension,
    "range": lambda c, at: s.Range(at, c[0], c[1]),
    "date": lambda c, at: s.DateLiteral(at, c[0].text),
    "back": lambda c, at: s.Offset(at, c[0], c[1]),
    "field": lambda c, at: s.Field(at, c[0], c[1]),
    "part_name": lambda c, at: word(c[0]),
    "of": lambda c, at: s.Of(at, c[0], c[1]),
    "on_timeframe": _on_timeframe,
    "power": _binary("power"),
    "multiply": _binary("multiply"),
    "divide": _binary("divide"),
    "add": _binary("add"),
    "subtract": _binary("subtract"),
    "minus": _minus,
    "compare": _compare,
    "crosses": lambda c, at: s.Crosses(at, c[1].text, c[0], c[2]),
    "direction": lambda c, at: word(c[0]),
    "member": lambda c, at: s.Member(at, c[0], c[1]),
    "negate": lambda c, at: s.Not(at, c[0]),
    "all_of": lambda c, at: s.Junction(at, "and", tuple(c)),
    "any_of": lambda c, at: s.Junction(at, "or", tuple(c)),
    "choice": lambda c, at: s.Choice(at, c[0], c[1], c[2]),
    "pick_best": _pick("best"),
    "pick_those": _pick("those"),
    "best": lambda c, at: word(c[0]),
    "count": lambda c, at: word(c[0]),
    "order": _order,
    "verb": lambda c, at: word(c[0]),
    "what": lambda c, at: ["what", *c],
    "target": lambda c, at: word(c[0]),
    "fraction": _fraction,
    "stop_part": _part("stop"),
    "limit_part": _part("limit"),
    "timed_part": _part("timed"),
    "after_part": _part("after"),
    "size_part": _part("size"),
    "name_part": _part("as"),
    "when_part": _part("when"),
    "label": lambda c, at: s.Label(at, word(c[0]), c[1] if len(c) > 1 else None),
    "size": _size,
    "risking": lambda c, at: s.Sizing(at, c[0], True),
    "clauses": lambda c, at: tuple(c),
    "size_clause": _clause("size"),
    "good_for": _clause("good_for"),
    "good_until": _clause("good_until"),
    "because": _clause("because"),
    "exit_clause": _clause("exit"),
    "protect_stop": lambda c, at: s.Protect(at, "stop", c[0]),
    "protect_trail": lambda c, at: s.Protect(at, "trail", c[0]),
    "protect_target": _target,
    "after_target": lambda c, at: word(c[0]),
    "let": _let,
    "set": _set,
    "if_block": _if,
    "for_block": _for,
    "block": lambda c, at: tuple(c),
    "return_value": lambda c, at: s.Return(at, c[0]),
    "hold_part": lambda c, at: c[0],
    "heading": _heading,
    "kind_of_program": lambda c, at: word(c[0]),
    "trade": _traded("trade"),
    "watch": _traded("watch"),
    "traded": lambda c, at: (tuple(c), False),
    "traded_each": lambda c, at: (((c[0], None),), True),
    "traded_one": _traded_one,
    "cash": _cash,
    "costs": _setting("costs"),
    "cost": _cost,
    "prices": _setting("prices"),
    "semantics": _setting("semantics"),
    "default_size": _setting("size"),
    "limit": _setting("limit"),
    "limited": lambda c, at: word(c[0]),
    "prefer": _setting("prefer"),
    "accumulate": _setting("accumulate"),
    "allow_short": _setting("allow short"),
    "hours": _setting("hours"),
    "fx": _setting("fx"),
    "repaint_free": _setting("repaint-free"),
    "param": _param,
    "state": _state,
    "function": _function,
    "parameters": lambda c, at: c,
    "parameter": _parameter,
    "at": _handler("at"),
    "every": _handler("every"),
    "on_event": _handler("on"),
    "moment": _flat,
    "which": lambda c, at: word(c[0]),
    "between": lambda c, at: (word(c[0]), word(c[1])),
    "cadence": _flat,
    "or_next": _flat,
} | {name: _other(name) for name in OTHERS}
