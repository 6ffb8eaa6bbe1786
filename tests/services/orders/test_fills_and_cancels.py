"""What happens to a working order: fills in any sequence, ends, cancels, the kill switch, strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from jts.contracts.orders import CancelAll, CancelOrder, CancelRequested, NothingToCancel, OrderQuery
from jts.contracts.risk import KillChanged
from jts.contracts.topics import KILL
from jts.domain.orders.source import Origin
from jts.domain.orders.states import Cancelled, CancelPending, Rejected, Working
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.values import AccountId, ClientOrderId, MessageId, Nanos, Provenance, RunId, VenueOrderId
from jts.ports.broker import CancelDeclined, NeverSent, OutcomeUnknown
from tests.services.orders.clock import HandClock, settle
from tests.services.orders.makers import PAPER, Road, approve, subjects
from tests.services.orders.venue import Place, Venue

BY_OWNER = Provenance(id=MessageId("c1"), at_ns=Nanos(1), correlation_id="c1", causation_id="c1")


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    clock = HandClock()
    venue = Venue(clock, fills_at_once=False)
    road = await Road(tmp_path / "jts.db", venue, clock).start()
    yield road
    await road.stop()


def cancel(order: str = "A1") -> CancelOrder:
    return CancelOrder(provenance=BY_OWNER, order=ClientOrderId(order), by="owner")


def kill(*acts: KillAct, engaged: bool = True, account: str | None = None) -> KillChanged:
    state = KillState(
        engaged=engaged,
        acts=acts,
        account=None if account is None else AccountId(account),
        by="owner",
        reason="test",
    )
    return KillChanged(provenance=BY_OWNER, state=state)


async def working(
    road: Road, order: str = "A1", *, quantity: int = 10, run: str | None = None
) -> VenueOrderId:
    await road.submit(approve(road.clock, order, quantity=quantity, limit=69_000, run=run))
    found = await road.until(order, "working")
    assert found.venue_order_id is not None
    return found.venue_order_id


async def test_a_partial_fill_leaves_the_rest_working(road: Road) -> None:
    id = await working(road)

    road.venue.fill(id, 4)
    await settle(10)
    order = await road.order()

    assert order.state == Working(leaves=Decimal(6), venue_order_id=id)  # type: ignore[arg-type]
    assert order.filled == 4


async def test_the_same_fill_told_three_times_is_booked_once(road: Road) -> None:
    id = await working(road)

    fill = road.venue.fill(id, 4)
    road.venue.tell(fill)
    road.venue.tell(replace(fill, received_ns=Nanos(fill.received_ns + 5)))
    await settle(10)

    assert (await road.order()).filled == 4
    assert (await road.kinds()).count("OrderFilled") == 1


async def test_a_fill_that_was_never_told_is_found_in_the_listing(road: Road) -> None:
    id = await working(road)

    road.venue.fill(id, 10, tell=False)
    await road.clock.advance(31)
    order = await road.until("A1", "filled")

    assert order.filled == 10


async def test_comparing_ten_times_equals_comparing_once(road: Road) -> None:
    id = await working(road)
    road.venue.fill(id, 4, tell=False)
    await road.service.compare(PAPER)
    once = await road.order()

    for _ in range(9):
        await road.service.compare(PAPER)

    assert await road.order() == once and once.filled == 4


async def test_an_end_that_was_never_told_is_found_in_the_listing(road: Road) -> None:
    id = await working(road)
    road.venue.fill(id, 4)
    await settle(10)

    road.venue.end(id, tell=False)
    await road.clock.advance(31)
    order = await road.until("A1", "cancelled")

    assert order.state == Cancelled(cancelled=order.terms.quantity - 4, reason="the venue lists it as ended")  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["cancelled", "expired", "rejected"])
async def test_an_order_ended_by_the_venue_ends_here_in_the_same_way(road: Road, how: str) -> None:
    id = await working(road)

    road.venue.end(id, how)

    assert (await road.until("A1", how)).filled == 0


async def test_an_end_that_overtakes_its_fills_waits_for_them(road: Road) -> None:
    id = await working(road)

    road.venue.fill(id, 4, tell=False)
    road.venue.end(id)
    order = await road.until("A1", "cancelled")

    assert order.filled == 4 and isinstance(order.state, Cancelled) and order.state.cancelled == 6
    assert "fill_late" not in subjects(road.notices)


async def test_a_fill_after_the_end_is_booked_and_shouted_about(road: Road) -> None:
    id = await working(road)
    road.venue.end(id)
    await road.until("A1", "cancelled")

    road.venue.fill(id, 3)
    await settle(20)
    order = await road.order()

    assert order.filled == 3 and isinstance(order.state, Cancelled) and order.state.cancelled == 7
    assert (await road.kinds())[-1] == "OrderLateFilled"
    assert "fill_late" in subjects(road.notices)


async def test_more_than_was_ordered_is_booked_and_shouted_about(road: Road) -> None:
    id = await working(road, quantity=10)

    road.venue.fill(id, 12)
    order = await road.until("A1", "filled")
    await settle(20)

    assert order.filled == 12
    assert "order_overfilled" in subjects(road.notices)


async def test_a_cancel_is_stored_sent_and_told_when_it_took(road: Road) -> None:
    id = await working(road)

    answer = await road.service.cancel(cancel())
    await road.until("A1", "cancelled")

    assert isinstance(answer, CancelRequested) and isinstance(answer.order.state, CancelPending)
    assert (await road.kinds())[-2:] == ["OrderCancelRequested", "OrderCancelled"]
    assert road.venue.cancels[id] == 1


async def test_cancelling_what_nobody_knows_or_has_ended_is_answered(road: Road) -> None:
    id = await working(road)
    road.venue.fill(id, 10)
    await road.until("A1", "filled")

    ended = await road.service.cancel(cancel())
    nobody = await road.service.cancel(cancel("nobody"))

    assert isinstance(ended, NothingToCancel) and ended.reason == "it is filled already"
    assert isinstance(nobody, NothingToCancel) and nobody.order is None


async def test_a_declined_cancel_leaves_the_order_working(road: Road) -> None:
    await working(road)
    road.venue.next_cancels = [CancelDeclined(reason="auction in progress")]

    await road.service.cancel(cancel())
    await road.until("A1", "working")

    assert (await road.kinds())[-2:] == ["OrderCancelRequested", "OrderCancelRefused"]


async def test_a_cancel_without_an_answer_stays_pending_and_is_asked_again(road: Road) -> None:
    id = await working(road)
    road.venue.next_cancels = [OutcomeUnknown("the connection broke")]

    await road.service.cancel(cancel())
    await settle(20)
    between = await road.state()
    await road.clock.advance(35)
    await road.until("A1", "cancelled")

    assert between == "cancel_pending" and road.venue.cancels[id] == 1


async def test_a_cancel_that_never_left_is_tried_three_times(road: Road) -> None:
    id = await working(road)
    road.venue.next_cancels = [NeverSent("refused"), NeverSent("refused")]

    await road.service.cancel(cancel())
    await road.clock.advance(2)
    await road.until("A1", "cancelled")

    assert road.venue.cancels[id] == 1


async def test_a_cancel_asked_while_the_answer_is_awaited_is_sent_once_the_venue_holds_the_order(
    road: Road,
) -> None:
    road.venue.next_places = [Place.LOST_AFTER]
    await road.submit(approve(road.clock, "A1", limit=69_000))
    await road.until("A1", "unknown")

    answer = await road.service.cancel(cancel())
    state_at_once = await road.state()
    await road.clock.advance(3)
    await road.until("A1", "cancelled")

    assert isinstance(answer, CancelRequested) and state_at_once == "unknown"
    assert road.venue.cancels[road.venue.only()] == 1


async def test_cancel_all_keeps_to_its_scope(road: Road) -> None:
    await working(road, "A1", run="cross")
    await working(road, "A2", run="breakout")
    await working(road, "A3")

    asked = await road.service.cancel_all(CancelAll(provenance=BY_OWNER, by="owner", run=RunId("cross")))
    await road.until("A1", "cancelled")

    assert [order.id for order in asked] == ["A1"]
    assert [order.id for order in await road.service.find(OrderQuery(open_only=True))] == ["A3", "A2"]


async def test_the_kill_switch_cancels_every_open_order(road: Road) -> None:
    await working(road, "A1")
    await working(road, "A2")

    await road.bus.publish(KILL, kill(KillAct.FREEZE, KillAct.CANCEL))

    await road.until("A1", "cancelled")
    await road.until("A2", "cancelled")


async def test_after_the_freeze_nothing_that_risk_had_approved_is_sent_until_the_reset(road: Road) -> None:
    approved = approve(road.clock, "A1")
    closing = approve(road.clock, "A2", origin=Origin.KILL_SWITCH)

    await road.bus.publish(KILL, kill(KillAct.FREEZE))
    await road.submit(approved, closing)
    order = await road.until("A1", "rejected")
    await road.until("A2", "working")
    await road.bus.publish(KILL, kill(engaged=False))
    await road.submit(approve(road.clock, "A3"))
    await road.until("A3", "working")

    assert isinstance(order.state, Rejected) and "kill switch" in order.state.reason
    assert road.venue.sent["A1"] == 0


async def test_a_kill_of_another_account_leaves_this_one_alone(road: Road) -> None:
    await working(road, "A1")

    await road.bus.publish(KILL, kill(KillAct.FREEZE, KillAct.CANCEL, account="other"))
    await working(road, "A2")

    assert await road.state("A1") == "working"


async def test_an_open_order_that_is_not_ours_is_told_once(road: Road) -> None:
    await working(road)
    id = road.venue.only()
    stranger = replace(road.venue.orders[id], venue_order_id=VenueOrderId("V99"), order=None)
    road.venue.orders[VenueOrderId("V99")] = stranger

    await road.service.compare(PAPER)
    await road.service.compare(PAPER)
    await settle(20)

    assert subjects(road.notices) == ["order_external"]


async def test_a_fill_of_an_order_nobody_knows_is_told_and_not_booked(road: Road) -> None:
    id = await working(road)
    fill = road.venue.fill(id, 1, tell=False)
    road.venue.fills.clear()

    road.venue.tell(replace(fill, order=ClientOrderId("nobody")))
    await settle(20)
    road.venue.tell(replace(fill, order=ClientOrderId("nobody")))
    await settle(20)

    assert (await road.order()).filled == 0
    assert subjects(road.notices) == ["fill_external"]


async def test_an_order_we_closed_that_rises_at_the_venue_is_cancelled_there(road: Road) -> None:
    road.venue.next_places = [Place.LOST_AFTER]
    await road.submit(approve(road.clock, "A1", limit=69_000))
    await road.until("A1", "unknown")
    id = road.venue.only()
    hidden = road.venue.orders.pop(id)
    await road.clock.advance(3)
    await road.until("A1", "rejected")

    road.venue.orders[id] = hidden
    await road.clock.advance(60)

    assert not road.venue.orders[id].is_open
    assert "order_risen" in subjects(road.notices)
    assert await road.state() == "rejected"
