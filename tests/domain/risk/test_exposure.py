"""What an account has, and what of it is promised: the money is conserved and the promise exact."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jts.domain.risk.exposure import (
    CashCame,
    Ended,
    Exposure,
    Fact,
    Heard,
    Traded,
    after,
    day_loss,
    fact_key,
    new_day,
    reserve,
)
from jts.domain.risk.reservation import Reserved, worth
from jts.domain.values import KRW, AccountId, ClientOrderId, Currency, Money, Side
from tests.domain.risk.makers import PAPER, SAMSUNG, account, fill, reserved


def test_a_buy_reserves_its_worst_price_and_its_fee_each_rounded_up() -> None:
    value, cash = worth(Side.BUY, Decimal("1.5"), Decimal("70001"), Decimal("0.00015"), KRW)

    # 105,001.5 won, up to 105,002; a fee of 15.750225 won, up to 16.
    assert value == Decimal("105001.5")
    assert cash == Decimal(105_002 + 16)


def test_a_sell_reserves_pieces_and_no_cash() -> None:
    exposure = reserve(account(held="10"), reserved("a", Side.SELL, "4", fee_rate="0.001"))

    assert exposure.reserved_cash(KRW) == 0
    assert exposure.sellable(SAMSUNG) == 6


def test_a_partial_fill_frees_its_part_and_moves_what_was_paid() -> None:
    exposure = reserve(account("1000000"), reserved("a", Side.BUY, "10", at="70000", fee_rate="0.001"))

    partly = after(exposure, Traded(fill=fill("a", Side.BUY, "4", "69900", fee="279")))

    assert exposure.reserved_cash(KRW) == 700_700
    assert partly.cash[KRW] == 1_000_000 - 4 * 69_900 - 279
    assert partly.held(SAMSUNG) == 4
    assert partly.reserved_cash(KRW) == 420_420
    assert partly.reservations[ClientOrderId("a")].leaves == 6


def test_the_last_fill_frees_the_rest() -> None:
    exposure = reserve(account("1000000"), reserved("a", Side.BUY, "10"))

    filled = after(exposure, Traded(fill=fill("a", Side.BUY, "10", "70000")))

    assert filled.reservations == {}
    assert filled.free_cash(KRW) == 300_000


def test_a_fill_beyond_the_order_frees_it_once_and_books_all_of_it() -> None:
    exposure = reserve(account("1000000"), reserved("a", Side.BUY, "5"))

    filled = after(exposure, Traded(fill=fill("a", Side.BUY, "6", "70000")))

    assert filled.reservations == {}
    assert filled.held(SAMSUNG) == 6


def test_an_end_frees_the_rest_once() -> None:
    exposure = reserve(reserve(account(), reserved("a")), reserved("b"))
    end = Ended(account=PAPER, order=ClientOrderId("a"))

    once = after(exposure, end)
    twice = after(once, end)

    assert set(once.reservations) == {"b"}
    assert twice == once


def test_a_late_fill_moves_money_and_frees_nothing_of_others() -> None:
    exposure = reserve(reserve(account("1400000"), reserved("a")), reserved("b"))
    ended = after(exposure, Ended(account=PAPER, order=ClientOrderId("a")))

    late = after(ended, Traded(fill=fill("a", Side.BUY, "10", "70000")))

    assert late.cash[KRW] == 700_000
    assert late.reserved_cash(KRW) == 700_000
    assert late.free_cash(KRW) == 0


def test_a_sale_brings_its_proceeds_less_fee_and_tax() -> None:
    exposure = reserve(account("0", held="10"), reserved("a", Side.SELL, "10"))

    sold = after(exposure, Traded(fill=fill("a", Side.SELL, "10", "71000", fee="106", tax="1420")))

    assert sold.cash[KRW] == 710_000 - 106 - 1_420
    assert SAMSUNG not in sold.holdings


def test_a_fee_in_another_currency_leaves_that_currency() -> None:
    coin = Currency("BNB")
    paid_in_coin = replace(
        fill("a", Side.BUY, "1", "70000"), fee=Money(amount=Decimal("0.01"), currency=coin)
    )

    exposure = after(account("70000"), Traded(fill=paid_in_coin))

    assert exposure.cash == {KRW: 0, coin: Decimal("-0.01")}


def test_hearing_of_an_order_changes_its_mark_and_no_amount() -> None:
    exposure = reserve(account(), reserved("a"))

    heard = after(exposure, Heard(account=PAPER, order=ClientOrderId("a")))

    assert heard.reservations[ClientOrderId("a")].heard
    assert heard.reserved_cash(KRW) == exposure.reserved_cash(KRW)
    assert after(heard, Heard(account=PAPER, order=ClientOrderId("a"))) is heard
    assert after(heard, Heard(account=PAPER, order=ClientOrderId("nobody's"))) is heard


def test_the_same_order_is_reserved_once() -> None:
    exposure = reserve(account(), reserved("a"))

    with pytest.raises(AssertionError, match="reserved already"):
        reserve(exposure, reserved("a"))


def test_a_fact_of_another_account_is_refused() -> None:
    with pytest.raises(AssertionError, match="is not"):
        after(account(), Ended(account=AccountId("other"), order=ClientOrderId("a")))


def test_only_what_would_do_harm_twice_is_known_by_a_key() -> None:
    money = Money(amount=Decimal(1), currency=KRW)

    assert fact_key(Traded(fill=fill("a", Side.BUY, "1", "1", id="KRX/7"))) == "fill/KRX/7"
    assert fact_key(CashCame(account=PAPER, id="d-1", money=money)) == "cash/d-1"
    assert fact_key(Heard(account=PAPER, order=ClientOrderId("a"))) is None
    assert fact_key(Ended(account=PAPER, order=ClientOrderId("a"))) is None


def test_a_days_loss_is_measured_from_its_start_with_deposits_aside() -> None:
    marks = {SAMSUNG: Decimal("70000")}
    morning = new_day(account("300000", held="10"), "2026-11-24", marks)

    down = {SAMSUNG: Decimal("69000")}
    deposited = after(
        morning, CashCame(account=PAPER, id="d-1", money=Money(amount=Decimal(50_000), currency=KRW))
    )

    assert morning.day_start == {KRW: 1_000_000}
    assert day_loss(morning, KRW, down) == 10_000
    assert day_loss(deposited, KRW, down) == 10_000
    assert day_loss(deposited, KRW, marks) == 0


def test_a_day_begins_once_and_never_again() -> None:
    marks = {SAMSUNG: Decimal("70000")}
    today = new_day(account("0", held="10"), "2026-11-24", marks)

    again = new_day(today, "2026-11-24", {SAMSUNG: Decimal("1")})
    back = new_day(today, "2026-11-23", {SAMSUNG: Decimal("1")})

    assert again is today and back is today


def test_a_position_without_a_mark_is_worth_its_newest_fill() -> None:
    exposure = account("0", held="10", last_price=Decimal("68000"))

    assert exposure.gross_value(KRW, {}) == 680_000
    assert exposure.equity(KRW, {}) == 680_000


# ---- properties: I-08 and I-09 ----

_Step = tuple[str, int, int, int]
_steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "fill", "late", "end", "cash", "heard"]),
        st.integers(0, 7),
        st.integers(1, 9),
        st.integers(1, 200_000),
    ),
    max_size=60,
)


def _next(exposure: Exposure, step: _Step, n: int) -> tuple[Exposure, Fact | None]:
    kind, which, size, amount = step
    order = ClientOrderId(f"o{which}")
    side = Side.BUY if which % 2 else Side.SELL
    if kind == "reserve":
        if order in exposure.reservations:
            return exposure, None
        return reserve(exposure, reserved(order, side, str(size), at=str(amount), fee_rate="0.0005")), None
    facts: dict[str, Fact] = {
        "fill": Traded(fill=fill(order, side, str(size), str(amount), fee="7", tax="3", id=f"f{n}")),
        "late": Traded(fill=fill(f"gone{which}", side, str(size), str(amount), fee="7", id=f"f{n}")),
        "end": Ended(account=PAPER, order=order),
        "heard": Heard(account=PAPER, order=order),
        "cash": CashCame(
            account=PAPER, id=f"c{n}", money=Money(amount=Decimal(amount - 100_000), currency=KRW)
        ),
    }
    return after(exposure, facts[kind]), facts[kind]


@settings(max_examples=200, deadline=None)
@given(_steps)
def test_cash_and_pieces_are_conserved_and_the_reserve_is_that_of_what_is_open(steps: list[_Step]) -> None:
    exposure = Exposure(account=PAPER)
    cash, pieces, leaves = Decimal(0), Decimal(0), dict[str, Decimal]()

    for n, step in enumerate(steps):
        was_open = set(exposure.reservations)
        exposure, fact = _next(exposure, step, n)
        match fact:
            case Traded(fill=f):
                cash += -f.side.sign * f.quantity * f.price - f.fee.amount - f.tax.amount
                pieces += f.side.sign * f.quantity
                if f.order in leaves:
                    leaves[f.order] -= f.quantity
            case CashCame(money=money):
                cash += money.amount
            case Ended(order=order):
                leaves.pop(order, None)
            case _:
                for order in set(exposure.reservations) - was_open:
                    leaves[order] = exposure.reservations[order].leaves
        leaves = {order: left for order, left in leaves.items() if left > 0}

        assert exposure.cash.get(KRW, Decimal(0)) == cash
        assert exposure.held(SAMSUNG) == pieces
        assert {o: r.leaves for o, r in exposure.reservations.items()} == leaves
        for r in exposure.reservations.values():
            assert (r.value, r.cash) == worth(r.side, r.leaves, r.price, r.fee_rate, r.currency)
        assert exposure.reserved == sums_of(exposure)
        assert exposure.free_cash(KRW) == cash - sum(r.cash for r in exposure.reservations.values())


def sums_of(exposure: Exposure) -> Reserved:
    """The sums, added up anew from the reservations one by one."""
    sums: dict[str, dict[str, Decimal]] = {n: {} for n in ("cash", "value", "adding", "buying", "selling")}
    for r in exposure.reservations.values():
        parts: dict[str, tuple[str, Decimal]] = (
            {"selling": (r.instrument, r.leaves)}
            if r.side is Side.SELL
            else {
                "cash": (r.currency, r.cash),
                "value": (r.currency, r.value),
                "adding": (r.instrument, r.value),
                "buying": (r.instrument, r.leaves),
            }
        )
        for name, (key, amount) in parts.items():
            sums[name][key] = sums[name].get(key, Decimal(0)) + amount
    return Reserved(**sums)  # type: ignore[arg-type]  # keys are the plain texts of their names


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 10**15),
    st.integers(0, 18),
    st.integers(1, 10**15),
    st.integers(0, 18),
    st.sampled_from([KRW, Currency("USDT")]),
)
def test_a_reserve_is_never_below_the_price_and_its_fee(
    quantity: int, quantity_scale: int, price: int, price_scale: int, currency: Currency
) -> None:
    size, at = Decimal(quantity).scaleb(-quantity_scale), Decimal(price).scaleb(-price_scale)

    value, cash = worth(Side.BUY, size, at, Decimal("0.0005"), currency)

    # In fractions, where nothing can be rounded.
    exact = Fraction(size) * Fraction(at)
    assert Fraction(value) == exact
    assert Fraction(cash) >= exact * Fraction(10_005, 10_000)
