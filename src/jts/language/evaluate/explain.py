"""Why a condition held or did not, in the program's own words and with its numbers.

Of a true `and` every part matters, of a false one the first false part; of `or` the reverse. What is
undefined is
named.
"""

from __future__ import annotations

from jts.language.compile.column_graph import is_indicator, parts
from jts.language.evaluate.values import Moment, Value, Values
from jts.language.plan import Apply, Back, Column, Constant, Expression, Fact, Parameter, StateValue

VALUES_MAX = 12
WHOLE_MAX = 1e15

_WORDS = {
    "less": ("is below", "is not below"),
    "less_equal": ("is at most", "is above"),
    "greater": ("is above", "is not above"),
    "greater_equal": ("is at least", "is below"),
    "equal": ("equals", "does not equal"),
    "not_equal": ("differs from", "equals"),
    "crosses_above": ("crossed above", "did not cross above"),
    "crosses_below": ("crossed below", "did not cross below"),
}


class Explainer:
    """Explains conditions of one program text over one set of values."""

    def __init__(self, text: str, values: Values) -> None:
        self._lines = text.split("\n")
        self._values = values

    def because(self, condition: Expression, at: Moment) -> str:
        """One sentence about the parts that decided."""
        found = self._values.truth(condition, at)
        leaves = self._deciding(condition, at, found)
        return "; ".join(self._sentence(leaf, at) for leaf in leaves)

    def operands(self, expressions: list[Expression], at: Moment) -> dict[str, str]:
        """The values that the expressions read, by their text, in the order of reading."""
        out: dict[str, str] = {}
        for expression in expressions:
            for one in _readings(expression):
                if len(out) < VALUES_MAX:
                    out.setdefault(self.text_of(one), shown(self._values.value(one, at)))
        return out

    def text_of(self, e: Expression) -> str:
        """The source of an expression, else its name."""
        span = e.span
        if span.line == span.end_line and 0 < span.line <= len(self._lines):
            text = self._lines[span.line - 1][span.column - 1 : span.end_column - 1].strip()
            if text:
                return text
        return _name(e)

    def _deciding(self, e: Expression, at: Moment, found: bool | None) -> list[Expression]:
        if not isinstance(e, Apply) or e.function not in ("and", "or", "not"):
            return [e]
        if e.function == "not":
            return self._deciding(e.arguments[0], at, None if found is None else not found)
        truths = [self._values.truth(one, at) for one in e.arguments]
        if found is None:
            wanted = [one for one, truth in zip(e.arguments, truths, strict=True) if truth is None]
        elif found is (e.function == "and"):
            wanted = list(e.arguments)
        else:
            wanted = [one for one, truth in zip(e.arguments, truths, strict=True) if truth is found][:1]
        return [leaf for one in wanted for leaf in self._deciding(one, at, self._values.truth(one, at))]

    def _sentence(self, e: Expression, at: Moment) -> str:
        found = self._values.truth(e, at)
        if found is None:
            missing = [self.text_of(one) for one in _readings(e) if self._values.value(one, at) is None]
            return f"{', '.join(missing) or self.text_of(e)} is undefined"
        if isinstance(e, Apply) and e.function in _WORDS:
            left, right = e.arguments
            word = _WORDS[e.function][0 if found else 1]
            return f"{self._with_value(left, at)} {word} {self._with_value(right, at)}"
        return f"{self.text_of(e)} is {'true' if found else 'false'}"

    def _with_value(self, e: Expression, at: Moment) -> str:
        text, value = self.text_of(e), shown(self._values.value(e, at))
        return value if isinstance(e, Constant) else f"{text} {value}"


def shown(value: Value) -> str:
    """A value for people: at most ten digits, grouped."""
    if value is None or value != value:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if abs(value) < WHOLE_MAX and value == int(value):
        return f"{int(value):,}"
    return f"{value:,.10g}"


def _readings(e: Expression) -> list[Expression]:
    """What an expression reads from outside itself: indicators, fields, offsets, facts, states,
    parameters.
    """
    match e:
        case Constant():
            return []
        case Column() | Fact() | StateValue() | Parameter() | Back():
            return [e]
        case Apply() if is_indicator(e):
            return [e]
        case _:
            return [one for part in parts(e) for one in _readings(part)]


def _name(e: Expression) -> str:
    match e:
        case Column(name=name) | Fact(name=name) | StateValue(name=name) | Parameter(name=name):
            return name
        case Apply(function=function, arguments=arguments):
            return f"{function}({', '.join(_name(one) for one in arguments)})"
        case Back(of=of, offset=offset):
            return f"{_name(of)}[{_name(offset)}]"
        case Constant(value=value):
            return str(value)
