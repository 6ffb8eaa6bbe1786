"""Each kernel against its definition, against TA-Lib where definitions agree, and against its compiled
self.
"""

from __future__ import annotations

import math
from itertools import pairwise
from types import FunctionType
from typing import Any

import numpy
import pytest
import talib
from numpy.typing import NDArray

from jts.language.compile import ir
from jts.language.compile.kernel import with_callees
from jts.language.compile.machine import Machine
from jts.language.compile.wasm import encode
from jts.language.indicators.catalog import BY_NAME, CATALOG
from jts.language.indicators.definition import ArgumentKind, Indicator

Floats = NDArray[numpy.float64]
BARS = 600
LENGTH = 14
KERNELS = [one for one in CATALOG if one.kernel is not None]
WAITS_FOR_ITS_CONDITION = ("barssince", "valuewhen")
"""Defined from the first time their condition is true, whenever that is."""

DEFINED_AFTER_WARM_UP = [one for one in KERNELS if one.name not in WAITS_FOR_ITS_CONDITION]


def _market(seed: int = 3) -> dict[str, Floats]:
    chance = numpy.random.default_rng(seed)
    close = 100 * numpy.exp(numpy.cumsum(chance.normal(0, 0.01, BARS)))
    high = close * (1 + numpy.abs(chance.normal(0, 0.005, BARS)))
    low = close * (1 - numpy.abs(chance.normal(0, 0.005, BARS)))
    volume = chance.integers(1, 1000, BARS).astype(numpy.float64)
    return {"open": close, "high": high, "low": low, "close": close, "volume": volume}


def _inputs(indicator: Indicator, market: dict[str, Floats]) -> list[Floats]:
    columns = [market[name] for name in indicator.columns]
    for argument in indicator.arguments:
        if argument.kind is ArgumentKind.SERIES:
            holed = market["close"].copy()
            holed[:5] = numpy.nan
            holed[300] = numpy.nan
            columns.append(holed)
        elif argument.kind is ArgumentKind.CONDITION:
            truth = numpy.where(market["close"] > numpy.roll(market["close"], 1), 1.0, 0.0)
            truth[:3] = numpy.nan
            columns.append(truth)
    return columns


def _lengths(indicator: Indicator) -> list[int]:
    return [LENGTH for one in indicator.arguments if one.kind is ArgumentKind.LENGTH]


def plain(indicator: Indicator, inputs: list[Floats], lengths: list[int], cuts: list[int]) -> Floats:
    """The kernel as Python, chunk by chunk."""
    assert indicator.kernel is not None and indicator.state is not None
    state, out = indicator.state(), [math.nan] * len(inputs[0])
    columns = [one.tolist() for one in inputs]
    for start, end in pairwise(cuts):
        indicator.kernel(state, *columns, *lengths, out, start, end)
    return numpy.array(out)


def compiled(indicator: Indicator, inputs: list[Floats], lengths: list[int], cuts: list[int]) -> Floats:
    """The kernel as WebAssembly, chunk by chunk."""
    kernel: Any = indicator.kernel
    assert isinstance(kernel, FunctionType)
    functions, _ = with_callees([kernel], frozenset({kernel.__name__}))
    machine = Machine(encode(ir.Module(functions=functions)))
    count = len(inputs[0])
    machine.reserve(4_096 + (len(inputs) + 1) * count * 8)
    places = [4_096 + at * count * 8 for at in range(len(inputs) + 1)]
    for place, column in zip(places, inputs, strict=False):
        machine.floats(place, count)[:] = column
    call = machine.caller(kernel.__name__, 4 + len(inputs) + len(lengths))
    for start, end in pairwise(cuts):
        call(0, *places[:-1], *lengths, places[-1], start, end)
    return machine.floats(places[-1], count).copy()


def same(a: Floats, b: Floats) -> bool:
    return bool(numpy.array_equal(a, b, equal_nan=True))


@pytest.mark.parametrize("indicator", KERNELS, ids=lambda one: one.name)
def test_a_kernel_gives_the_same_bits_compiled_and_plain(indicator: Indicator) -> None:
    inputs, lengths = _inputs(indicator, _market()), _lengths(indicator)

    python = plain(indicator, inputs, lengths, [0, BARS])
    wasm = compiled(indicator, inputs, lengths, [0, BARS])

    assert same(python, wasm)
    assert not math.isnan(python[-1])


@pytest.mark.parametrize("indicator", KERNELS, ids=lambda one: one.name)
def test_any_chunking_gives_the_same_bits(indicator: Indicator) -> None:
    inputs, lengths = _inputs(indicator, _market(9)), _lengths(indicator)

    whole = compiled(indicator, inputs, lengths, [0, BARS])
    parts = compiled(indicator, inputs, lengths, [0, 1, 2, 17, 250, 301, BARS])
    one_by_one = plain(indicator, inputs, lengths, list(range(BARS + 1)))

    assert same(whole, parts)
    assert same(whole, one_by_one)


