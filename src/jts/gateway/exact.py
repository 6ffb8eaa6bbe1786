"""Numbers that are money or count: exactly as they were written, or refused with the reason."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

DIGITS_MAX = 30
EXPONENT_MAX = 18
_FORM = re.compile(r"^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,9})?$", re.ASCII)


def exact(value: Any) -> Decimal:
    """The number of a JSON string, integer or number, by its text; trailing zeros carry no meaning.

    Errors: ValueError for anything else: NaN, infinities, digits of other scripts, more than 30 digits, sizes
    beyond 10^18, blanks, signs and separators.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError('expected a number, best as text such as "71200" or "0.015"')
    text = str(value)
    if len(text) > 3 * DIGITS_MAX or not _FORM.match(text):
        raise ValueError(
            f"expected plain digits such as 71200 or 0.015, without blanks or separators; found {text[:60]!r}"
        )
    number = Decimal(text)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "the form admits finite numbers only"
    significant = len("".join(map(str, digits)).strip("0"))
    if significant > DIGITS_MAX:
        raise ValueError(f"expected at most {DIGITS_MAX} digits, found {significant}")
    if number == 0:
        return Decimal(0)  # -0 and 0.000 are nothing
    if number.adjusted() > EXPONENT_MAX or number.adjusted() < -EXPONENT_MAX:
        raise ValueError(
            f"expected a size between 10^-{EXPONENT_MAX} and 10^{EXPONENT_MAX}; found {text[:60]!r}"
        )
    return Decimal(plain(number))


def plain(number: Decimal) -> str:
    """The shortest plain text of a number: no exponent, no trailing zeros after the point."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _positive(value: Any) -> Decimal:
    number = exact(value)
    if number <= 0:
        raise ValueError(f"expected more than 0, found {plain(number)}")
    return number


_SCHEMA = {"type": "string", "pattern": r"^\d+(\.\d+)?$", "format": "decimal"}

PositiveIn = Annotated[Decimal, BeforeValidator(_positive), WithJsonSchema(_SCHEMA)]
"""A quantity or a price in a request: more than 0, exact."""
