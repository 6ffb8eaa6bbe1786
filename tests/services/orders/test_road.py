"""An order's road: from the approved command to its end, and every answer a broker can give or fail to
give.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from jts.contracts.topics import ORDER_COMMANDS
from jts.domain.orders.states import Rejected, Unknown
from jts.domain.values import AccountId, Side
from tests.services.orders.clock import HandClock, settle
from tests.services.orders.makers import PAPER, Road, approve, forge, subjects, unique
from tests.services.orders.venue import Place, Venue


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    clock = HandClock()
    road = await Road(tmp_path / "jts.db", Venue(clock), clock).start()
    yield road
    await road.stop()


async def test_an_approved_order_is_intended_sent_accepted_and_filled(road: Road) -> None:
    await road.submit(approve(road.clock, "A1", quantity=10))
    order = await road.until("A1", "filled")

    assert order.filled == 10 and order.average_price == Decimal(70_000)
    assert set(await road.kinds()) == {"OrderIntended", "OrderSendStarted", "OrderAccepted", "OrderFilled"}
    assert (await road.kinds())[:2] == ["OrderIntended", "OrderSendStarted"]
    assert road.venue.sent["A1"] == 1


async def test_the_click_that_began_it_is_named_on_every_event_down_to_the_fill(road: Road) -> None:
    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "filled")

    life = await road.service.life((await road.order()).id)

    assert {event.provenance.correlation_id for event in life} == {"click-A1"}
    assert life[0].provenance.causation_id == "cmd-A1"
    assert [event.provenance.id for event in life] == ["A1/1", "A1/2", "A1/3", "A1/4"]


async def test_every_stored_event_is_said_on_the_bus_in_its_sequence(road: Road) -> None:
    await road.submit(*(approve(road.clock, f"A{n}") for n in range(5)))
    for n in range(5):
        await road.until(f"A{n}", "filled")
    await settle(20)

    for n in range(5):
        said = [event.version for event in road.events if event.order == f"A{n}"]
        assert said == [1, 2, 3, 4]


async def test_a_command_said_twice_is_sent_once(road: Road) -> None:
    approved = approve(road.clock, "A1")

    await road.submit(approved, approved)
    await road.submit(approved)
    await road.until("A1", "filled")

    assert road.venue.sent["A1"] == 1
    assert (await road.kinds()).count("OrderIntended") == 1


async def test_a_forged_approval_is_never_sent_and_does_not_use_up_the_order_id(road: Road) -> None:
    genuine = approve(road.clock, "A1", quantity=10)

    await road.submit(forge(genuine, quantity=1000))
    await settle(10)
    state_after_forgery = await road.state("A1")
    await road.submit(genuine)
    order = await road.until("A1", "filled")

    assert state_after_forgery == "none"
    assert order.terms.quantity == 10 and road.venue.sent["A1"] == 1
    assert subjects(road.notices) == ["approval_forged"]
    assert road.service.forged == 1


@pytest.mark.parametrize(("waited_s", "state"), [(1.999, "filled"), (2.0, "rejected"), (2.001, "rejected")])
async def test_an_approval_counts_until_the_instant_it_expires(
    road: Road, waited_s: float, state: str
) -> None:
    approved = approve(road.clock, "A1", valid_s=2.0)
    await road.clock.advance(waited_s)

    await road.submit(approved)
    order = await road.until("A1", state)

    assert road.venue.sent["A1"] == (1 if state == "filled" else 0)
    if isinstance(order.state, Rejected):
        assert "approval had expired" in order.state.reason
        assert await road.kinds() == ["OrderIntended", "OrderRejected"]


async def test_a_decline_is_a_rejection_with_the_brokers_words(road: Road) -> None:
    road.venue.next_places = [Place.DECLINED]

    await road.submit(approve(road.clock, "A1"))
    order = await road.until("A1", "rejected")

    assert order.state == Rejected(reason="E1: insufficient cash at the venue")


async def test_a_request_that_certainly_never_left_is_a_rejection(road: Road) -> None:
    road.venue.next_places = [Place.NEVER_SENT]

    await road.submit(approve(road.clock, "A1"))
    order = await road.until("A1", "rejected")

    assert order.state == Rejected(reason="never sent: connection refused")


@pytest.mark.parametrize("lost", [Place.LOST_AFTER, Place.GARBLED_AFTER])
async def test_a_lost_answer_is_unknown_and_the_venue_resolves_it_to_what_happened(
    road: Road, lost: Place
) -> None:
    road.venue.next_places = [lost]
    road.venue.fills_at_once = False

    await road.submit(approve(road.clock, "A1", limit=69_000))
    unknown = await road.until("A1", "unknown")
    await road.clock.advance(2.5)
    order = await road.until("A1", "working")

    assert isinstance(unknown.state, Unknown) and "SECRET" not in unknown.state.reason
    assert order.venue_order_id == "V1"
    assert road.venue.sent["A1"] == 1
    assert subjects(road.notices) == ["order_unknown"]


async def test_a_lost_answer_of_an_order_that_never_arrived_is_resolved_by_proven_absence(road: Road) -> None:
    road.venue.next_places = [Place.LOST_BEFORE]

    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "unknown")
    await road.clock.advance(2.5)
    order = await road.until("A1", "rejected")

    assert order.state == Rejected(reason="not at the venue")
    assert road.venue.sent["A1"] == 0


@pytest.mark.parametrize(
    ("silent", "end"), [(Place.SILENT_AFTER, "filled"), (Place.SILENT_BEFORE, "rejected")]
)
async def test_a_timeout_is_unknown_and_never_sent_again(road: Road, silent: Place, end: str) -> None:
    road.venue.next_places = [silent]
    road.venue.tells = False

    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "sending")
    await road.clock.advance(9.9)
    before = await road.state("A1")
    await road.clock.advance(0.2)
    await road.until("A1", "unknown")
    await road.clock.advance(3)
    await road.until("A1", end)

    assert before == "sending"
    assert road.venue.sent["A1"] == (1 if end == "filled" else 0)


@pytest.mark.parametrize("grade", ["partial", "empty_but_suspect"])
async def test_an_incomplete_listing_resolves_nothing(road: Road, grade: str) -> None:
    road.venue.next_places = [Place.LOST_BEFORE]
    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "unknown")

    road.venue.grade = type(road.venue.grade)(grade)
    await road.clock.advance(65)

    assert await road.state("A1") == "unknown"


async def test_a_failed_question_is_no_information(road: Road) -> None:
    road.venue.next_places = [Place.LOST_BEFORE]
    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "unknown")

    road.venue.is_down = True
    await road.clock.advance(65)
    while_down = await road.state("A1")
    road.venue.is_down = False
    await road.clock.advance(3)

    assert while_down == "unknown"
    assert (await road.until("A1", "rejected")).state == Rejected(reason="not at the venue")


async def test_a_venue_without_client_ids_cannot_prove_absence(road: Road) -> None:
    road.venue.client_ids = False
    road.venue.next_places = [Place.LOST_BEFORE]

    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "unknown")
    await road.clock.advance(120)

    assert await road.state("A1") == "unknown"


async def test_while_an_order_is_unknown_its_side_and_instrument_are_quarantined(road: Road) -> None:
    await road.submit(approve(road.clock, "A0"))
    await road.until("A0", "filled")
    road.venue.next_places = [Place.LOST_AFTER]
    road.venue.is_down = True
    road.venue.tells = False
    await road.submit(approve(road.clock, "A1"))
    await road.until("A1", "unknown")

    await road.submit(approve(road.clock, "A2"), approve(road.clock, "A3", side=Side.SELL))
    same_side = await road.until("A2", "rejected")
    await road.until("A3", "working")
    road.venue.is_down = False
    await road.clock.advance(3)
    await road.until("A1", "filled")
    await road.submit(approve(road.clock, "A4"))
    await road.clock.advance(35)
    await road.until("A4", "filled")

    assert isinstance(same_side.state, Rejected) and "A1" in same_side.state.reason
    assert road.venue.sent["A2"] == 0


async def test_an_unknown_account_is_answered_not_raised(road: Road) -> None:
    await road.submit(approve(road.clock, "A1", account=AccountId("nowhere")))

    order = await road.until("A1", "rejected")

    assert order.state == Rejected(reason="never sent: no broker holds account nowhere")


async def test_no_order_leaves_before_the_account_was_compared_with_its_broker(road: Road) -> None:
    road.venue.is_down = True

    await road.submit(approve(road.clock, "A1", valid_s=60), approve(road.clock, "A2", valid_s=1))
    await road.clock.advance(1.5)
    states_before = await road.state("A1"), await road.state("A2")
    ready_before = road.service.is_ready(PAPER)
    road.venue.is_down = False
    await road.clock.advance(12)
    await road.until("A1", "filled")

    assert states_before == ("pending", "rejected") and not ready_before
    assert road.venue.sent["A1"] == 1 and road.venue.sent["A2"] == 0


async def test_many_orders_at_once_are_each_sent_once(road: Road) -> None:
    approved = [approve(road.clock, f"B{n}") for n in range(100)]

    await asyncio.gather(*(road.bus.publish(ORDER_COMMANDS, one) for one in approved))
    for one in approved:
        await road.until(one.command.order, "filled")
    await settle(30)

    assert all(count == 1 for count in road.venue.sent.values()) and len(road.venue.sent) == 100
    assert len(unique(road.events)) == 400
