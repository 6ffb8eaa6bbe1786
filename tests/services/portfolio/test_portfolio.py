"""Portfolio: every fill and deposit once, exact figures, and the same after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from jts.contracts.portfolio import CashMoved
from jts.contracts.topics import ORDER_EVENTS
from jts.domain.ledger.fill import Fill
from jts.domain.values import KRW, USDT, AccountId, BadInput, Currency, Money, Side
from jts.services.portfolio.account_setting import AccountSetting
from tests.domain.ledger.makers import fill
from tests.services.portfolio.makers import (
    FRIDAY_TEN,
    PAPER,
    SAMSUNG,
    TEN_MILLION,
    Desk,
    desk_in,
    filled,
    filled_late,
    provenance,
    reference,
    trade,
)

BUY, SELL = Side.BUY, Side.SELL
DAY_S = 86_400


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as found:
        yield found


def now_fill(side: Side, quantity: int, *, at: int, fee: int = 0, tax: int = 0, id: str = "KRX/1") -> Fill:
    """A fill of this Friday morning."""
    return fill(side, quantity, at=at, fee=fee, tax=tax, id=id, seconds=FRIDAY_TEN // 1_000_000_000)


def moved(amount: str, *, id: str = "d-1", currency: Currency = KRW, account: AccountId = PAPER) -> CashMoved:
    return CashMoved(
        provenance=provenance(id),
        id=id,
        account=account,
        money=Money(amount=Decimal(amount), currency=currency),
        reason="a test",
    )


# ---- cash ----


async def test_a_paper_account_is_given_its_money_once_however_often_it_starts(desk: Desk) -> None:
    await desk.kill_and_start()
    await desk.kill_and_start()

    figures = await desk.figures()
    assert (figures["cash"], figures["deposits"], figures["today"]) == (TEN_MILLION, TEN_MILLION, Decimal(0))


async def test_a_deposit_is_booked_once_and_is_no_profit(desk: Desk) -> None:
    await desk.portfolio.deposit(moved("500000"))
    await desk.portfolio.deposit(moved("500000"))

    figures = await desk.figures()
    assert figures["cash"] == 10_500_000
    assert figures["deposits"] == 10_500_000
    assert figures["today"] == 0


async def test_a_deposit_is_written_in_the_book_of_facts_and_queued_with_it(desk: Desk) -> None:
    await desk.portfolio.deposit(moved("500000"))
    await desk.portfolio.deposit(moved("500000"))

    facts = await desk.database.read(
        lambda c: c.execute("SELECT kind FROM events WHERE stream = 'account/paper'").fetchall()
    )
    queued = await desk.database.read(
        lambda c: c.execute("SELECT count(*) FROM outbox WHERE topic = 'portfolio.cash'").fetchone()[0]
    )
    assert facts == [("CashMoved",), ("CashMoved",)]  # the opening one and this one
    assert queued == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (moved("0"), "nothing to book"),
        (moved("0.5"), "steps of 1"),
        (moved("1", account=AccountId("nobody")), "paper"),
        (moved("0.000000001", currency=USDT), "steps of 0.00000001"),
    ],
)
async def test_a_deposit_that_makes_no_sense_is_refused(desk: Desk, wrong: CashMoved, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        await desk.portfolio.deposit(wrong)

    assert (await desk.figures())["cash"] == TEN_MILLION


# ---- fills ----


async def test_a_fill_moves_cash_into_a_position(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000, fee=98))])

    figures = await desk.figures()
    (position,) = await desk.portfolio.positions(PAPER)
    assert figures["cash"] == 10_000_000 - 700_098
    assert figures["positions"] == 700_000
    assert figures["equity"] == 9_999_902
    assert (position.quantity, position.average_cost) == (Decimal(10), Decimal(70_000))
    assert position.realised.amount == -98


async def test_a_fill_told_again_changes_nothing(desk: Desk) -> None:
    event = filled(now_fill(BUY, 10, at=70_000, fee=98))
    await desk.portfolio.on_order_events([event, event])
    once = await desk.figures()

    await desk.portfolio.on_order_events([event])
    await desk.kill_and_start()
    await desk.portfolio.on_order_events([event])

    assert await desk.figures() == once
    assert len(await desk.portfolio.fills()) == 1


async def test_a_late_fill_is_booked_like_any_other(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled_late(now_fill(BUY, 10, at=70_000))])

    assert (await desk.figures())["cash"] == 9_300_000


async def test_fills_arrive_over_the_bus(desk: Desk) -> None:
    await desk.bus.publish(ORDER_EVENTS, filled(now_fill(BUY, 10, at=70_000)))

    assert (await desk.figures())["cash"] == 9_300_000


async def test_a_round_trip_leaves_cash_profit_and_a_flat_position_for_the_rest_of_the_day(
    desk: Desk,
) -> None:
    await desk.portfolio.on_order_events(
        [
            filled(now_fill(BUY, 10, at=70_000, fee=98, id="KRX/1")),
            filled(now_fill(SELL, 10, at=71_000, fee=99, tax=1_420, id="KRX/2")),
        ]
    )

    figures = await desk.figures()
    earned = 10_000 - 98 - 99 - 1_420
    assert figures["realised"] == figures["today"] == earned
    assert figures["equity"] == figures["cash"] == 10_000_000 + earned
    assert figures["fees"] == 98 + 99 + 1_420
    assert [view.quantity for view in await desk.portfolio.positions()] == [Decimal(0)]
    desk.clock.move(3 * DAY_S)
    assert await desk.portfolio.positions() == ()


async def test_the_newest_fills_come_first_and_the_limit_is_kept(desk: Desk) -> None:
    await desk.portfolio.on_order_events(
        [filled(now_fill(BUY, 1, at=70_000, id=f"KRX/{n}")) for n in range(3)]
    )

    assert [f.id for f in await desk.portfolio.fills(PAPER, limit=2)] == ["KRX/2", "KRX/1"]
    assert await desk.portfolio.fills(AccountId("other")) == ()


# ---- value ----


async def test_a_print_moves_unrealised_profit_and_equity_but_not_cash(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000))])

    await desk.portfolio.on_trades([trade("70500"), trade("71000")])

    figures = await desk.figures()
    assert figures["unrealised"] == 10_000
    assert figures["equity"] == 10_010_000
    assert figures["cash"] == 9_300_000
    assert (await desk.portfolio.positions())[0].mark == 71_000


async def test_profit_today_begins_anew_with_the_next_trading_day(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000))])
    await desk.portfolio.on_trades([trade("71000")])
    await desk.portfolio.publish_moved()
    assert (await desk.figures())["today"] == 10_000

    desk.clock.move(3 * DAY_S)  # Monday
    await desk.portfolio.publish_moved()
    assert (await desk.figures())["today"] == 0
    await desk.portfolio.on_trades([trade("70600")])
    await desk.portfolio.deposit(moved("1000000"))

    figures = await desk.figures()
    assert figures["today"] == -4_000
    assert figures["equity"] == 11_006_000


async def test_currencies_are_never_added_together(tmp_path: Path) -> None:
    two = AccountSetting(
        account=PAPER, kind="paper", broker="paper", deposits={KRW: TEN_MILLION, USDT: Decimal(5_000)}
    )
    async with desk_in(tmp_path, (two,)) as desk:
        view = await desk.portfolio.account(PAPER)

        assert view is not None
        assert [(each.currency, each.equity) for each in view.currencies] == [
            (KRW, TEN_MILLION),
            (USDT, Decimal(5_000)),
        ]


# ---- what it says ----


async def test_a_fill_is_said_at_once_under_the_correlation_that_began_it(desk: Desk) -> None:
    await desk.hear()

    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000))])

    (said,) = await desk.hear()
    assert said.view.positions[0].quantity == 10
    assert said.provenance.correlation_id == "began-KRX/1"
    assert said.provenance.causation_id == "KRX/1"


async def test_moving_prices_are_said_once_a_turn_and_only_by_who_holds_them(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000))])
    await desk.hear()

    for price in range(70_000, 71_000, 100):
        await desk.portfolio.on_trades([trade(str(price))])
    assert await desk.hear() == []
    await desk.portfolio.publish_moved()
    await desk.portfolio.publish_moved()

    (said,) = await desk.hear()
    assert said.view.positions[0].mark == 70_900


async def test_prices_of_what_nobody_holds_say_nothing(desk: Desk) -> None:
    await desk.hear()

    await desk.portfolio.on_trades([trade("70000")])
    await desk.portfolio.publish_moved()

    assert await desk.hear() == []


# ---- after a crash ----


async def test_after_a_crash_positions_cash_and_marks_are_the_same(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000, fee=98))])
    await desk.portfolio.on_trades([trade("71000")])
    desk.clock.move(5)
    await desk.portfolio.publish_moved()
    before = await desk.portfolio.accounts()

    await desk.kill_and_start()

    assert await desk.portfolio.accounts() == before


async def test_after_a_crash_before_any_sample_the_position_is_worth_its_cost_until_a_price_comes(
    desk: Desk,
) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000))])
    await desk.kill_and_start()
    assert (await desk.portfolio.positions())[0].mark is None
    assert (await desk.figures())["equity"] == TEN_MILLION

    desk.market.references[SAMSUNG] = reference("72000")
    await desk.kill_and_start()

    assert (await desk.figures())["equity"] == TEN_MILLION + 20_000


async def test_rebuilding_from_fills_and_movements_gives_the_stored_state(desk: Desk) -> None:
    await desk.portfolio.deposit(moved("-1234567"))
    await desk.portfolio.on_order_events(
        [
            filled(
                now_fill(BUY if n % 3 else SELL, 7 + n, at=70_000 + 100 * n, fee=n, tax=2 * n, id=f"KRX/{n}")
            )
            for n in range(20)
        ]
    )
    stored = await desk.store.load()

    rebuilt = await desk.store.rebuild()

    assert rebuilt.positions == stored.positions
    assert rebuilt.balances == stored.balances
    assert len(rebuilt.fills) == 20


# ---- the curve ----


async def test_the_equity_curve_has_a_sample_every_five_seconds_and_ends_now(desk: Desk) -> None:
    await desk.portfolio.on_order_events([filled(now_fill(BUY, 10, at=70_000))])
    for n in range(20):
        desk.clock.move(1)
        await desk.portfolio.on_trades([trade(str(70_000 + 100 * n))])
        await desk.portfolio.publish_moved()

    curve = await desk.portfolio.equity_curve(PAPER, KRW)

    assert [(point.at_ns - FRIDAY_TEN) // 1_000_000_000 for point in curve] == [1, 6, 11, 16, 20]
    assert [point.equity - TEN_MILLION for point in curve] == [
        Decimal(n) for n in (0, 5_000, 10_000, 15_000, 19_000)
    ]
    await desk.kill_and_start()
    assert (await desk.portfolio.equity_curve(PAPER, KRW))[:4] == curve[:4]


async def test_a_curve_of_an_unknown_account_or_currency_is_empty(desk: Desk) -> None:
    assert await desk.portfolio.equity_curve(AccountId("nobody"), KRW) == ()
    assert await desk.portfolio.equity_curve(PAPER, USDT) == ()
    assert len(await desk.portfolio.equity_curve(PAPER, KRW, points=0)) == 1


def test_only_paper_accounts_are_given_money() -> None:
    with pytest.raises(AssertionError):
        AccountSetting(account=PAPER, kind="live", broker="kis", deposits={KRW: Decimal(1)})
    with pytest.raises(AssertionError):
        AccountSetting(account=PAPER, kind="demo", broker="kis")
