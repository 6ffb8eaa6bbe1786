"""Controls of the wish and its market: may it be asked, does it make sense, will the venue take it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from jts.domain.market.prices import SessionState
from jts.domain.orders.source import Origin
from jts.domain.orders.terms import Timing
from jts.domain.risk.controls.account import account as account_control
from jts.domain.risk.controls.authority import authority
from jts.domain.risk.controls.deadline import deadline
from jts.domain.risk.controls.first_breach import CONTROLS, first_breach
from jts.domain.risk.controls.idempotency import idempotency
from jts.domain.risk.controls.instrument import instrument as instrument_control
from jts.domain.risk.controls.kill_switch import kill_switch
from jts.domain.risk.controls.lot import lot
from jts.domain.risk.controls.minimum_notional import minimum_notional
from jts.domain.risk.controls.minimum_quantity import minimum_quantity
from jts.domain.risk.controls.nonsense import nonsense
from jts.domain.risk.controls.price_collar import price_collar
from jts.domain.risk.controls.reference_price import reference_price
from jts.domain.risk.controls.restricted import restricted
from jts.domain.risk.controls.session import session
from jts.domain.risk.controls.tick import tick
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.limits import Limits
from jts.domain.values import NANOS_PER_SECOND, AccountId, Side
from tests.domain.risk.makers import (
    BITCOIN,
    NOW,
    PAPER,
    SAMSUNG,
    price,
    question,
    wish,
)


def test_an_ordinary_order_passes_every_control() -> None:
    asked = question(wish(Side.BUY, "10", limit="70000"))

    answers = {control.__name__: control(asked) for control in CONTROLS}

    assert answers == dict.fromkeys(answers)
    assert first_breach(asked) is None


def test_the_first_no_in_the_documented_order_is_the_answer() -> None:
    late_and_nonsense = question(wish(quantity="-1", deadline_ns=NOW - 1))

    found = first_breach(late_and_nonsense)

    assert found is not None and found.control == "deadline"


def test_every_control_says_its_own_name_and_every_message_its_three_parts() -> None:
    frozen = KillState(engaged=True, acts=(KillAct.FREEZE,), by="owner")
    far = wish(Side.SELL, "5", limit="80000", deadline_ns=NOW - 1, origin=Origin.KILL_SWITCH)
    asked = question(far, kill=frozen, answered_digest="other", reference=price(session=SessionState.HALTED))

    found = [breach for control in CONTROLS if (breach := control(asked)) is not None]

    assert [b.control for b in found] == [
        "idempotency", "deadline", "authority", "kill_switch", "session", "price_collar", "short_sale",
    ]  # fmt: skip
    assert all(b.message.startswith("expected ") and "; found " in b.message for b in found)
    assert all(b.message.count("; ") >= 2 for b in found)


def test_an_intent_may_be_asked_again_but_not_for_another_order() -> None:
    asked = question()

    again = replace(asked, answered_digest=asked.digest)
    other = replace(asked, answered_digest="another order")

    assert idempotency(asked) is None
    assert idempotency(again) is None
    assert idempotency(other) is not None


def test_the_deadline_itself_is_in_time_and_a_nanosecond_later_is_not() -> None:
    command = wish(deadline_ns=NOW)

    at = deadline(question(command, now_ns=NOW))
    before = deadline(question(command, now_ns=NOW - 1))
    late = deadline(question(command, now_ns=NOW + 1))

    assert at is None and before is None
    assert late is not None and late.value == "1 ms late"


@pytest.mark.parametrize("origin", [Origin.KILL_SWITCH, Origin.EXTERNAL])
def test_nobody_outside_orders_in_the_name_of_the_switch(origin: Origin) -> None:
    found = authority(question(wish(origin=origin)))

    assert found is not None and found.control == "authority"
    assert authority(question(wish(origin=Origin.STRATEGY))) is None


def test_a_freeze_refuses_its_scope_and_nothing_else() -> None:
    everywhere = KillState(engaged=True, acts=(KillAct.FREEZE,), by="owner", reason="news")
    here = replace(everywhere, account=PAPER)
    elsewhere = replace(everywhere, account=AccountId("other"))
    only_cancel = replace(everywhere, acts=(KillAct.CANCEL,))
    released = replace(everywhere, engaged=False)

    refused = [kill_switch(question(kill=kill)) is not None for kill in (everywhere, here)]
    passed = [kill_switch(question(kill=kill)) is None for kill in (elsewhere, only_cancel, released)]

    assert refused == [True, True]
    assert passed == [True, True, True]


def test_an_account_without_limits_may_not_trade() -> None:
    asked = question()

    found = account_control(replace(asked, limits=None))

    assert account_control(asked) is None
    assert found is not None and "'paper'" in found.message


@pytest.mark.parametrize(
    "number",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "0",
        "-0",
        "-1",
        "1000000000000001",
        "1E+400",
        "1E-19",
        "1E-400",
    ],
)
def test_nonsense_is_refused_as_quantity_and_as_price(number: str) -> None:
    as_quantity = nonsense(question(wish(quantity=number)))
    as_limit = nonsense(question(wish(limit=number)))
    as_stop = nonsense(question(wish(stop=number)))

    assert as_quantity is not None and as_quantity.value.startswith("quantity")
    assert as_limit is not None and as_limit.value.startswith("limit price")
    assert as_stop is not None and as_stop.value.startswith("stop price")


@pytest.mark.parametrize("number", ["1000000000000000", "0.000000000000000001", "1"])
def test_the_largest_and_the_finest_sensible_numbers_pass(number: str) -> None:
    assert nonsense(question(wish(quantity=number, limit=number))) is None


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "1E+999999", "-1E-999999"])
def test_nonsense_never_reaches_a_comparison(number: str) -> None:
    found = first_breach(question(wish(quantity=number, limit=number)))

    assert found is not None and found.control == "nonsense"


def test_only_known_instruments_trade() -> None:
    asked = question()

    found = instrument_control(replace(asked, instrument=None))

    assert instrument_control(asked) is None
    assert found is not None and found.value == SAMSUNG


def test_a_restricted_instrument_is_closed_in_both_directions() -> None:
    limits = Limits(restricted=frozenset({SAMSUNG}))

    buy = restricted(question(wish(Side.BUY), limits=limits))
    sell = restricted(question(wish(Side.SELL), limits=limits))
    other = restricted(question(wish(instrument=BITCOIN), limits=limits))

    assert buy is not None and sell is not None
    assert other is None


def test_a_price_lies_on_the_tick_of_its_own_band() -> None:
    # KRX since 2023: 100 won from 50,000 to 200,000 won.
    on = tick(question(wish(limit="70100")))
    off = tick(question(wish(limit="70150")))
    off_stop = tick(question(wish(stop="70001")))

    assert on is None
    assert off is not None and "use 70,100 or 70,200" in off.message and off.limit == "steps of 100 KRW"
    assert off_stop is not None and off_stop.value == "stop price 70,001 KRW"


def test_a_recording_keeps_the_ticks_of_its_day() -> None:
    # Until January 2023 KRX stocks between 10,000 and 50,000 won moved in steps of 50; since then, below
    # 20,000, of 10.
    years_ago = price(Decimal("15000"), age_ns=5 * 365 * 24 * 3600 * NANOS_PER_SECOND)

    then = tick(question(wish(limit="15010"), reference=years_ago))
    now = tick(question(wish(limit="15010"), reference=price(Decimal("15000"))))

    assert then is not None and then.limit == "steps of 50 KRW"
    assert now is None


def test_a_quantity_lies_on_the_lot() -> None:
    whole = lot(question(wish(quantity="3")))
    broken = lot(question(wish(quantity="2.5")))
    below_one = lot(question(wish(quantity="0.5")))

    assert whole is None
    assert broken is not None and "use 2 or 3" in broken.message
    assert below_one is not None and below_one.message.endswith("use 1")


@pytest.mark.parametrize(("quantity", "passes"), [("4", False), ("5", True), ("6", True)])
def test_the_smallest_quantity_is_the_venues(quantity: str, passes: bool) -> None:
    asked = question(wish(quantity=quantity))
    five = replace(asked.known_instrument, minimum_quantity=Decimal(5))

    found = minimum_quantity(replace(asked, instrument=five))

    assert (found is None) is passes


@pytest.mark.parametrize(("quantity", "passes"), [("0.00006", False), ("0.0000625", True), ("0.00007", True)])
def test_the_smallest_amount_is_the_venues(quantity: str, passes: bool) -> None:
    # Upbit takes 5,000 won and more: at 80,000,000 won that is 0.0000625.
    at_market = question(
        wish(quantity=quantity, instrument=BITCOIN),
        reference=price(Decimal("80000000"), instrument=BITCOIN),
    )

    found = minimum_notional(at_market)

    assert (found is None) is passes


@pytest.mark.parametrize(
    ("state", "timing", "passes"),
    [
        (SessionState.OPEN, Timing.NOW, True),
        (SessionState.OPEN, Timing.AT_CLOSE, True),
        (SessionState.OPEN, Timing.AT_OPEN, True),
        (SessionState.CLOSED, Timing.NOW, False),
        (SessionState.CLOSED, Timing.AT_CLOSE, False),
        (SessionState.CLOSED, Timing.AT_OPEN, True),
        (SessionState.HALTED, Timing.NOW, False),
        (SessionState.HALTED, Timing.AT_CLOSE, False),
        (SessionState.HALTED, Timing.AT_OPEN, True),
    ],
)
def test_only_an_order_for_the_open_waits_for_a_session(
    state: SessionState, timing: Timing, passes: bool
) -> None:
    found = session(question(wish(timing=timing), reference=price(session=state)))

    assert (found is None) is passes


def test_a_price_is_believed_until_it_is_stale() -> None:
    just = reference_price(question(reference=price(age_ns=10 * NANOS_PER_SECOND)))
    stale = reference_price(question(reference=price(age_ns=10 * NANOS_PER_SECOND + 1)))
    missing = reference_price(replace(question(), reference=None))

    assert just is None
    assert stale is not None and stale.limit == "at most 10 s old"
    assert missing is not None and missing.value == "none"


def test_overnight_an_order_for_the_open_is_measured_by_the_last_print() -> None:
    old = price(session=SessionState.CLOSED, age_ns=15 * 3600 * NANOS_PER_SECOND)

    at_open = reference_price(question(wish(timing=Timing.AT_OPEN), reference=old))
    now = reference_price(question(wish(), reference=old))

    assert at_open is None
    assert now is not None


@pytest.mark.parametrize(
    ("limit", "passes"), [("63000", True), ("62900", False), ("77000", True), ("77100", False)]
)
def test_a_limit_price_lies_within_the_collar_on_both_sides(limit: str, passes: bool) -> None:
    # 10 % around 70,000: 63,000 to 77,000.
    for side in Side:
        found = price_collar(question(wish(side, limit=limit)))
        assert (found is None) is passes


def test_a_stop_price_lies_within_the_collar_and_a_market_order_has_none() -> None:
    far = price_collar(question(wish(stop="80000")))
    market = price_collar(question(wish()))

    assert far is not None and far.value == "stop price 80,000, 14.29 % above"
    assert far.limit == "within 10 % of 70,000"
    assert market is None
