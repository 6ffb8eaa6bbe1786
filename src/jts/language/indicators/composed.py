"""Indicators that are sentences about other indicators: they have no kernel of their own."""

from __future__ import annotations

from jts.language.indicators.definition import apply, column, constant, offset
from jts.language.plan import Apply, Back, Expression


def _back(like: Apply, of: Expression, n: Expression) -> Back:
    return Back(of=of, offset=offset(n), type=like.type, stage=like.stage, span=like.span)


def macd(call: Apply) -> Expression:
    x, fast, slow = call.arguments
    return apply(call, "subtract", apply(call, "ema", x, fast), apply(call, "ema", x, slow))


def macd_signal(call: Apply) -> Expression:
    x, fast, slow, signal = call.arguments
    return apply(call, "ema", apply(call, "macd", x, fast, slow), signal)


def bollinger_upper(call: Apply) -> Expression:
    x, n, width = call.arguments
    reach = apply(call, "multiply", width, apply(call, "std", x, n))
    return apply(call, "add", apply(call, "sma", x, n), reach)


def bollinger_lower(call: Apply) -> Expression:
    x, n, width = call.arguments
    reach = apply(call, "multiply", width, apply(call, "std", x, n))
    return apply(call, "subtract", apply(call, "sma", x, n), reach)


def change(call: Apply) -> Expression:
    x, n = call.arguments
    return apply(call, "subtract", x, _back(call, x, n))


def roc(call: Apply) -> Expression:
    x, n = call.arguments
    before = _back(call, x, n)
    return apply(call, "divide", apply(call, "subtract", x, before), before)


def stochastic_k(call: Apply) -> Expression:
    (n,) = call.arguments
    bottom = apply(call, "lowest", column(call, "low"), n)
    top = apply(call, "highest", column(call, "high"), n)
    place = apply(call, "subtract", column(call, "close"), bottom)
    part = apply(call, "divide", place, apply(call, "subtract", top, bottom))
    return apply(call, "multiply", constant(call, "100"), part)


def stochastic_d(call: Apply) -> Expression:
    n, smooth = call.arguments
    return apply(call, "sma", apply(call, "stochastic_k", n), smooth)