@pytest.mark.parametrize("indicator", DEFINED_AFTER_WARM_UP, ids=lambda one: one.name)
def test_warm_up_says_how_many_inputs_the_first_value_needs(indicator: Indicator) -> None:
    market, lengths = _market(), _lengths(indicator)
    inputs = [market[name] for name in indicator.columns]
    inputs += [market["close"] for one in indicator.arguments if one.kind is ArgumentKind.SERIES]
    inputs += [numpy.ones(BARS) for one in indicator.arguments if one.kind is ArgumentKind.CONDITION]

    out = plain(indicator, inputs, lengths, [0, BARS])

    needed = indicator.warm_up(tuple(lengths))
    assert numpy.isnan(out[: needed - 1]).all()
    assert not math.isnan(out[needed - 1])


def _plain_of(name: str, *inputs: Floats, n: int = LENGTH) -> Floats:
    indicator = BY_NAME[name]
    return plain(indicator, list(inputs), [n] if _lengths(indicator) else [], [0, len(inputs[0])])


def test_averages_and_extremes_agree_with_talib() -> None:
    market = _market()
    close = market["close"]

    pairs = {
        "sma": talib.SMA(close, LENGTH),
        "ema": talib.EMA(close, LENGTH),
        "rsi": talib.RSI(close, LENGTH),
        "highest": talib.MAX(close, LENGTH),
        "lowest": talib.MIN(close, LENGTH),
        "std": talib.STDDEV(close, LENGTH),
    }

    for name, expected in pairs.items():
        found = _plain_of(name, close)
        assert (numpy.isnan(found) == numpy.isnan(expected)).all(), name
        assert numpy.nanmax(numpy.abs(found - expected)) < 1e-7, name


def test_true_range_agrees_with_talib_after_the_first_bar() -> None:
    market = _market()
    high, low, close = market["high"], market["low"], market["close"]

    found = _plain_of("true_range", high, low, close)

    assert found[0] == high[0] - low[0]
    assert numpy.allclose(found[1:], talib.TRANGE(high, low, close)[1:], rtol=1e-12)


def test_atr_is_the_wilder_average_of_the_true_range() -> None:
    market = _market()
    high, low, close = market["high"], market["low"], market["close"]
    ranges = _plain_of("true_range", high, low, close)

    expected = [math.nan] * BARS
    value = sum(ranges[:LENGTH]) / LENGTH
    expected[LENGTH - 1] = value
    for t in range(LENGTH, BARS):
        value = (value * (LENGTH - 1) + ranges[t]) / LENGTH
        expected[t] = value

    assert numpy.allclose(_plain_of("atr", high, low, close), expected, rtol=1e-12, equal_nan=True)


def test_rsi_is_50_when_nothing_moves_and_100_without_a_loss() -> None:
    flat = numpy.full(20, 7.0)
    rising = numpy.arange(20, dtype=numpy.float64)

    assert _plain_of("rsi", flat)[-1] == 50.0
    assert _plain_of("rsi", rising)[-1] == 100.0


def test_a_moving_sum_does_not_drift() -> None:
    chance = numpy.random.default_rng(1)
    values = chance.normal(0, 1, 20_000) * 10.0 ** chance.integers(-6, 7, 20_000)

    sums = _plain_of("sum", values, n=10)

    assert all(sums[t] == math.fsum(values[t - 9 : t + 1]) for t in range(9, 20_000))


def test_an_undefined_input_undefines_every_window_that_holds_it() -> None:
    values = numpy.arange(10, dtype=numpy.float64)
    values[4] = numpy.nan

    found = _plain_of("sma", values, n=3)

    assert numpy.isnan(found[[0, 1, 4, 5, 6]]).all()
    assert found[[2, 3, 7, 8, 9]].tolist() == [1.0, 2.0, 6.0, 7.0, 8.0]


def test_barssince_and_valuewhen_remember_the_newest_time() -> None:
    condition = numpy.array([math.nan, 0, 1, 0, 0, 1, 0])
    price = numpy.array([10.0, 11, 12, 13, 14, 15, 16])

    since = _plain_of("barssince", condition)
    value = plain(BY_NAME["valuewhen"], [price, condition], [], [0, 7])

    assert since[2:].tolist() == [0, 1, 2, 0, 1]
    assert value[2:].tolist() == [12, 12, 12, 15, 15]
    assert numpy.isnan(since[:2]).all() and numpy.isnan(value[:2]).all()
