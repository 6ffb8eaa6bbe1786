"""Power cuts: at every point of the road the process stops dead, starts again, and nothing is lost or
doubled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.order import Order
from jts.domain.orders.states import Rejected
from jts.domain.orders.transitions import OrderLife, rebuild
from jts.domain.risk.verdict import Approved
from jts.domain.values import AccountId, ClientOrderId
from jts.ports.broker import (
    Broker,
    BrokerEvent,
    CancelDeclined,
    CancelTaken,
    Declined,
    Placed,
)
from jts.ports.bus import Bus
from jts.ports.order_store import OrderStore
from jts.ports.outbox import Outgoing
from tests.services.orders.clock import HandClock, settle
from tests.services.orders.makers import Road, approve, unique
from tests.services.orders.test_fills_and_cancels import cancel
from tests.services.orders.venue import Venue

T = TypeVar("T")


class PowerCut:
    """Stops everything at one named point: whoever reaches any point afterwards never comes back."""

    def __init__(self, point: str) -> None:
        self.point = point
        self.happened = asyncio.Event()
        self.seen: dict[str, int] = {}

    async def at(self, name: str) -> None:
        count = self.seen[name] = self.seen.get(name, 0) + 1
        if f"{name} {count}" == self.point:
            self.happened.set()
        if self.happened.is_set():
            await asyncio.get_running_loop().create_future()


class CutStore:
    """An order store with a point before and after each append."""

    def __init__(self, inner: OrderStore, cut: PowerCut) -> None:
        self._inner = inner
        self._cut = cut

    async def append(
        self, after: OrderLife, events: Sequence[AnyOrderEvent], *, say: Sequence[Outgoing] = ()
    ) -> None:
        await self._cut.at("before append")
        await self._inner.append(after, events, say=say)
        await self._cut.at("after append")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CutBroker:
    """A broker with a point before and after each placement and cancel."""

    def __init__(self, inner: Broker, cut: PowerCut) -> None:
        self._inner = inner
        self._cut = cut

    async def place(self, approved: Approved) -> Placed | Declined:
        await self._cut.at("before place")
        answer = await self._inner.place(approved)
        await self._cut.at("after place")
        return answer

    async def cancel(self, order: Order) -> CancelTaken | CancelDeclined:
        await self._cut.at("before cancel")
        answer = await self._inner.cancel(order)
        await self._cut.at("after cancel")
        return answer

    async def events(self, account: AccountId) -> AsyncIterator[BrokerEvent]:
        async for event in self._inner.events(account):
            await self._cut.at("before hearing")
            yield event

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CutBus:
    """A bus with a point before and after each message that the relay says.

    How many the relay takes at once depends on how busy the machine is; so they are said one by one, and a
    point is always reached. The power may then go in the middle of what was to be said at once.
    """

    def __init__(self, inner: Bus, cut: PowerCut) -> None:
        self._inner = inner
        self._cut = cut

    async def publish_all(self, topic: Any, messages: Sequence[Any]) -> None:
        for message in messages:
            await self._cut.at("before saying")
            await self._inner.publish_all(topic, [message])
            await self._cut.at("after saying")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def cut_road(path: Path, venue: Venue, clock: HandClock, cut: PowerCut) -> Road:
    return Road(
        path,
        venue,
        clock,
        store=lambda store: CutStore(store, cut),
        broker=lambda broker: CutBroker(broker, cut),
        bus=lambda bus: CutBus(bus, cut),
    )


POINTS = [
    *(f"{side} append {n}" for n in range(1, 5) for side in ("before", "after")),
    "before place 1",
    "after place 1",
    "before hearing 1",
    *(f"{side} saying {n}" for n in range(1, 4) for side in ("before", "after")),
]


@pytest.mark.parametrize("point", POINTS)
async def test_a_power_cut_anywhere_loses_no_order_and_sends_none_twice(tmp_path: Path, point: str) -> None:
    clock = HandClock()
    venue = Venue(clock)
    cut = PowerCut(point)
    first = await cut_road(tmp_path / "jts.db", venue, clock, cut).start()
    approved = approve(clock, "A1", valid_s=60)
    asked = asyncio.create_task(first.submit(approved))
    await asyncio.wait_for(cut.happened.wait(), 10)
    was_at_venue = venue.sent["A1"]
    asked.cancel()
    await first.crash()

    second = await Road(tmp_path / "jts.db", venue, clock).start()
    await second.submit(approved)  # risk's outbox says the command again until it was handled
    await clock.advance(40)
    await settle(20)
    order = await second.order("A1")
    events = await second.service.life(ClientOrderId("A1"))
    await second.stop()

    assert venue.sent["A1"] <= 1 and venue.sent["A1"] >= was_at_venue
    assert order.filled == (10 if venue.sent["A1"] else 0)
    assert type(order.state).__name__ == ("Filled" if venue.sent["A1"] else "Rejected")
    assert rebuild(events).order == order
    said = [event for event in unique([*first.events, *second.events]) if event.order == "A1"]
    assert said == list(events), "published = committed"


async def test_an_order_of_which_nothing_was_sent_is_closed_by_the_restart(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock)
    cut = PowerCut("after append 1")
    first = await cut_road(tmp_path / "jts.db", venue, clock, cut).start()
    asked = asyncio.create_task(first.submit(approve(clock, "A1")))
    await asyncio.wait_for(cut.happened.wait(), 10)
    asked.cancel()
    await first.crash()

    second = await Road(tmp_path / "jts.db", venue, clock).start()
    order = await second.until("A1", "rejected")
    await second.stop()

    assert order.state == Rejected(reason="never sent: restart")


@pytest.mark.parametrize("point", ["before place 1", "after place 1"])
async def test_an_order_whose_sending_had_begun_is_unknown_until_the_venue_tells(
    tmp_path: Path, point: str
) -> None:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False)
    cut = PowerCut(point)
    first = await cut_road(tmp_path / "jts.db", venue, clock, cut).start()
    asked = asyncio.create_task(first.submit(approve(clock, "A1", limit=69_000)))
    await asyncio.wait_for(cut.happened.wait(), 10)
    asked.cancel()
    await first.crash()
    venue.is_down = True

    second = await Road(tmp_path / "jts.db", venue, clock).start()
    state_while_down = await second.state("A1")
    venue.is_down = False
    await clock.advance(15)
    await second.until("A1", "working" if venue.orders else "rejected")
    await second.stop()

    assert state_while_down == "unknown"
    assert venue.sent["A1"] == (1 if point == "after place 1" else 0)


@pytest.mark.parametrize(
    "point", ["before append 4", "after append 4", "before cancel 1", "after cancel 1", "before hearing 1"]
)
async def test_a_power_cut_in_a_cancel_never_forgets_the_cancel(tmp_path: Path, point: str) -> None:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False)
    cut = PowerCut(point)
    first = await cut_road(tmp_path / "jts.db", venue, clock, cut).start()
    await first.submit(approve(clock, "A1", limit=69_000))
    await first.until("A1", "working")
    asked = asyncio.create_task(first.service.cancel(cancel("A1")))
    await asyncio.wait_for(cut.happened.wait(), 10)
    asked.cancel()
    await first.crash()

    second = await Road(tmp_path / "jts.db", venue, clock).start()
    await clock.advance(40)
    await settle(20)
    state = await second.state("A1")
    await second.stop()

    # Before the request was stored nobody was promised anything; from then on it is carried out.
    assert state == ("working" if point == "before append 4" else "cancelled")
    assert venue.orders[venue.only()].is_open == (state == "working")


async def test_fills_that_came_while_the_platform_was_off_are_booked_at_the_start(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False)
    first = await Road(tmp_path / "jts.db", venue, clock).start()
    await first.submit(approve(clock, "A1", limit=69_000, quantity=10))
    await first.until("A1", "working")
    await first.crash()
    await clock.advance(86_400)
    venue.fill(venue.only(), 7)

    second = await Road(tmp_path / "jts.db", venue, clock).start()
    await settle(20)
    order = await second.order("A1")
    await second.stop()

    assert order.filled == 7 and order.leaves == 3


async def test_two_restarts_give_the_same_orders(tmp_path: Path) -> None:
    clock = HandClock()
    venue = Venue(clock)
    first = await Road(tmp_path / "jts.db", venue, clock).start()
    for n in range(5):
        await first.submit(approve(clock, f"A{n}"))
        await first.until(f"A{n}", "filled")
    before = [await first.order(f"A{n}") for n in range(5)]
    await first.crash()

    for _ in range(2):
        again = await Road(tmp_path / "jts.db", venue, clock).start()
        await clock.advance(31)
        assert [await again.order(f"A{n}") for n in range(5)] == before
        await again.crash()
