"""When the house itself is in trouble: a store that is out for a while, a second writer, a bug."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from jts.adapters.sql.sqlite.database import StoreCorrupt, StoreUnavailable
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.transitions import OrderLife, apply, cancel_requested
from jts.domain.values import ClientOrderId
from jts.ports.order_store import OrderStore
from jts.ports.outbox import Outgoing
from tests.services.orders.clock import HandClock, settle
from tests.services.orders.makers import Road, approve
from tests.services.orders.test_fills_and_cancels import cancel
from tests.services.orders.venue import Place, Venue


class SickStore:
    """An order store that fails the given appends, counted from 1, and otherwise is the real one."""

    def __init__(self, inner: OrderStore, failures: dict[int, Exception]) -> None:
        self._inner = inner
        self._failures = failures
        self._count = 0

    async def append(
        self, after: OrderLife, events: Sequence[AnyOrderEvent], *, say: Sequence[Outgoing] = ()
    ) -> None:
        self._count += 1
        if self._count in self._failures:
            raise self._failures[self._count]
        await self._inner.append(after, events, say=say)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def sick(failures: dict[int, Exception]) -> Callable[[OrderStore], OrderStore]:
    return lambda store: SickStore(store, failures)


async def test_an_intent_that_could_not_be_stored_is_delivered_again_and_sent_once(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock)
    road = await Road(tmp_path / "a.db", venue, clock, store=sick({1: StoreUnavailable("disk full")})).start()

    said = asyncio.create_task(road.submit(approve(clock, "A1")))
    await settle(10)
    await clock.advance(0.2)
    await said
    await road.until("A1", "filled")
    await road.stop()

    assert venue.sent["A1"] == 1


async def test_an_answer_that_could_not_be_stored_is_kept_until_the_store_is_back(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False)
    out = StoreUnavailable("disk full")
    road = await Road(tmp_path / "a.db", venue, clock, store=sick({3: out, 4: out, 5: out})).start()

    await road.submit(approve(clock, "A1", limit=69_000))
    await road.until("A1", "sending")
    await clock.advance(2)
    order = await road.until("A1", "working")
    await road.stop()

    assert order.venue_order_id == venue.only() and venue.sent["A1"] == 1


async def test_a_damaged_store_ends_the_service_and_the_watcher_hears_why(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock)
    road = await Road(tmp_path / "a.db", venue, clock, store=sick({2: StoreCorrupt("page 7")})).start()

    await road.submit(approve(clock, "A1"))
    with pytest.raises(ExceptionGroup) as broken:
        await asyncio.wait_for(road.service.watch(), 5)
    await road.stop()

    assert broken.group_contains(StoreCorrupt, match="page 7")
    assert venue.sent["A1"] == 0, "nothing leaves before its `send started` is stored"


async def test_a_second_writer_is_noticed_by_the_version_and_its_events_are_built_upon(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False)
    road = await Road(tmp_path / "a.db", venue, clock).start()
    await road.submit(approve(clock, "A1", limit=69_000))
    await road.until("A1", "working")
    life = await road.store.load(ClientOrderId("A1"))
    assert life is not None

    (event,) = cancel_requested(life, by="another process", at_ns=clock.now_ns())
    await road.store.append(apply(life, event), (event,))
    venue.fill(venue.only(), 4)
    await settle(20)
    order, kinds = await road.order(), await road.kinds()
    await road.stop()

    assert order.filled == 4
    assert kinds[-2:] == ["OrderCancelRequested", "OrderFilled"]


async def test_a_cancel_wanted_before_a_power_cut_is_sent_after_it(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False, next_places=[Place.LOST_AFTER])
    first = await Road(tmp_path / "a.db", venue, clock).start()
    await first.submit(approve(clock, "A1", limit=69_000))
    await first.until("A1", "unknown")
    await first.service.cancel(cancel("A1"))
    await first.crash()

    second = await Road(tmp_path / "a.db", venue, clock).start()
    await clock.advance(5)
    await second.until("A1", "cancelled")
    await second.stop()

    assert venue.cancels[venue.only()] == 1
