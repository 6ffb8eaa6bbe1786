"""The page docs/language/fills.md, executed: every vector on it is a case here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from jts.backtest.run import backtest
from jts.language.kernels.grid import grid_price
from jts.language.kernels.records import Band, Book
from jts.language.plan import View
from tests.backtest.makers import (
    back,
    bars,
    call,
    fact,
    number,
    order,
    plan,
    protection,
    share_of,
    shares,
)

PAGE = Path(__file__).parents[2] / "docs" / "language" / "fills.md"
CALM = (100.0, 100.0, 100.0, 100.0)
FIRST_BAR = call("less", call("default", back("close", 1), number(0)), number(1))
"""True on the first bar only."""


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _tables() -> list[Table]:
    tables: list[Table] = []
    lines: list[tuple[str, ...]] = []
    for line in [*PAGE.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            lines.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
        elif lines:
            tables.append(Table(lines[0], tuple(lines[2:])))
            lines = []
    return tables


def _rows(*heads: str) -> list[tuple[str, ...]]:
    return [row for table in _tables() if table.head == heads for row in table.rows]


def _bar(text: str) -> tuple[float, float, float, float]:
    open_, high, low, close = (float(one) for one in text.split())
    return open_, high, low, close


def test_the_page_has_its_vectors() -> None:
    assert len(_rows("order", "open high low close", "fill")) == 25
    assert len(_tables()) == 5


@pytest.mark.parametrize(("text", "bar", "expected"), _rows("order", "open high low close", "fill"))
def test_an_order_fills_as_the_page_says(text: str, bar: str, expected: str) -> None:
    words = text.split()
    prices = {
        words[at]: float(words[at + 1]) for at in range(1, len(words) - 1) if words[at] in ("stop", "limit")
    }
    kind = "_".join(prices) or "market"
    side = words[0]
    entry = order("buy", FIRST_BAR, size=shares(1))
    tested = order(
        side,
        FIRST_BAR if side == "buy" else fact("entered"),
        kind=kind,
        stop=prices.get("stop"),
        limit=prices.get("limit"),
        size=shares(1) if side == "buy" else None,
    )
    rules = [tested] if side == "buy" else [entry, tested]
    lead = [CALM] if side == "buy" else [CALM, CALM]

    result = backtest(plan(*rules), bars([*lead, _bar(bar)]), cash=Decimal(100_000))

    filled = [row for row in result.order_rows().tolist() if row[-1] == len(lead) * 86_400_000_000_000]
    found = str(filled[0][9]) if filled else "no"
    assert found == expected


@pytest.mark.parametrize(("bar", "expected"), _rows("open high low close", "exit"))
def test_the_stop_wins_over_the_target(bar: str, expected: str) -> None:
    clauses = [protection("stop", number(95)), protection("target", number(110))]
    entry = order("buy", FIRST_BAR, size=shares(1), protections=clauses)

    result = backtest(plan(entry), bars([CALM, CALM, _bar(bar)]), cash=Decimal(100_000))

    assert [str(trade.exit_price) for trade in result.trades()] == [expected]


@pytest.mark.parametrize(
    ("computed", "tick", "buy_stop", "sell_stop", "buy_limit", "sell_limit"),
    _rows("computed", "tick", "buy stop", "sell stop", "buy limit", "sell limit"),
)
def test_prices_round_to_the_grid_as_the_page_says(
    computed: str, tick: str, buy_stop: str, sell_stop: str, buy_limit: str, sell_limit: str
) -> None:
    book, band = Book(), Band()
    book.bands, band.tick = 1, int(tick)

    up = grid_price(book, [band], 0, float(computed), True)
    down = grid_price(book, [band], 0, float(computed), False)

    assert (up, down, down, up) == (int(buy_stop), int(sell_stop), int(buy_limit), int(sell_limit))


@pytest.mark.parametrize(
    ("cash", "fee", "price", "wanted", "bought", "left"),
    _rows("cash", "fee bps", "price", "wanted", "bought", "cash after"),
)
def test_an_entry_is_cut_to_what_the_cash_covers(
    cash: str, fee: str, price: str, wanted: str, bought: str, left: str
) -> None:
    paid = float(price)
    entry = order("buy", FIRST_BAR, size=shares(wanted))

    result = backtest(
        plan(entry), bars([CALM, (paid, paid, paid, paid)]), cash=Decimal(cash), fee_bps=Decimal(fee)
    )

    assert result.open_quantity == Decimal(bought)
    assert result.terms.money(result.book.cash) == Decimal(left)


def test_a_market_order_decided_at_the_last_close_stays_unfilled() -> None:
    result = backtest(plan(order("buy", FIRST_BAR)), bars([CALM]), cash=Decimal(1_000))

    assert result.fills == 0
    assert len(result.order_rows()) == 1


def test_protection_sleeps_in_the_bar_of_the_entry() -> None:
    entry = order("buy", FIRST_BAR, size=shares(1), protections=[protection("stop", number(95))])
    fall = (100.0, 100.0, 80.0, 90.0)

    result = backtest(plan(entry), bars([CALM, fall, (92.0, 93.0, 91.0, 92.0)]), cash=Decimal(1_000))

    (trade,) = result.trades()
    assert trade.bars == 1
    assert trade.exit_price == 92


def test_a_trail_only_ever_tightens() -> None:
    trail = protection("trail", call("multiply", "close", number("0.9")))
    entry = order("buy", FIRST_BAR, size=shares(1), protections=[trail])
    rows = [CALM, (100, 100, 100, 100), (110, 110, 110, 110), (101, 101, 100, 100), (98, 98, 97, 97)]

    result = backtest(plan(entry), bars([tuple(map(float, row)) for row in rows]), cash=Decimal(1_000))  # type: ignore[misc]

    (trade,) = result.trades()
    assert trade.exit_price == 98  # the trail stood at 99 since the close at 110, and the bar opened below it


def test_an_exit_at_the_open_frees_its_cash_for_the_entry_of_that_open() -> None:
    leave = order("exit", call("greater_equal", fact("bars_since_entry"), number(1)), view=View.OPEN)
    again = order("buy", view=View.OPEN, size=share_of("cash", 1))
    rows = [CALM, CALM, (50.0, 50.0, 50.0, 50.0)]

    result = backtest(plan(leave, again), bars(rows), cash=Decimal(1_000))

    assert [(int(trade.quantity), int(trade.exit_price)) for trade in result.trades()] == [
        (10, 100),
        (10, 50),
    ]
    assert result.open_quantity == 10  # 500 of cash at 50


def test_a_day_order_ends_with_its_session_and_may_be_wished_again() -> None:
    resting = order("buy", kind="limit", limit=number(90), size=shares(1), is_day_order=True)

    result = backtest(plan(resting), bars([CALM, CALM, CALM, (95.0, 95.0, 89.0, 90.0)]), cash=Decimal(1_000))

    rows = result.order_rows()
    assert len(rows) == 3  # one a day until the third fills; then the position is full
    assert rows[:, 7].tolist() == [1, 1, 2]


def test_an_order_good_for_two_bars_is_gone_on_the_third() -> None:
    resting = order("buy", FIRST_BAR, kind="limit", limit=number(90), size=shares(1), good_for_bars=2)
    dip = (95.0, 95.0, 89.0, 90.0)

    in_time = backtest(plan(resting), bars([CALM, CALM, dip]), cash=Decimal(1_000))
    too_late = backtest(plan(resting), bars([CALM, CALM, CALM, dip]), cash=Decimal(1_000))

    assert in_time.fills == 1
    assert too_late.fills == 0


def test_an_order_for_the_close_fills_at_that_close() -> None:
    entry = order("buy", view=View.OPEN, timing="at_close", size=shares(1))

    result = backtest(plan(entry), bars([(100.0, 110.0, 90.0, 105.0)]), cash=Decimal(1_000))

    assert result.book.entry_price == 105
    assert result.book.entry_bar == 0


def test_a_part_exit_is_a_trade_of_its_own() -> None:
    entry = order("buy", FIRST_BAR, size=shares(5))
    half = order("sell", fact("entered"), fraction="0.5")
    rest = order("exit", call("equal", fact("bars_since_entry"), number(1)))
    rows = [CALM, CALM, (110.0,) * 4, (120.0,) * 4]

    result = backtest(plan(entry, half, rest), bars(rows), cash=Decimal(1_000))

    assert [(int(trade.quantity), int(trade.exit_price), int(trade.profit)) for trade in result.trades()] == [
        (2, 110, 20),
        (3, 120, 60),
    ]
    assert result.final_equity == 1_080
