"""The compiled program, the plain reference and the live program mean the same, to the last bit."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy
import pytest

from jts.backtest.history import History
from jts.backtest.reference_run import reference_backtest
from jts.backtest.run import backtest
from jts.language.compile.records import layout
from jts.language.evaluate.live import LiveProgram
from jts.language.kernels.records import Book
from tests.backtest.makers import instrument, walk
from tests.backtest.random_plans import FEES, random_plan
from tests.evaluate.live_market import Market, at_scale

CASH = Decimal(100_000)
BOOKKEEPING = {"log_at", "columns_to"}
QUICK_SEEDS = range(40)
SLOW_SEEDS = range(40, 240)


def _history(seed: int) -> History:
    tick, lot, currency, decimals = (("1", "1", "KRW", 0), ("0.5", "0.001", "USDT", 2), ("5", "1", "KRW", 0))[
        seed % 3
    ]
    return walk(seed, 120, of=instrument(tick=tick, lot=lot, currency=currency), decimals=decimals)


def _fields(book: Book) -> dict[str, object]:
    values = {name: getattr(book, name) for name in layout(Book).fields if name not in BOOKKEEPING}
    return {name: "nan" if isinstance(v, float) and math.isnan(v) else v for name, v in values.items()}


def _agree(seed: int) -> int:
    plan, history, fee = random_plan(seed), _history(seed), FEES[seed % 3]

    compiled = backtest(plan, history, cash=CASH, fee_bps=fee)
    reference = reference_backtest(plan, history, cash=CASH, fee_bps=fee)

    assert numpy.array_equal(compiled.events, reference.events), f"the logs of seed {seed} differ"
    assert numpy.array_equal(compiled.equity_units, reference.equity_units), f"seed {seed}"
    assert _fields(compiled.book) == _fields(reference.book), f"seed {seed}"
    return compiled.fills


def test_the_compiled_program_equals_the_reference_on_random_programs() -> None:
    fills = sum(_agree(seed) for seed in QUICK_SEEDS)

    assert fills > 500, "programs that never trade prove nothing"


@pytest.mark.slow
def test_the_compiled_program_equals_the_reference_on_many_random_programs() -> None:
    fills = sum(_agree(seed) for seed in SLOW_SEEDS)

    assert fills > 5_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_a_live_program_orders_what_its_backtest_orders(seed: int) -> None:
    plan, fee = random_plan(seed), FEES[seed % 3]
    history = _history(seed)
    live_history = at_scale(history, history.bars.price_scale)
    compiled = backtest(plan, history, cash=CASH, fee_bps=fee)
    program = LiveProgram(
        plan=plan, instrument=live_history.instrument, parameters={}, cash=CASH, fee_bps=fee
    )
    market = Market(plan, program, live_history, compiled.terms, fee)

    market.play(0, len(live_history))

    assert market.digest() == compiled.orders_digest()
    assert program.cash == compiled.terms.money(compiled.book.cash)
    assert program.position == compiled.open_quantity


def test_the_same_run_twice_gives_the_same_bits() -> None:
    plan, history = random_plan(7), _history(7)

    first = backtest(plan, history, cash=CASH, fee_bps=Decimal(3))
    second = backtest(plan, history, cash=CASH, fee_bps=Decimal(3))

    assert first.orders_digest() == second.orders_digest()
    assert first.equity_units.tobytes() == second.equity_units.tobytes()
    assert first.program.name == second.program.name


def test_a_run_on_the_first_bars_decides_what_the_long_run_decided_there() -> None:
    plan, whole = random_plan(8), _history(8)
    cut_at = 80
    bars = whole.bars
    start = type(bars)(
        instrument=bars.instrument,
        timeframe=bars.timeframe,
        price_scale=bars.price_scale,
        **{
            name: getattr(bars, name)[:cut_at]
            for name in ("open_ns", "open_units", "high_units", "low_units", "close_units", "volume")
        },
    )

    long = backtest(plan, whole, cash=CASH)
    short = backtest(plan, History(instrument=whole.instrument, bars=start), cash=CASH)

    known = long.events[long.events[:, 2] < cut_at]
    assert len(known) > 0
    assert numpy.array_equal(short.events, known)
    assert numpy.array_equal(short.equity_units, long.equity_units[:cut_at])
