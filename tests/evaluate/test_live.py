"""A live program decides what its backtest decided, survives a restart, and says why."""

from __future__ import annotations

from array import array
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy
import pytest

from jts.backtest.bars_file import read_bars
from jts.backtest.history import History
from jts.backtest.run import backtest
from jts.domain.market.bars import Bar, Bars
from jts.domain.values import BadInput, Nanos, Side
from jts.language.check import check
from jts.language.evaluate.live import LiveProgram, Place, Withdraw
from jts.language.plan import Plan, View
from tests.backtest.makers import (
    back,
    call,
    declared_state,
    fact,
    instrument,
    number,
    order,
    plan,
    protection,
    set_state,
    share_of,
    shares,
    state,
    walk,
)
from tests.evaluate.live_market import Market, at_scale
from tests.market_data_files import market_data_file

ROOT = Path(__file__).parents[2]
FEE = Decimal("1.5")
CASH = Decimal(1_000_000)
BARS_PLAYED = 900
DAY_NS = 86_400_000_000_000


def crossing() -> Plan:
    """Two averages, a stop, a state that counts."""
    fast, slow = call("sma", "close", 3), call("sma", "close", 9)
    return plan(
        set_state("seen", call("add", state("seen"), number(1)), call("crosses_above", fast, slow)),
        order(
            "buy",
            call("crosses_above", fast, slow),
            protections=[protection("stop", call("multiply", fact("entry"), number("0.95")))],
        ),
        order("sell", call("crosses_below", fast, slow)),
        states=[declared_state("seen", 0)],
    )


def live(made: Plan, history: History) -> LiveProgram:
    return LiveProgram(plan=made, instrument=history.instrument, parameters={}, cash=CASH, fee_bps=FEE)


def cut(bars: Bars, first: int, last: int) -> Bars:
    names = ("open_ns", "open_units", "high_units", "low_units", "close_units", "volume")
    columns = {name: getattr(bars, name)[first:last] for name in names}
    return Bars(instrument=bars.instrument, timeframe=bars.timeframe, price_scale=bars.price_scale, **columns)


def bar(history: History, at: int, price: int) -> Bar:
    opened = at * DAY_NS
    return Bar(
        instrument=history.instrument.id,
        timeframe=history.timeframe,
        open_ns=Nanos(opened),
        close_ns=Nanos(opened + DAY_NS),
        open_units=price,
        high_units=price,
        low_units=price,
        close_units=price,
        volume=Decimal(1),
    )


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("example", ["average_cross", "rsi_reversion", "volatility_breakout"])
@pytest.mark.parametrize("data", ["krx/035720_1d", "krx/069500_1d", "binance/BTCUSDT_1d"])
def test_every_example_on_real_bars_orders_live_what_it_ordered_in_the_backtest(
    example: str, data: str
) -> None:
    path = market_data_file(f"bars/{data}.parquet")
    checked = check((ROOT / "examples" / f"{example}.jts").read_text(encoding="utf-8"))
    assert checked.plan is not None
    found = read_bars(path)
    newest = cut(found.bars, max(0, len(found) - BARS_PLAYED), len(found))
    history = at_scale(History(instrument=found.instrument, bars=newest), newest.price_scale)
    cash = Decimal(10_000_000)
    result = backtest(checked.plan, history, cash=cash, fee_bps=FEE)
    program = LiveProgram(
        plan=checked.plan, instrument=history.instrument, parameters={}, cash=cash, fee_bps=FEE
    )
    market = Market(checked.plan, program, history, result.terms, FEE)

    market.play(0, len(history))

    assert result.fills > 10
    assert market.digest() == result.orders_digest()
    assert program.cash == result.terms.money(result.book.cash)


def test_a_live_program_that_reckons_finer_has_the_same_digest() -> None:
    made, history = crossing(), walk(8, 160)
    result = backtest(made, history, cash=CASH, fee_bps=FEE)
    coarse = history.bars
    finer = replace(
        coarse,
        price_scale=2,
        open_units=_scaled(coarse.open_units, 100),
        high_units=_scaled(coarse.high_units, 100),
        low_units=_scaled(coarse.low_units, 100),
        close_units=_scaled(coarse.close_units, 100),
    )
    fine = at_scale(History(instrument=history.instrument, bars=finer), 2)
    program = live(made, fine)
    market = Market(made, program, fine, backtest(made, fine, cash=CASH, fee_bps=FEE).terms, FEE)

    market.play(0, len(fine))

    assert market.terms.price_scale == result.terms.price_scale + 2
    assert market.digest() == result.orders_digest()


