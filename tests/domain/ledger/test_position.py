"""Positions: average cost, profit, and books that balance to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jts.domain.instruments.markets import describe
from jts.domain.ledger.fill import Fill
from jts.domain.ledger.position import Position, apply_fill
from jts.domain.ledger.postings import Balance, Book, Posting, deposit, imbalance
from jts.domain.values import KRW, AccountId, Currency, InstrumentId, Money, Nanos, Quantity, Side
from tests.domain.ledger.makers import BITCOIN, PAPER, SAMSUNG, fill, nothing, won

BUY, SELL = Side.BUY, Side.SELL


def held(*fills: Fill, of: InstrumentId = SAMSUNG, currency: Currency = KRW) -> Position:
    position = nothing(of, currency)
    for each in fills:
        position, _ = apply_fill(position, each)
    return position


def test_two_purchases_average_their_cost() -> None:
    position = held(fill(BUY, 10, at=70_000), fill(BUY, 30, at=72_000))

    assert position.quantity == 40
    assert position.cost == 2_860_000
    assert position.average_cost == 71_500
    assert position.realised == 0


def test_a_sale_earns_the_difference_less_every_fee_and_tax_of_both_sides() -> None:
    position = held(
        fill(BUY, 10, at=70_000, fee=98),
        fill(SELL, 4, at=75_000, fee=42, tax=600),
    )

    assert position.quantity == 6
    assert position.average_cost == 70_000
    assert position.earned == 20_000
    assert position.realised == 20_000 - 98 - 42 - 600


def test_selling_all_leaves_no_cost_behind() -> None:
    position = held(
        fill(BUY, 3, at=1_001),
        fill(BUY, 4, at=1_000),
        fill(SELL, 2, at=1_100),
        fill(SELL, 5, at=1_100),
    )

    assert (position.quantity, position.cost) == (Decimal(0), Decimal(0))
    assert position.earned == 7_700 - 7_003
    assert position.opened_ns is None


def test_a_cost_that_does_not_divide_is_cut_and_the_rest_stays_with_what_is_held() -> None:
    position = held(fill(BUY, 3, at=3_335), fill(BUY, 3, at=3_330), fill(SELL, 2, at=4_000))

    # 19,995 for six; a third is 6,665 exactly. Then one of four: 13,330 / 4 = 3,332.5, cut to 3,332.
    assert position.cost == 13_330
    after, _ = apply_fill(position, fill(SELL, 1, at=4_000))
    assert after.cost == 13_330 - 3_332
    assert after.earned == (8_000 - 6_665) + (4_000 - 3_332)


def test_a_short_earns_when_the_price_falls() -> None:
    position = held(fill(SELL, 10, at=70_000), fill(BUY, 4, at=65_000))

    assert position.quantity == -6
    assert position.average_cost == 70_000
    assert position.earned == 20_000
    assert position.unrealised(Decimal(69_000)) == 6_000


def test_a_fill_through_flat_closes_one_side_and_opens_the_other() -> None:
    position = held(fill(BUY, 10, at=70_000, seconds=1), fill(SELL, 15, at=72_000, seconds=9))

    assert position.quantity == -5
    assert position.average_cost == 72_000
    assert position.earned == 20_000
    assert position.opened_ns == 9_000_000_000


def test_opened_is_the_first_fill_since_flat() -> None:
    position = held(fill(BUY, 10, at=70_000, seconds=1), fill(BUY, 5, at=72_000, seconds=9))

    assert position.opened_ns == 1_000_000_000
    assert position.updated_ns == 9_000_000_001


def test_a_purchase_moves_cash_into_holdings_and_fees() -> None:
    _, postings = apply_fill(nothing(), fill(BUY, 10, at=70_000, fee=98))

    assert {p.book: p.amount for p in postings} == {
        Book.CASH: Decimal(-700_098),
        Book.HOLDINGS: Decimal(700_000),
        Book.FEES: Decimal(98),
    }
    assert imbalance(postings) == {}


def test_a_sale_moves_holdings_at_cost_into_cash_profit_and_taxes() -> None:
    position = held(fill(BUY, 10, at=70_000))

    _, postings = apply_fill(position, fill(SELL, 10, at=71_000, fee=99, tax=1_420))

    assert {p.book: p.amount for p in postings} == {
        Book.CASH: Decimal(710_000 - 99 - 1_420),
        Book.HOLDINGS: Decimal(-700_000),
        Book.PROFIT: Decimal(-10_000),
        Book.FEES: Decimal(99),
        Book.TAXES: Decimal(1_420),
    }
    assert imbalance(postings) == {}


def test_books_that_do_not_balance_are_told_by_currency() -> None:
    postings = (*deposit(PAPER, won(100), "d1"), *deposit(PAPER, won(7), "d2")[:1])

    assert imbalance(postings) == {KRW: Decimal(7)}


def test_a_balance_takes_only_what_is_its_own() -> None:
    balance = Balance(account=PAPER, currency=KRW)
    others = deposit(AccountId("other"), won(5), "d0")

    after = balance.after((*deposit(PAPER, won(1_000), "d1"), *deposit(PAPER, won(-300), "d2"), *others))

    assert (after.cash, after.deposits) == (Decimal(700), Decimal(700))


@pytest.mark.parametrize("wrong", ["account", "instrument", "quantity"])
def test_a_fill_that_is_not_of_this_position_stops_us(wrong: str) -> None:
    foreign = {
        "account": fill(BUY, 1, at=70_000, account=AccountId("other")),
        "instrument": fill(BUY, 1, at=70_000, of=InstrumentId("KRX:000660")),
        "quantity": fill(BUY, 0, at=70_000),
    }[wrong]

    with pytest.raises(AssertionError):
        apply_fill(nothing(), foreign)


# ---- I-07, I-08, I-10, for every sequence of fills ----


@st.composite
def stories(draw: st.DrawFn) -> tuple[InstrumentId, list[Fill]]:
    """Any sequence of fills of one instrument, long, short and through flat, with odd prices and sizes."""
    of = draw(st.sampled_from([SAMSUNG, BITCOIN]))
    instrument = describe(of)
    whole = of == SAMSUNG
    prices = st.integers(1, 2_000_000) if whole else st.integers(1, 10**13)
    sizes = st.integers(1, 100_000) if whole else st.integers(1, 10**10)
    scale = 0 if whole else 8
    size_scale = 0 if whole else 5
    costs = st.integers(0, 5_000)
    fills = [
        fill(
            draw(st.sampled_from(Side)),
            str(Decimal(draw(sizes)).scaleb(-size_scale)),
            at=str(Decimal(draw(prices)).scaleb(-scale)),
            fee=str(Decimal(draw(costs)).scaleb(-scale)),
            tax=str(Decimal(draw(costs)).scaleb(-scale)),
            id=f"X/{n}",
            of=instrument.id,
            seconds=n + 1,
        )
        for n in range(draw(st.integers(1, 12)))
    ]
    return of, fills


@given(stories(), st.integers(1, 3_000_000))
def test_money_is_conserved_and_profit_is_the_change_of_equity_for_every_sequence_of_fills(
    story: tuple[InstrumentId, list[Fill]], mark: int
) -> None:
    of, fills = story
    currency = describe(of).currency
    put_in = Money(amount=Decimal(1_000_000), currency=currency)
    position = nothing(of, currency)
    postings: list[Posting] = list(deposit(PAPER, put_in, "start"))

    for each in fills:
        position, booked = apply_fill(position, each)
        assert imbalance(booked) == {}
        postings += booked

    balance = Balance(account=PAPER, currency=currency).after(postings)
    bought = sum((f.notional.amount for f in fills if f.side is BUY), Decimal(0))
    sold = sum((f.notional.amount for f in fills if f.side is SELL), Decimal(0))
    paid = sum((f.fee.amount + f.tax.amount for f in fills), Decimal(0))
    price = Decimal(mark)
    equity = balance.cash + position.worth(price)
    assert position.quantity == sum((f.quantity * f.side.sign for f in fills), Decimal(0))  # I-07
    assert balance.cash == put_in.amount - bought + sold - paid  # I-08
    assert position.realised + position.unrealised(price) == equity - put_in.amount  # I-10
    assert position.cost == sum((p.amount for p in postings if p.book is Book.HOLDINGS), Decimal(0))


@given(stories())
def test_a_position_closed_to_flat_has_realised_exactly_what_cash_gained(
    story: tuple[InstrumentId, list[Fill]],
) -> None:
    of, fills = story
    position = held(*fills, of=of, currency=describe(of).currency)
    if position.quantity:
        closing = fill(
            SELL if position.quantity > 0 else BUY,
            str(abs(position.quantity)),
            at=777,
            of=of,
            id="X/end",
            seconds=99,
        )
        fills.append(closing)
        position, _ = apply_fill(position, closing)

    cash = sum((-f.notional.amount * f.side.sign - f.fee.amount - f.tax.amount for f in fills), Decimal(0))

    assert (position.quantity, position.cost) == (Decimal(0), Decimal(0))
    assert position.realised == cash


def test_a_position_with_cost_but_without_quantity_cannot_be_written() -> None:
    with pytest.raises(AssertionError):
        Position(account=PAPER, instrument=SAMSUNG, currency=KRW, cost=Decimal(1))
    with pytest.raises(AssertionError):
        Position(
            account=PAPER, instrument=SAMSUNG, currency=KRW, cost=Decimal(-1), quantity=Quantity(Decimal(1)),
            opened_ns=Nanos(1),
        )  # fmt: skip
