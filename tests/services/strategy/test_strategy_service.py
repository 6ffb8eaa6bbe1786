"""What a program wishes becomes orders, once, with one exit at work at a time, also over a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from jts.contracts.strategy import NotStarted, RunState, StartStrategy, StopStrategy
from jts.domain.values import RunId
from jts.ports.names import begin
from tests.services.strategy.market import PAPER, StrategyHouse, states

PLAIN = """strategy "Above" version 1
trade BINANCE:BTCUSDT on 1m
cash 10,000 USDT
buy size 50% of equity when close > 100
exit when close < 90
"""
PROTECTED = """strategy "Protected" version 1
trade BINANCE:BTCUSDT on 1m
cash 10,000 USDT
buy size 50% of equity when close > 100
  stop at entry - 10%
  target at entry + 10%
exit when close < 95
"""


async def started(house: StrategyHouse, text: str, run: str = "above") -> None:
    answer = await house.strategies.start(
        StartStrategy(
            provenance=begin(house.names, house.clock.now_ns()),
            run=RunId(run),
            account=PAPER,
            text=text,
            by="test",
        )
    )
    assert not isinstance(answer, NotStarted), answer


async def test_a_wish_becomes_one_order_and_its_fill_the_run_s_position(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PLAIN)

        await house.bar("101")
        await house.prints("101")
        orders = await house.until(lambda orders: states(orders) == [("market", "filled")])

        (view,) = await house.strategies.runs()
        assert view.quantity == f"{orders[0].filled:f}"
        assert orders[0].source.rule.startswith("buy size 50% of equity")
        assert orders[0].id == "above.1.0"


async def test_a_bar_told_twice_decides_once(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PLAIN)

        await house.bar("101")
        house._bar -= 1
        await house.bar("101")
        await house.prints("101")

        await house.until(lambda orders: states(orders) == [("market", "filled")])


async def test_an_exit_waits_until_the_stop_beside_it_has_ended(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PROTECTED)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        await house.bar("101")
        await house.until(lambda orders: states(orders)[1:] == [("stop", "working")])

        await house.bar("94")
        orders = await house.until(lambda orders: len(orders) == 3)
        await house.prints("94")

        orders = await house.until(
            lambda orders: (
                states(orders) == [("market", "filled"), ("stop", "cancelled"), ("market", "filled")]
            )
        )
        assert orders[2].terms.quantity == orders[0].filled
        (view,) = await house.strategies.runs()
        assert float(view.quantity) == 0


async def test_a_target_is_sent_when_the_market_reaches_it_and_the_stop_has_ended(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PROTECTED)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        await house.bar("101")
        await house.until(lambda orders: states(orders)[1:] == [("stop", "working")])

        await house.prints("112")
        await house.until(lambda orders: len(orders) == 3)
        await house.prints("112")

        orders = await house.until(
            lambda orders: (
                states(orders) == [("market", "filled"), ("stop", "cancelled"), ("limit", "filled")]
            )
        )
        assert orders[2].average_price >= orders[2].terms.limit_price  # type: ignore[operator]


async def test_a_stop_that_fills_leaves_nothing_else_behind(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PROTECTED)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        await house.bar("101")
        await house.until(lambda orders: states(orders)[1:] == [("stop", "working")])

        await house.prints("90")
        await house.until(lambda orders: states(orders)[1:] == [("stop", "filled")])
        await house.prints("120")  # the target's price comes too late: nothing is held any more

        orders = await house.all_orders()
        assert states(orders) == [("market", "filled"), ("stop", "filled")]


async def test_a_restart_goes_on_with_position_stop_and_target(tmp_path: Path) -> None:
    house = StrategyHouse(tmp_path)
    async with house.open():
        await started(house, PROTECTED)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        await house.bar("101")
        await house.until(lambda orders: states(orders)[1:] == [("stop", "working")])
        (before,) = await house.strategies.runs()

    async with house.open():
        (after,) = await house.strategies.runs()
        assert (after.state, after.quantity, after.plan) == (RunState.RUNNING, before.quantity, before.plan)
        await house.prints("112")
        await house.until(lambda orders: len(orders) == 3)
        await house.prints("112")

        await house.until(
            lambda orders: (
                states(orders) == [("market", "filled"), ("stop", "cancelled"), ("limit", "filled")]
            )
        )


async def test_stopping_with_flatten_closes_the_position_and_the_run_is_new(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PROTECTED)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        await house.bar("101")
        await house.until(lambda orders: states(orders)[1:] == [("stop", "working")])

        await house.strategies.stop(
            StopStrategy(
                provenance=begin(house.names, house.clock.now_ns()),
                run=RunId("above"),
                by="test",
                flatten=True,
            )
        )
        await house.until(lambda orders: len(orders) == 3)
        await house.prints("101")
        orders = await house.until(
            lambda orders: states(orders)[1:] == [("stop", "cancelled"), ("market", "filled")]
        )

        assert orders[2].terms.reduce_only
        (view,) = await house.strategies.runs()
        assert (view.state, float(view.quantity)) == (RunState.STOPPED, 0)
        await started(house, PLAIN)  # another program may take the name now


async def test_a_stopped_run_keeps_its_position_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PLAIN)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        stop = StopStrategy(
            provenance=begin(house.names, house.clock.now_ns()), run=RunId("above"), by="test"
        )

        stopped = await house.strategies.stop(stop)
        await house.bar("80")
        assert stopped is not None and float(stopped.quantity) > 0
        assert len(await house.all_orders()) == 1, "a stopped run decides nothing"
        await started(house, PLAIN)
        await house.bar("80")
        await house.prints("80")

        await house.until(lambda orders: states(orders) == [("market", "filled"), ("market", "filled")])


async def test_another_program_may_not_take_over_a_position(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PLAIN)
        await house.bar("101")
        await house.prints("101")
        await house.until(lambda orders: states(orders) == [("market", "filled")])
        provenance = begin(house.names, house.clock.now_ns())
        await house.strategies.stop(StopStrategy(provenance=provenance, run=RunId("above"), by="test"))

        answer = await house.strategies.start(
            StartStrategy(provenance=provenance, run=RunId("above"), account=PAPER, text=PROTECTED)
        )

        assert isinstance(answer, NotStarted)
        assert "still holds" in answer.reason and "flatten" in answer.reason


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PLAIN.replace("close > 100", "clsoe > 100"), "errors"),
        (PLAIN.replace("BINANCE:BTCUSDT", "BINANCE:ETHUSDT"), "no market data source offers BINANCE:ETHUSDT"),
    ],
)
async def test_a_program_that_cannot_run_is_not_started(tmp_path: Path, text: str, says: str) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        answer = await house.strategies.start(
            StartStrategy(
                provenance=begin(house.names, house.clock.now_ns()), run=RunId("x"), account=PAPER, text=text
            )
        )

        assert isinstance(answer, NotStarted)
        assert says in answer.reason
        assert await house.strategies.runs() == ()


async def test_a_refusal_is_a_decision_with_its_control_and_numbers(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PLAIN.replace("cash 10,000 USDT", "cash 10,000,000 USDT"))

        await house.bar("101")

        (decision,) = await house.strategies.decisions(RunId("above"))
        assert decision.outcome == "refused"
        assert "max_order_value" in decision.because
        assert decision.values["limit"] == "100,000 USDT"


async def test_a_program_that_breaks_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    async with StrategyHouse(tmp_path).open() as house:
        await started(house, PLAIN, run="good")
        await started(house, PLAIN, run="broken")

        def breaks(bar: object) -> None:
            raise RuntimeError("out of fuel")

        house.strategies._runs[RunId("broken")].program.close_bar = breaks  # type: ignore[method-assign,assignment]
        await house.bar("101")
        await house.prints("101")
        orders = await house.until(lambda orders: states(orders) == [("market", "filled")])

        states_of = {view.run: (view.state, view.message) for view in await house.strategies.runs()}
        assert orders[0].source.run == "good"
        assert states_of[RunId("good")][0] is RunState.RUNNING
        assert states_of[RunId("broken")] == (RunState.FAILED, "the program broke: out of fuel")
