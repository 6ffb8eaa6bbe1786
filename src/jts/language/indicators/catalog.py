"""Every indicator of the language, in one explicit list.

A new indicator is a kernel in its own file and one entry here: the checker, the compiler, the reference
and the
documentation read this list and nothing registers itself.
"""

from __future__ import annotations

from jts.language.indicators import composed
from jts.language.indicators.definition import (
    Indicator,
    ResultUnit,
    condition,
    length,
    number,
    series,
)
from jts.language.indicators.deviation import std
from jts.language.indicators.ema import AverageState, ema
from jts.language.indicators.extremes import ExtremeState, highest, lowest
from jts.language.indicators.memory import SinceState, barssince, count, valuewhen
from jts.language.indicators.moving_sum import (
    SumState,
    UnitSumState,
    moving_mean,
    moving_sum,
    price_mean,
    price_sum,
)
from jts.language.indicators.vwap import vwap
from jts.language.indicators.wilder import (
    RelativeStrengthState,
    TrueRangeState,
    atr,
    rsi,
    true_range,
    wilder,
)


def _window(lengths: tuple[int, ...]) -> int:
    return lengths[0]


def _at_once(lengths: tuple[int, ...]) -> int:
    return 1


CATALOG: tuple[Indicator, ...] = (
    Indicator(
        name="sma",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=moving_mean,
        state=SumState,
        price_kernel=price_mean,
        price_state=UnitSumState,
        docs="The mean of the last n values.",
    ),
    Indicator(
        name="sum",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=moving_sum,
        state=SumState,
        price_kernel=price_sum,
        price_state=UnitSumState,
        docs="The sum of the last n values.",
    ),
    Indicator(
        name="mean",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=moving_mean,
        state=SumState,
        price_kernel=price_mean,
        price_state=UnitSumState,
        docs="The mean of the last n values; another word for sma.",
    ),
    Indicator(
        name="ema",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=ema,
        state=AverageState,
        docs="Exponential average, k = 2 / (n + 1), seeded with the mean of the first n defined inputs.",
    ),
    Indicator(
        name="wilder",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=wilder,
        state=AverageState,
        docs="Wilder's average: seeded with the mean of the first n, then (previous * (n - 1) + x) / n.",
    ),
    Indicator(
        name="rsi",
        arguments=(series(), length(default=14)),
        result=ResultUnit.NUMBER,
        warm_up=lambda lengths: lengths[0] + 1,
        kernel=rsi,
        state=RelativeStrengthState,
        docs="Relative strength index, 0 to 100: Wilder averages of gains and losses; 50 if nothing moved.",
    ),
    Indicator(
        name="true_range",
        arguments=(),
        columns=("high", "low", "close"),
        result=ResultUnit.PRICE,
        warm_up=_at_once,
        kernel=true_range,
        state=TrueRangeState,
        docs="The largest of high - low and the distances of high and low from the close before.",
    ),
    Indicator(
        name="atr",
        arguments=(length(default=14),),
        columns=("high", "low", "close"),
        result=ResultUnit.PRICE,
        warm_up=_window,
        kernel=atr,
        state=TrueRangeState,
        docs="Average true range: Wilder's average of the true range.",
    ),
    Indicator(
        name="highest",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=highest,
        state=ExtremeState,
        docs="The highest of the last n values, the current one included.",
    ),
    Indicator(
        name="lowest",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=lowest,
        state=ExtremeState,
        docs="The lowest of the last n values, the current one included.",
    ),
    Indicator(
        name="std",
        arguments=(series(), length()),
        warm_up=_window,
        kernel=std,
        state=SumState,
        docs="The population standard deviation of the last n values.",
    ),
    Indicator(
        name="vwap",
        arguments=(length(),),
        columns=("high", "low", "close", "volume"),
        result=ResultUnit.PRICE,
        warm_up=_window,
        kernel=vwap,
        state=SumState,
        docs="Typical price weighted by volume over n bars.",
    ),
    Indicator(
        name="barssince",
        arguments=(condition(),),
        result=ResultUnit.BARS,
        warm_up=_at_once,
        kernel=barssince,
        state=SinceState,
        docs="Bars since the condition was last true; 0 on that bar.",
    ),
    Indicator(
        name="valuewhen",
        arguments=(series(), condition()),
        warm_up=_at_once,
        kernel=valuewhen,
        state=SinceState,
        docs="The value on the newest bar on which the condition was true.",
    ),
    Indicator(
        name="count",
        arguments=(condition(), length()),
        result=ResultUnit.NUMBER,
        warm_up=_window,
        kernel=count,
        state=SumState,
        docs="On how many of the last n bars the condition was true.",
    ),
    Indicator(
        name="macd",
        arguments=(series(), length("fast", 12), length("slow", 26)),
        warm_up=lambda lengths: max(lengths[0], lengths[1]),
        expand=composed.macd,
        docs="ema(x, fast) - ema(x, slow).",
    ),
    Indicator(
        name="macd_signal",
        arguments=(series(), length("fast", 12), length("slow", 26), length("signal", 9)),
        warm_up=lambda lengths: max(lengths[0], lengths[1]) + lengths[2] - 1,
        expand=composed.macd_signal,
        docs="The ema over `signal` bars of macd(x, fast, slow).",
    ),
    Indicator(
        name="bollinger_upper",
        arguments=(series(), length(default=20), number("width", "2")),
        warm_up=_window,
        expand=composed.bollinger_upper,
        docs="sma(x, n) + width * std(x, n).",
    ),
    Indicator(
        name="bollinger_lower",
        arguments=(series(), length(default=20), number("width", "2")),
        warm_up=_window,
        expand=composed.bollinger_lower,
        docs="sma(x, n) - width * std(x, n).",
    ),
    Indicator(
        name="change",
        arguments=(series(), length()),
        warm_up=lambda lengths: lengths[0] + 1,
        expand=composed.change,
        docs="x - x[n].",
    ),
    Indicator(
        name="roc",
        arguments=(series(), length()),
        result=ResultUnit.RATIO,
        warm_up=lambda lengths: lengths[0] + 1,
        expand=composed.roc,
        docs="(x - x[n]) / x[n], a ratio.",
    ),
    Indicator(
        name="stochastic_k",
        arguments=(length(default=14),),
        columns=("high", "low", "close"),
        result=ResultUnit.NUMBER,
        warm_up=_window,
        expand=composed.stochastic_k,
        docs="Where the close lies between the lowest low (0) and the highest high (100) of n bars.",
    ),
    Indicator(
        name="stochastic_d",
        arguments=(length(default=14), length("smooth", 3)),
        columns=("high", "low", "close"),
        result=ResultUnit.NUMBER,
        warm_up=lambda lengths: lengths[0] + lengths[1] - 1,
        expand=composed.stochastic_d,
        docs="The sma over `smooth` bars of stochastic_k(n).",
    ),
)

BY_NAME: dict[str, Indicator] = {indicator.name: indicator for indicator in CATALOG}
