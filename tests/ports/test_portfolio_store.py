"""What every keeper of the portfolio promises: each booking once, all of it or nothing, durable on return."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.portfolio_store import SqlitePortfolioStore
from jts.domain.ledger.cash_movement import CashMovement
from jts.domain.ledger.equity_curve import shown, too_many
from jts.domain.ledger.postings import imbalance
from jts.domain.values import KRW, MessageId, Nanos, Provenance, Side
from jts.ports.outbox import Outgoing
from jts.ports.portfolio_store import DayStart, EquitySample, Mark, PortfolioStore, Seen
from tests.domain.ledger.makers import PAPER, SAMSUNG, fill, won

BUY, SELL = Side.BUY, Side.SELL


@pytest.fixture(params=["sqlite"])
async def store(tmp_path: Path) -> AsyncIterator[PortfolioStore]:
    database = SqliteDatabase(tmp_path / "jts.sqlite", synchronous="OFF")
    database.open(migrations())
    yield SqlitePortfolioStore(database)
    database.close()


def movement(amount: int, id: str = "d-1") -> CashMovement:
    provenance = Provenance(id=MessageId(id), at_ns=Nanos(1), correlation_id="c", causation_id="c")
    return CashMovement(provenance=provenance, id=id, account=PAPER, money=won(amount), reason="a test")


async def test_s01_an_empty_store_holds_nothing(store: PortfolioStore) -> None:
    kept = await store.load()

    assert (kept.positions, kept.balances, kept.days, dict(kept.marks)) == ((), (), (), {})
    assert await store.fills(limit=10) == ()


async def test_s02_fills_are_booked_in_their_sequence(store: PortfolioStore) -> None:
    booked = await store.book([fill(BUY, 10, at=70_000, id="X/1"), fill(SELL, 4, at=71_000, id="X/2")])

    (position,) = booked.positions
    assert [f.id for f in booked.fills] == ["X/1", "X/2"]
    assert (position.quantity, position.cost, position.earned) == (
        Decimal(6),
        Decimal(420_000),
        Decimal(4_000),
    )
    assert booked.balances[0].cash == -700_000 + 284_000


async def test_s03_a_repeat_is_left_out_of_the_answer_and_changes_nothing(store: PortfolioStore) -> None:
    await store.book([fill(BUY, 10, at=70_000)])
    before = await store.load()

    again = await store.book([fill(BUY, 10, at=70_000), fill(BUY, 10, at=70_000)])

    assert (again.fills, again.positions, again.balances) == ((), (), ())
    assert await store.load() == before


async def test_s04_bookings_at_the_same_time_lose_nothing(store: PortfolioStore) -> None:
    fills = [fill(BUY, 1, at=70_000, id=f"X/{n}") for n in range(50)]

    await asyncio.gather(*(store.book([each]) for each in [*fills, *fills]))

    kept = await store.load()
    assert kept.positions[0].quantity == 50
    assert kept.balances[0].cash == -50 * 70_000


async def test_s05_a_movement_is_booked_once(store: PortfolioStore) -> None:
    say = (Outgoing(topic="portfolio.cash", body=b"{}"),)

    first = await store.move(movement(1_000), say=say)
    second = await store.move(movement(1_000), say=say)

    assert first is not None
    assert (first.cash, first.deposits) == (Decimal(1_000), Decimal(1_000))
    assert second is None


async def test_s06_every_booking_balances_and_all_postings_explain_the_cash(store: PortfolioStore) -> None:
    await store.move(movement(1_000_000))
    await store.book([fill(BUY, 10, at=70_000, fee=98, id="X/1"), fill(SELL, 3, at=69_000, tax=7, id="X/2")])

    postings = await store.postings(PAPER)
    kept = await store.load()

    assert imbalance(postings) == {}
    assert sum(p.amount for p in postings if p.book == "cash") == kept.balances[0].cash
    assert {p.source for p in postings} == {"d-1", "X/1", "X/2"}


async def test_s07_a_booking_that_fails_leaves_nothing_behind(store: PortfolioStore) -> None:
    with pytest.raises(AssertionError):
        await store.book([fill(BUY, 10, at=70_000, id="X/1"), fill(BUY, 0, at=70_000, id="X/2")])

    assert (await store.load()).positions == ()
    assert await store.fills(limit=10) == ()
    assert len((await store.book([fill(BUY, 10, at=70_000, id="X/1")])).fills) == 1


async def test_s08_what_was_seen_is_kept_and_thinned(store: PortfolioStore) -> None:
    samples = [
        EquitySample(account=PAPER, currency=KRW, at_ns=Nanos(n), equity=Decimal(n) / 4) for n in range(1, 6)
    ]
    day = DayStart(
        account=PAPER, currency=KRW, day=date(2026, 11, 20), equity=Decimal("1.5"), deposits=Decimal(1)
    )
    mark = Mark(price=Decimal("70000.5"), at_ns=Nanos(9))

    await store.note(Seen(marks={SAMSUNG: mark}, days=(day,), samples=samples))
    await store.note(Seen(dropped=samples[1:3]))

    kept = await store.load()
    assert (kept.marks[SAMSUNG], kept.days) == (mark, (day,))
    assert list(await store.samples(PAPER, KRW)) == [samples[0], *samples[3:]]


async def test_s09_rebuilding_twice_gives_the_same(store: PortfolioStore) -> None:
    await store.move(movement(1_000_000))
    await store.book([fill(BUY, 3, at=1_001, id="X/1"), fill(SELL, 1, at=999, fee=3, id="X/2")])
    kept = await store.load()

    once, twice = await store.rebuild(), await store.rebuild()

    assert once == twice
    assert (once.positions, once.balances) == (kept.positions, kept.balances)


def test_s20_the_older_half_of_a_long_curve_is_halved_and_keeps_its_first_sample() -> None:
    instants = [Nanos(n) for n in range(10)]

    assert too_many(instants, samples_max=10) == ()
    assert too_many(instants, samples_max=9) == (1, 3)


def test_s21_a_shown_curve_keeps_both_ends() -> None:
    points = list(range(101))

    assert shown(points, 5) == (0, 25, 50, 75, 100)
    assert shown(points, 101) == tuple(points)
    assert shown(points, 2) == (0, 100)
    assert shown([], 2) == ()
