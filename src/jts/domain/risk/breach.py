"""A limit that would be broken: which control said no, its limit, and the value that broke it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jts.domain.values import Currency

PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One no. `limit` and `value` are texts with their unit; `message` says what was expected, what was
    found and the next step."""

    control: str
    limit: str
    value: str
    message: str


def breach(control: str, *, limit: str, value: str, expected: str, found: str, next_step: str) -> Breach:
    """The breach, its message put together in the one order people learn to read."""
    return Breach(
        control=control, limit=limit, value=value, message=f"expected {expected}; found {found}; {next_step}"
    )


def amount(value: Decimal, currency: Currency) -> str:
    """`12,400,000 KRW`: grouped, never in powers of ten."""
    return f"{plain(value)} {currency}"


def plain(value: Decimal) -> str:
    """`12,400,000.5`: grouped, without trailing zeros or powers of ten."""
    if not value.is_finite():
        return str(value)
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: Decimal) -> str:
    """`10 %` for a share of 0.1; cut after two decimals, shown without trailing zeros."""
    return f"{plain((share * PERCENT).quantize(Decimal('0.01')))} %"