def _scaled(column: memoryview, by: int) -> memoryview:
    return memoryview(array("q", [units * by for units in column.tolist()]))


def test_history_warms_and_decides_nothing() -> None:
    history = at_scale(walk(4, 200), 0)
    warmed, whole = live(crossing(), history), live(crossing(), history)
    whole_market = Market(crossing(), whole, history, backtest(crossing(), history, cash=CASH).terms, FEE)

    warmed.warm(cut(history.bars, 0, 120))
    first = warmed.close_bar(whole_market._finished(120))

    assert warmed.position == 0
    assert warmed.cash == CASH
    assert len(first.decisions) == 2


def test_a_restart_in_the_middle_changes_nothing() -> None:
    made, history = crossing(), at_scale(walk(8, 160), 0)
    terms = backtest(made, history, cash=CASH, fee_bps=FEE).terms
    straight = Market(made, live(made, history), history, terms, FEE)
    straight.play(0, 160)

    market = Market(made, live(made, history), history, terms, FEE)
    for at in range(0, 160, 20):
        market.play(at, at + 20)
        saved = market.program.snapshot()
        reborn = live(made, history)
        reborn.warm(cut(history.bars, max(0, at + 20 - 90), at + 20))
        reborn.restore(saved)
        market.program = reborn

    assert len(straight.orders) > 8
    assert numpy.array_equal(market.rows(), straight.rows())
    assert market.program.cash == straight.program.cash


def test_a_snapshot_of_another_plan_is_refused() -> None:
    history = at_scale(walk(4, 50), 0)
    other = plan(order("buy", call("greater", "close", number(1))))
    made = crossing()
    saved = live(made, history).snapshot()

    with pytest.raises(BadInput, match="snapshot of the plan"):
        live(other, history).restore(saved)
    with pytest.raises(BadInput, match="other bytes"):
        live(other, history).restore(b"nonsense")
    with pytest.raises(BadInput, match=r"damaged|cut"):
        live(made, history).restore(saved[:-9])


def test_a_snapshot_whose_bar_is_not_in_the_history_is_refused() -> None:
    history = at_scale(walk(4, 60), 0)
    made = crossing()
    program = live(made, history)
    program.warm(cut(history.bars, 0, 40))
    saved = program.snapshot()
    young = live(made, history)
    young.warm(cut(history.bars, 0, 20))

    with pytest.raises(BadInput, match="in the history"):
        young.restore(saved)


def test_protection_is_told_at_the_close_of_the_bar_of_its_entry() -> None:
    history = at_scale(walk(1, 10, of=instrument()), 0)
    entry = order(
        "buy",
        call("less", fact("bars_since_entry"), number(0)),
        protections=[protection("stop", call("subtract", fact("entry"), number(10)))],
    )
    entry = order("buy", fact("flat"), size=shares(3), protections=entry.protections)
    program = live(plan(entry), history)

    (wish,) = program.close_bar(bar(history, 0, 100)).wishes
    assert isinstance(wish, Place)
    at_fill = program.fill(
        slot=wish.slot, side=Side.BUY, quantity=Decimal(3), price=Decimal(101), fee=Decimal(0), at_ns=DAY_NS
    )
    at_close = program.close_bar(bar(history, 1, 101))

    assert at_fill.wishes == ()
    (stop,) = [one for one in at_close.wishes if isinstance(one, Place)]
    assert stop.stop_price == 91
    assert stop.quantity == 3
    assert stop.reduce_only


def test_an_entry_of_the_open_waits_for_the_exit_of_that_open() -> None:
    history = at_scale(walk(1, 10, of=instrument()), 0)
    leave = order("exit", call("greater_equal", fact("bars_since_entry"), number(1)), view=View.OPEN)
    again = order("buy", view=View.OPEN, size=share_of("cash", 1))
    program = live(plan(leave, again), history)

    (first,) = program.open_bar(open_ns=0, open_units=100).wishes
    assert isinstance(first, Place)
    program.fill(
        slot=first.slot, side=Side.BUY, quantity=first.quantity, price=Decimal(100), fee=Decimal(0), at_ns=0
    )
    program.close_bar(bar(history, 0, 100))
    (exit_,) = program.open_bar(open_ns=DAY_NS, open_units=50).wishes
    assert isinstance(exit_, Place)
    after = program.fill(
        slot=exit_.slot,
        side=Side.SELL,
        quantity=exit_.quantity,
        price=Decimal(50),
        fee=Decimal(0),
        at_ns=DAY_NS,
    )

    assert exit_.side is Side.SELL
    (entry,) = after.wishes
    assert isinstance(entry, Place)
    assert entry.side is Side.BUY
    assert entry.quantity == 10_000  # what 500,000 of freed cash buys at 50


