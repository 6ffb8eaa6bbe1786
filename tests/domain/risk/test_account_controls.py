"""Controls of the account: what it can bear, and at what pace; and what is let out whatever happens."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from jts.domain.orders.source import Origin
from jts.domain.risk.controls.cash import cash
from jts.domain.risk.controls.daily_loss import daily_loss
from jts.domain.risk.controls.duplicate import duplicate
from jts.domain.risk.controls.first_breach import WHILE_FLATTENING, first_breach
from jts.domain.risk.controls.max_gross_exposure import max_gross_exposure
from jts.domain.risk.controls.max_open_orders import max_open_orders
from jts.domain.risk.controls.max_order_quantity import max_order_quantity
from jts.domain.risk.controls.max_order_value import max_order_value
from jts.domain.risk.controls.max_position import max_position
from jts.domain.risk.controls.orders_per_second import orders_per_second
from jts.domain.risk.controls.reduce_only import reduce_only
from jts.domain.risk.controls.short_sale import short_sale
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.limits import Limits
from jts.domain.values import KRW, NANOS_PER_SECOND, Side
from tests.domain.risk.makers import (
    BITCOIN,
    NOW,
    SAMSUNG,
    account,
    question,
    reserved,
    wish,
)


@pytest.mark.parametrize(("quantity", "passes"), [("99", True), ("100", True), ("101", False)])
def test_one_order_asks_for_so_many_pieces(quantity: str, passes: bool) -> None:
    limits = Limits(max_order_quantity=Decimal(100))

    found = max_order_quantity(question(wish(quantity=quantity), limits=limits))

    assert (found is None) is passes
    assert max_order_quantity(question(wish(quantity="101", reduce_only=True), limits=limits)) is None


@pytest.mark.parametrize(("quantity", "passes"), [("9", True), ("10", True), ("11", False)])
def test_one_order_is_worth_so_much(quantity: str, passes: bool) -> None:
    limits = Limits(max_order_value={KRW: Decimal(700_000)})

    found = max_order_value(question(wish(quantity=quantity, limit="70000"), limits=limits))

    assert (found is None) is passes
    if found is not None:
        assert (found.limit, found.value) == ("700,000 KRW", "770,000 KRW")


def test_a_market_buy_is_reckoned_with_the_market_reserve_on_top() -> None:
    # 10 shares at 70,000 and 1 %: 707,000 won.
    limits = Limits(max_order_value={KRW: Decimal(706_999)})

    found = max_order_value(question(wish(quantity="10"), limits=limits))

    assert found is not None and found.value == "707,000 KRW"


def test_a_stop_that_is_passed_already_is_reckoned_at_the_market() -> None:
    # A buy stop at 69,000 under a market of 70,000 fills at the market: 707,000 won with the reserve.
    limits = Limits(max_order_value={KRW: Decimal(1)})

    passed = max_order_value(question(wish(quantity="10", stop="69000"), limits=limits))
    ahead = max_order_value(question(wish(quantity="10", stop="71000"), limits=limits))

    assert passed is not None and passed.value == "707,000 KRW"
    assert ahead is not None and ahead.value == "717,100 KRW"


def test_a_currency_without_a_limit_is_not_unlimited() -> None:
    none = Limits(max_order_value={}, max_position_value={}, max_gross_exposure={}, daily_loss={})
    asked = question(limits=none)

    answers = [control(asked) for control in (max_order_value, max_position, max_gross_exposure, daily_loss)]

    assert all(found is not None and found.limit == "none is set" for found in answers)


@pytest.mark.parametrize(("quantity", "passes"), [("5", True), ("6", True), ("7", False)])
def test_an_exit_takes_no_more_than_is_left_by_other_exits(quantity: str, passes: bool) -> None:
    # 10 held, 4 promised to a working sell: 6 may go.
    exposure = account(held="10", reservations=(reserved("a", Side.SELL, "4"),))

    found = reduce_only(question(wish(Side.SELL, quantity, reduce_only=True), exposure=exposure))

    assert (found is None) is passes


def test_a_reducing_buy_needs_a_short_position() -> None:
    flat = reduce_only(question(wish(Side.BUY, "1", reduce_only=True)))
    short = account(held="-3", reservations=(reserved("a", Side.BUY, "1"),))

    found = {
        quantity: reduce_only(question(wish(Side.BUY, quantity, reduce_only=True), exposure=short))
        for quantity in ("2", "3")
    }

    assert flat is not None
    assert found["2"] is None and found["3"] is not None


@pytest.mark.parametrize(("quantity", "passes"), [("5", True), ("6", True), ("7", False)])
def test_what_is_not_held_is_not_sold(quantity: str, passes: bool) -> None:
    exposure = account(held="10", reservations=(reserved("a", Side.SELL, "4"), reserved("b", Side.BUY, "9")))

    found = short_sale(question(wish(Side.SELL, quantity), exposure=exposure))

    assert (found is None) is passes


@pytest.mark.parametrize(("money", "passes"), [("1050524", False), ("1050525", True), ("1050526", True)])
def test_a_buy_is_paid_from_cash_that_nobody_else_has_reserved(money: str, passes: bool) -> None:
    # 5 at 70,000 reserved: 350,000. 10 at 70,000: 700,000 and a fee of 0.075 %: 525 won.
    exposure = account(cash=money, reservations=(reserved("a", Side.BUY, "5"),))

    found = cash(question(wish(quantity="10", limit="70000"), exposure=exposure, fee_rate="0.00075"))

    assert (found is None) is passes


def test_the_fee_reserve_is_rounded_up() -> None:
    # 70,000 * 0.00075 = 52.5 won: 53 are kept.
    exposure = account(cash="70052")

    found = cash(question(wish(quantity="1", limit="70000"), exposure=exposure, fee_rate="0.00075"))

    assert found is not None and found.value == "70,053 KRW" and found.limit == "70,052 KRW"


@pytest.mark.parametrize(("quantity", "passes"), [("2", True), ("3", True), ("4", False)])
def test_a_position_counts_with_its_open_and_unknown_buys(quantity: str, passes: bool) -> None:
    # 5 held and 2 on an open buy, at 70,000: 490,000 of 700,000 are taken, 3 more fit.
    limits = Limits(max_position_value={KRW: Decimal(700_000)})
    exposure = account(held="5", reservations=(reserved("a", Side.BUY, "2"), reserved("b", Side.SELL, "5")))

    found = max_position(question(wish(quantity=quantity, limit="70000"), limits=limits, exposure=exposure))

    assert (found is None) is passes


def test_one_instrument_may_have_a_position_limit_of_its_own() -> None:
    limits = Limits(position_values={SAMSUNG: Decimal(70_000)})

    one = max_position(question(wish(quantity="1", limit="70000"), limits=limits))
    two = max_position(question(wish(quantity="2", limit="70000"), limits=limits))

    assert one is None
    assert two is not None and two.limit == "70,000 KRW"


@pytest.mark.parametrize(("quantity", "passes"), [("2", True), ("3", True), ("4", False)])
def test_all_positions_of_a_currency_count_together(quantity: str, passes: bool) -> None:
    # 5 Samsung held (350,000), bitcoin for 140,000 on order: 490,000 of 700,000.
    limits = Limits(max_gross_exposure={KRW: Decimal(700_000)})
    on_order = reserved("a", Side.BUY, "0.002", at="70000000", instrument=BITCOIN)
    exposure = account(held="5", reservations=(on_order,))

    found = max_gross_exposure(
        question(wish(quantity=quantity, limit="70000"), limits=limits, exposure=exposure)
    )

    assert (found is None) is passes


def test_selling_is_never_held_back_by_size_of_position_or_loss() -> None:
    tight = Limits(
        max_position_value={KRW: Decimal(1)},
        max_gross_exposure={KRW: Decimal(1)},
        daily_loss={KRW: Decimal(1)},
    )
    exposure = replace(account(cash="0", held="5"), day_start={KRW: Decimal(9_999_999)})

    found = first_breach(question(wish(Side.SELL, "5"), limits=tight, exposure=exposure))

    assert found is None


@pytest.mark.parametrize(("open_now", "passes"), [(1, True), (2, True), (3, False)])
def test_so_many_orders_are_out_at_once(open_now: int, passes: bool) -> None:
    limits = Limits(max_open_orders=3)
    exposure = account(reservations=tuple(reserved(f"o{n}", quantity="1") for n in range(open_now)))

    found = max_open_orders(question(wish(quantity="1"), limits=limits, exposure=exposure))

    assert (found is None) is passes


@pytest.mark.parametrize(("age_ns", "passes"), [(0, False), (999_999_999, False), (1_000_000_000, True)])
def test_the_same_wish_within_a_second_is_a_slip(age_ns: int, passes: bool) -> None:
    found = duplicate(question(same_order_ns=NOW - age_ns))

    assert (found is None) is passes


def test_a_window_of_nothing_turns_the_duplicate_control_off() -> None:
    assert duplicate(question(limits=Limits(duplicate_window_ns=0), same_order_ns=NOW)) is None


@pytest.mark.parametrize(("age_ns", "passes"), [(0, False), (999_999_999, False), (1_000_000_000, True)])
def test_the_pace_is_so_many_in_any_second(age_ns: int, passes: bool) -> None:
    found = orders_per_second(question(limits=Limits(orders_per_second=5), busy_ns=NOW - age_ns))

    assert (found is None) is passes
    if found is not None:
        assert (found.limit, found.value) == ("5 orders a second", "6 orders a second")


def test_a_clock_that_was_set_back_an_hour_stops_nobody() -> None:
    hour_ahead = NOW + 3600 * NANOS_PER_SECOND

    asked = question(same_order_ns=hour_ahead, busy_ns=hour_ahead)

    assert duplicate(asked) is None and orders_per_second(asked) is None


@pytest.mark.parametrize(("lost", "passes"), [(99_999, True), (100_000, False), (100_001, False)])
def test_a_days_loss_stops_what_adds(lost: int, passes: bool) -> None:
    limits = Limits(daily_loss={KRW: Decimal(100_000)})
    exposure = replace(account(), day_start={KRW: Decimal(10_000_000 + lost)})

    found = daily_loss(question(limits=limits, exposure=exposure))

    assert (found is None) is passes


def test_while_flattening_a_stale_price_and_a_freeze_do_not_hold_the_exit_back() -> None:
    frozen = KillState(engaged=True, acts=(KillAct.FREEZE, KillAct.FLATTEN), by="owner")
    tight = Limits(max_order_value={KRW: Decimal(1)}, max_order_quantity=Decimal(1))
    exit_all = wish(Side.SELL, "5", reduce_only=True, origin=Origin.KILL_SWITCH)
    asked = replace(question(exit_all, exposure=account(held="5"), kill=frozen, limits=tight), reference=None)

    assert first_breach(asked, WHILE_FLATTENING) is None
    assert first_breach(asked) is not None


def test_while_flattening_nothing_is_sold_that_is_not_there() -> None:
    six_of_five = wish(Side.SELL, "6", reduce_only=True, origin=Origin.KILL_SWITCH)

    found = first_breach(question(six_of_five, exposure=account(held="5")), WHILE_FLATTENING)

    assert found is not None and found.control == "reduce_only"


def test_limits_are_true_from_birth() -> None:
    for wrong in (
        {"max_order_value": {KRW: Decimal(0)}},
        {"daily_loss": {KRW: Decimal("NaN")}},
        {"max_order_quantity": Decimal(-1)},
        {"max_open_orders": 0},
        {"orders_per_second": 0},
        {"price_collar": Decimal(0)},
        {"price_collar": Decimal(1)},
        {"market_reserve": Decimal("-0.01")},
        {"duplicate_window_ns": -1},
        {"position_values": {SAMSUNG: Decimal(0)}},
    ):
        with pytest.raises(AssertionError):
            Limits(**wrong)
