"""What the paper broker promises beyond the port: its book survives anything, and no fill is ever made
twice.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from jts.adapters.sql.sqlite.database import StoreUnavailable
from jts.brokers.paper import broker as paper
from jts.domain.ledger.fill import Fill
from jts.domain.values import AccountId, ClientOrderId, Nanos, Side
from jts.ports.broker import Declined, OutcomeUnknown, Placed
from jts.ports.paper_book import PaperBook, PaperOrder
from tests.brokers.paper.makers import PAPER, PaperVenue, approved, paper_venue, working
from tests.simulation.makers import terms, trade

BUY, SELL = Side.BUY, Side.SELL


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[PaperVenue]:
    async with paper_venue(tmp_path) as found:
        yield found


class FailingBook:
    """A paper book whose disk is full when it is told to be; `keeps` says whether the write went through
    anyway.
    """

    def __init__(self, book: PaperBook) -> None:
        self._book = book
        self.fails = False
        self.keeps = False
        self.pause: asyncio.Event | None = None

    async def add(self, order: PaperOrder) -> PaperOrder | None:
        if self.pause is not None:
            await self.pause.wait()
        if self.fails and not self.keeps:
            raise StoreUnavailable("the disk is full")
        known = await self._book.add(order)
        if self.fails:
            raise StoreUnavailable("the disk is full")
        return known

    async def save(
        self, account: AccountId, orders: Sequence[PaperOrder], holdings: Mapping[str, Decimal]
    ) -> None:
        if self.fails:
            raise StoreUnavailable("the disk is full")
        await self._book.save(account, orders, holdings)

    async def get(self, account: AccountId, id: ClientOrderId) -> PaperOrder | None:
        return await self._book.get(account, id)

    async def open_orders(self, account: AccountId) -> tuple[PaperOrder, ...]:
        return await self._book.open_orders(account)

    async def touched(self, account: AccountId, *, since_ns: Nanos) -> tuple[PaperOrder, ...]:
        return await self._book.touched(account, since_ns=since_ns)

    async def holdings(self, account: AccountId) -> dict[str, Decimal]:
        return await self._book.holdings(account)


def with_failing_book(venue: PaperVenue) -> FailingBook:
    book = FailingBook(venue.book)
    venue.broker._book = book
    return book


async def test_prints_that_could_not_be_kept_may_be_told_again_and_fill_once(venue: PaperVenue) -> None:
    await venue.place(terms())
    book = with_failing_book(venue)
    book.fails = True
    with pytest.raises(StoreUnavailable):
        await venue.print(trade("70000"))
    assert await venue.heard() == []

    book.fails = False
    await venue.print(trade("70000"))
    await venue.print(trade("70000"))

    assert len(await venue.heard()) == 1
    assert len((await venue.broker.fills(PAPER, since_ns=Nanos(0))).items) == 1


async def test_a_book_that_does_not_answer_leaves_the_outcome_unknown(venue: PaperVenue) -> None:
    book = with_failing_book(venue)
    book.fails = True

    with pytest.raises(OutcomeUnknown):
        await venue.broker.place(approved(terms()))

    assert (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items == ()


async def test_an_order_that_was_kept_although_it_seemed_to_fail_is_listed_and_trades(
    venue: PaperVenue,
) -> None:
    book = with_failing_book(venue)
    book.fails = book.keeps = True
    with pytest.raises(OutcomeUnknown):
        await venue.broker.place(approved(terms()))
    book.fails = False

    listed = await venue.broker.orders(PAPER, since_ns=Nanos(0))
    await venue.print(trade("70000"))

    assert [order.is_open for order in listed.items] == [True]
    assert len(await venue.heard()) == 1


async def test_whoever_gives_up_waiting_for_a_placement_does_not_lose_the_order(venue: PaperVenue) -> None:
    book = with_failing_book(venue)
    book.pause = asyncio.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await venue.broker.place(approved(terms()))

    book.pause.set()
    await asyncio.gather(*venue.broker._at_work)  # what nobody waits for any more comes to its end
    await venue.print(trade("70000"))

    assert len(await venue.heard()) == 1


async def test_a_cancel_waits_for_a_placement_that_is_under_way(venue: PaperVenue) -> None:
    book = with_failing_book(venue)
    book.pause = asyncio.Event()
    wish = approved(terms())
    placing = asyncio.ensure_future(venue.broker.place(wish))
    await asyncio.sleep(0)
    cancelling = asyncio.ensure_future(venue.broker.cancel(working(wish)))
    await asyncio.sleep(0)

    book.pause.set()
    await asyncio.gather(placing, cancelling)
    await venue.print(trade("70000"))

    assert isinstance(placing.result(), Placed)
    assert [type(event).__name__ for event in await venue.heard()] == ["OrderEnded"]


async def test_a_batch_of_prints_meets_each_order_in_the_sequence_of_the_tape(venue: PaperVenue) -> None:
    await venue.place(terms(BUY, limit="69000"), id="low")
    await venue.place(terms(SELL, limit="71000"), id="high")

    await venue.print(*(trade(price, seconds=61 + n) for n, price in enumerate(("70000", "71500", "68500"))))

    told = [event for event in await venue.heard() if isinstance(event, Fill)]
    assert [(fill.order, fill.price) for fill in told] == [
        ("high", Decimal(71_000)),
        ("low", Decimal(69_000)),
    ]


async def test_a_price_of_the_recordings_own_time_is_on_the_grid_once_the_tape_shows_that_day(
    venue: PaperVenue,
) -> None:
    odd = terms(limit="15005")  # on no grid
    assert isinstance(await venue.broker.place(approved(odd, id="odd")), Declined)
    etf = terms(limit="2501", of="KRX:069500")  # type: ignore[arg-type]
    assert isinstance(await venue.broker.place(approved(etf, id="etf")), Declined)
    ripple = terms(limit="700.5", of="UPBIT:KRW-XRP", quantity="100")  # type: ignore[arg-type]
    assert isinstance(await venue.broker.place(approved(ripple, id="before")), Declined)

    in_2024 = trade("700.1", of="UPBIT:KRW-XRP", days=-900)  # type: ignore[arg-type]
    await venue.broker.on_trades([in_2024])

    assert isinstance(await venue.broker.place(approved(ripple, id="after")), Placed)


async def test_a_reader_that_falls_too_far_behind_is_cut_off(
    venue: PaperVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "EVENTS_WAITING_MAX", 2)
    slow = venue.broker.events(PAPER)
    for n in range(3):
        await venue.place(terms(), id=f"order-{n}")
    await venue.print(trade("70000"))

    heard = [event async for event in slow]

    assert len(heard) == 2


_CHILD = """
import asyncio, sys
from pathlib import Path
from jts.ports.broker import Placed
from tests.brokers.paper.makers import PaperVenue, approved
from tests.simulation.makers import terms, trade

async def main() -> None:
    venue = PaperVenue(Path(sys.argv[1]))
    await venue.open()
    for n in range(10_000):
        placed = await venue.broker.place(approved(terms(quantity="1"), id=f"order-{n}"))
        assert isinstance(placed, Placed)
        if n % 2:
            await venue.print(trade("70000", seconds=61 + n))
            venue.clock.move(1)
        print(n, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_after_kill_9_every_acknowledged_order_and_fill_is_there_once(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert child.stdout is not None
    last = -1
    for line in child.stdout:
        last = int(line)
        if last == 120:
            os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()

    async with paper_venue(tmp_path) as venue:
        orders = (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items
        fills = (await venue.broker.fills(PAPER, since_ns=Nanos(0))).items
        positions = (await venue.broker.positions(PAPER)).items

    acknowledged = {f"order-{n}" for n in range(last + 1)}
    assert last >= 120
    assert acknowledged <= {order.order for order in orders}
    assert len(orders) - len(acknowledged) <= 1  # one more may have been taken and not yet said
    assert len({fill.id for fill in fills}) == len({fill.order for fill in fills}) == len(fills)
    assert positions == (("KRX:005930", sum((fill.quantity for fill in fills), Decimal(0))),)
