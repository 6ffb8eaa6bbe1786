"""What a print does to a resting order: the seven rules of `simulation.trades.matching`, one by one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jts.domain.orders.terms import OrderTerms, TimeInForce, Timing
from jts.domain.values import Side
from jts.simulation.trades.matching import is_supported, meet
from tests.simulation.makers import end, executions, fills, printed, resting, story, terms

BUY, SELL = Side.BUY, Side.SELL
DAY, IOC, FOK = TimeInForce.DAY, TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


# ---- 1 and 2: only later prints count; a market order takes the next one ----


def test_a_market_order_fills_at_the_next_print_and_never_at_the_one_before() -> None:
    told = story(
        terms(), printed("70000", seconds=59), printed("70100", seconds=60), printed("70200", seconds=60.5)
    )

    assert fills(told) == [("100", "70200")]
    assert end(told) == "filled"


# ---- 3: limits ----


@pytest.mark.parametrize(
    ("side", "price", "filled"),
    [
        (BUY, "70100", False), (BUY, "70000", True), (BUY, "69900", True),
        (SELL, "69900", False), (SELL, "70000", True), (SELL, "70100", True),
    ],
)  # fmt: skip
def test_a_limit_fills_at_or_through_its_price_and_not_beyond(side: Side, price: str, filled: bool) -> None:
    told = story(terms(side, limit="70000"), printed(price))

    assert (end(told) == "filled") is filled


def test_a_limit_that_arrives_through_the_market_gets_the_better_price_of_the_print() -> None:
    assert fills(story(terms(BUY, limit="70000"), printed("69500"))) == [("100", "69500")]
    assert fills(story(terms(SELL, limit="70000"), printed("70500"))) == [("100", "70500")]


def test_a_limit_that_already_rests_gets_its_own_price_and_no_better() -> None:
    told = story(terms(BUY, limit="70000"), printed("70100"), printed("69500", seconds=62))

    assert fills(told) == [("100", "70000")]


def test_a_resting_limit_that_the_opening_jumps_over_fills_at_the_opening() -> None:
    told = story(terms(BUY, limit="70000"), printed("70100"), printed("68000", days=3, opens=True))

    assert fills(told) == [("100", "68000")]


# ---- 4: stops ----


@pytest.mark.parametrize(
    ("side", "price", "filled"),
    [
        (BUY, "70900", False), (BUY, "71000", True), (BUY, "71100", True),
        (SELL, "71100", False), (SELL, "71000", True), (SELL, "70900", True),
    ],
)  # fmt: skip
def test_a_stop_waits_until_a_print_reaches_it(side: Side, price: str, filled: bool) -> None:
    told = story(terms(side, stop="71000"), printed(price))

    assert (end(told) == "filled") is filled


def test_a_stop_pays_the_gap() -> None:
    told = story(terms(SELL, stop="69000"), printed("70000"), printed("65000", days=3, opens=True))

    assert fills(told) == [("100", "65000")]


def test_a_triggered_stop_stays_triggered_while_its_rest_is_traded() -> None:
    told = story(
        terms(SELL, stop="69000"),
        printed("69000", quantity="60", seconds=61),
        printed("69500", quantity="60", seconds=62),
        participation="1",
    )

    assert fills(told) == [("60", "69000"), ("40", "69500")]


def test_a_stop_limit_becomes_a_limit_at_the_print_that_reaches_its_stop() -> None:
    order = terms(BUY, stop="71000", limit="71500")

    assert fills(story(order, printed("70000"), printed("71200", seconds=62))) == [("100", "71200")]
    gapped = story(order, printed("70000"), printed("72000", seconds=62), printed("71000", seconds=63))
    assert fills(gapped) == [("100", "71500")]
    assert end(story(order, printed("70000"), printed("72000", seconds=62))) == "resting"


# ---- 5: auctions ----


def test_an_at_open_order_waits_for_the_print_that_opens_a_session() -> None:
    told = story(
        terms(timing=Timing.AT_OPEN),
        printed("70000"),
        printed("70100", seconds=23_400, closes=True),
        printed("71000", days=3, opens=True),
    )

    assert fills(told) == [("100", "71000")]


def test_an_at_open_order_that_is_good_for_the_day_lives_until_the_next_opening() -> None:
    told = story(
        terms(timing=Timing.AT_OPEN, valid=DAY),
        printed("70100", seconds=23_400, closes=True),
        printed("71000", days=3, opens=True),
    )

    assert fills(told) == [("100", "71000")]


def test_a_limit_at_open_gets_the_opening_price_or_expires() -> None:
    order = terms(BUY, limit="70000", timing=Timing.AT_OPEN)

    assert fills(story(order, printed("69000", opens=True))) == [("100", "69000")]
    assert end(story(order, printed("70001", opens=True))) == "expired"


def test_an_at_close_order_waits_for_the_print_that_closes_the_session() -> None:
    told = story(
        terms(SELL, timing=Timing.AT_CLOSE), printed("70000"), printed("70300", seconds=23_400, closes=True)
    )

    assert fills(told) == [("100", "70300")]


def test_a_limit_at_close_that_the_close_does_not_reach_expires() -> None:
    told = story(
        terms(SELL, limit="70400", timing=Timing.AT_CLOSE),
        printed("70500"),
        printed("70300", seconds=23_400, closes=True),
    )

    assert (fills(told), end(told)) == ([], "expired")


def test_where_the_market_never_closes_at_open_is_the_next_print() -> None:
    assert fills(story(terms(timing=Timing.AT_OPEN), printed("70000", always_open=True))) == [
        ("100", "70000")
    ]
    assert end(story(terms(timing=Timing.AT_OPEN), printed("70000"))) == "resting"


@pytest.mark.parametrize("valid", [TimeInForce.GOOD_UNTIL_CANCELLED, DAY])
def test_where_the_market_never_closes_at_close_is_the_first_print_of_the_next_day(
    valid: TimeInForce,
) -> None:
    told = story(
        terms(timing=Timing.AT_CLOSE, valid=valid),
        printed("70000", always_open=True),
        printed("70100", seconds=70, always_open=True),
        printed("70200", days=1, always_open=True),
    )

    assert fills(told) == [("100", "70200")]


@pytest.mark.parametrize("timing", [Timing.AT_OPEN, Timing.AT_CLOSE])
def test_a_stop_cannot_be_kept_for_an_auction(timing: Timing) -> None:
    assert "auction" in is_supported(terms(stop="71000", timing=timing))
    assert is_supported(terms(stop="71000")) == ""
    assert is_supported(terms(limit="71000", timing=timing)) == ""


# ---- 6: good for the day ----


def test_a_day_order_may_fill_at_the_closing_print_and_ends_with_it() -> None:
    order = terms(BUY, limit="70000", valid=DAY)

    assert end(story(order, printed("70100"), printed("70000", seconds=23_400, closes=True))) == "filled"
    assert end(story(order, printed("70100"), printed("70001", seconds=23_400, closes=True))) == "expired"


def test_a_day_order_whose_closing_print_was_missed_does_not_trade_on_the_next_day() -> None:
    told = story(terms(BUY, limit="70000", valid=DAY), printed("70100"), printed("69000", days=3))

    assert (fills(told), end(told)) == ([], "expired")


def test_an_order_without_end_outlives_the_close() -> None:
    told = story(
        terms(BUY, limit="70000"),
        printed("70100", seconds=23_400, closes=True),
        printed("70000", days=3),
    )

    assert end(told) == "filled"


# ---- 7: immediate, all or nothing, and partial fills ----


def test_an_immediate_order_is_decided_by_the_first_print() -> None:
    assert end(story(terms(BUY, limit="70000", valid=IOC), printed("70100"))) == "cancelled"
    assert end(story(terms(BUY, limit="70000", valid=IOC), printed("70000"))) == "filled"


def test_an_immediate_order_takes_what_there_is_and_the_rest_is_cancelled() -> None:
    told = story(terms(valid=IOC), printed("70000", quantity="60"), participation="1")

    assert (fills(told), end(told)) == ([("60", "70000")], "cancelled")
    assert told[-1].order.leaves == 40


@pytest.mark.parametrize(("size", "ends"), [("99", "cancelled"), ("100", "filled"), ("101", "filled")])
def test_a_fill_or_kill_order_is_all_or_nothing(size: str, ends: str) -> None:
    told = story(terms(valid=FOK), printed("70000", quantity=size), participation="1")

    assert end(told) == ends
    assert fills(told) == ([("100", "70000")] if ends == "filled" else [])


def test_an_immediate_stop_waits_for_its_stop_and_is_decided_there() -> None:
    order = terms(BUY, stop="71000", limit="71500", valid=IOC)

    assert end(story(order, printed("70000"))) == "resting"
    assert end(story(order, printed("70000"), printed("72000", seconds=62))) == "cancelled"


def test_by_default_a_print_fills_the_whole_order_however_small_it_was() -> None:
    assert fills(story(terms(quantity="100"), printed("70000", quantity="1"))) == [("100", "70000")]


def test_a_share_of_each_print_goes_down_to_the_lot_and_a_tiny_print_gives_nothing() -> None:
    told = story(
        terms(quantity="10"),
        printed("70000", quantity="3", seconds=61),
        printed("70100", quantity="39", seconds=62),
        printed("70200", quantity="400", seconds=63),
        participation="0.1",
    )

    assert fills(told) == [("3", "70100"), ("7", "70200")]


# ---- for every order and every tape ----

orders = st.builds(
    terms,
    st.sampled_from(Side),
    st.integers(1, 50).map(str),
    limit=st.none() | st.integers(95, 105).map(str),
    stop=st.none() | st.integers(95, 105).map(str),
    valid=st.sampled_from(TimeInForce),
)
tapes = st.lists(
    st.tuples(st.integers(90, 110), st.integers(1, 40), st.booleans(), st.booleans()), min_size=1, max_size=20
)


@given(orders, tapes, st.sampled_from([None, "0.25", "1"]))
def test_no_order_trades_more_than_it_asked_or_worse_than_its_limit(
    order: OrderTerms, tape: list[tuple[int, int, bool, bool]], participation: str | None
) -> None:
    prints = [
        printed(str(price), quantity=str(size), seconds=61 + n, opens=opens, closes=closes)
        for n, (price, size, opens, closes) in enumerate(tape)
    ]

    told = story(order, *prints, participation=participation)

    done = executions(told)
    assert sum((x.quantity for x in done), Decimal(0)) + told[-1].order.leaves == order.quantity
    for each in done:
        assert each.quantity > 0
        if order.limit_price is not None:
            assert (order.limit_price - each.price) * order.side.sign >= 0


@given(orders, tapes)
def test_a_print_that_was_there_before_the_order_never_touches_it(
    order: OrderTerms, tape: list[tuple[int, int, bool, bool]]
) -> None:
    for n, (price, size, opens, closes) in enumerate(tape):
        before = printed(str(price), quantity=str(size), seconds=60 - n / 100, opens=opens, closes=closes)

        met = meet(resting(order), before)

        assert met.order == resting(order)
        assert met.execution is None
        assert met.ending is None
