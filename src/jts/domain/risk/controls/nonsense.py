"""Control `nonsense`: numbers that no order can mean."""

from __future__ import annotations

from decimal import Decimal

from jts.domain.risk.breach import Breach, breach, plain
from jts.domain.risk.question import Question

LARGEST = Decimal(10) ** 15
DECIMALS_MAX = 18


def nonsense(question: Question) -> Breach | None:
    """Quantity and prices are finite, above zero, not absurdly large, and not absurdly fine. Asked before any
    comparison."""
    terms = question.terms
    numbers = (
        ("quantity", terms.quantity),
        ("limit price", terms.limit_price),
        ("stop price", terms.stop_price),
    )
    for name, number in numbers:
        trouble = None if number is None else _trouble(number)
        if number is None or trouble is None:
            continue
        return breach(
            "nonsense",
            limit=f"finite, above 0, at most {plain(LARGEST)}, at most {DECIMALS_MAX} decimals",
            value=f"{name} {trouble}",
            expected=f"a {name} above 0 and at most {plain(LARGEST)}, with at most {DECIMALS_MAX} decimals",
            found=trouble,
            next_step="correct the number; nothing was sent",
        )
    return None


def _trouble(number: Decimal) -> str | None:
    """The number in words if it is nonsense, None if it may be an order's."""
    if not number.is_finite():
        return "that is not a number" if number.is_nan() else "that is infinite"
    if number <= 0:
        return "of zero" if number == 0 else "below zero"
    if number > LARGEST:
        return f"above {plain(LARGEST)}"
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    return None if exponent >= -DECIMALS_MAX else f"with {-exponent} decimals"