def test_a_fill_that_comes_after_the_withdrawal_still_counts() -> None:
    history = at_scale(walk(1, 10, of=instrument()), 0)
    resting = order(
        "buy",
        call("less", "close", number(150)),
        kind="limit",
        limit=number(90),
        size=shares(4),
        is_kept=True,
    )
    program = live(plan(resting), history)
    (wish,) = program.close_bar(bar(history, 0, 100)).wishes
    assert isinstance(wish, Place)

    (gone,) = program.close_bar(bar(history, 1, 200)).wishes
    program.fill(
        slot=wish.slot,
        side=Side.BUY,
        quantity=Decimal(4),
        price=Decimal(90),
        fee=Decimal(1),
        at_ns=2 * DAY_NS,
    )

    assert gone == Withdraw(slot=wish.slot, because="its rule no longer wishes it")
    assert program.position == 4
    assert program.cash == CASH - 361


def test_parts_of_a_fill_add_up() -> None:
    history = at_scale(walk(1, 10, of=instrument()), 0)
    program = live(plan(order("buy", fact("flat"), size=shares(5))), history)
    (wish,) = program.close_bar(bar(history, 0, 100)).wishes
    assert isinstance(wish, Place)

    for part in (2, 1):
        program.fill(
            slot=wish.slot,
            side=Side.BUY,
            quantity=Decimal(part),
            price=Decimal(100),
            fee=Decimal(0),
            at_ns=DAY_NS,
        )
    program.ended(wish.slot)

    assert program.position == 3
    assert program.cash == CASH - 300
    assert program.close_bar(bar(history, 1, 100)).wishes == ()


def test_an_unknown_slot_is_refused() -> None:
    history = at_scale(walk(1, 10, of=instrument()), 0)
    program = live(plan(order("buy", fact("flat"))), history)

    with pytest.raises(BadInput, match="a slot of this run"):
        program.fill(slot=7, side=Side.BUY, quantity=Decimal(1), price=Decimal(1), fee=Decimal(0), at_ns=0)


def test_long_runs_move_their_columns_on() -> None:
    made, history = crossing(), at_scale(walk(3, 9_000), 0)
    result = backtest(made, history, cash=CASH, fee_bps=FEE)
    program = live(made, history)
    program.warm(cut(history.bars, 0, 8_990))
    last = [program.close_bar(one) for one in _finished(made, history, result.terms, 8_990, 9_000)]

    values = last[-1].decisions[0].values
    close = history.column("close")
    expected = {"sma(close, 3)": close[-3:].sum() / 3, "sma(close, 9)": close[-9:].sum() / 9}
    assert {name: float(value.replace(",", "")) for name, value in values.items()} == pytest.approx(expected)


def _finished(made: Plan, history: History, terms: object, first: int, last: int) -> list[Bar]:
    market = Market(made, live(made, history), history, terms, FEE)  # type: ignore[arg-type]
    return [market._finished(at) for at in range(first, last)]


def test_a_decision_names_the_first_part_that_failed() -> None:
    history = at_scale(walk(1, 10, of=instrument()), 0)
    condition = call("and", call("greater", "close", number(90)), call("less", "close", back("close", 1)))
    program = live(plan(order("buy", condition, size=shares(1))), history)

    undefined = program.close_bar(bar(history, 0, 100)).decisions[0]
    false = program.close_bar(bar(history, 1, 100)).decisions[0]
    wished = program.close_bar(bar(history, 2, 95)).decisions[0]
    working = program.close_bar(bar(history, 3, 94)).decisions[0]

    assert (undefined.outcome, undefined.because) == ("undefined", "close[1] is undefined")
    assert (false.outcome, false.because) == ("false", "close 100 is not below close[1] 100")
    assert (wished.outcome, wished.because) == (
        "wish",
        "close 95 is above 90; close 95 is below close[1] 100",
    )
    assert (working.outcome, working.gate) == ("declined", "working")
