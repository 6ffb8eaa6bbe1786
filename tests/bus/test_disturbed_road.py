"""The order road on a bus that repeats and delays: the same orders, whatever the seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jts.adapters.clock.system import SystemClock
from tests.bus.disturbed import DisturbedBus
from tests.services.orders.clock import HandClock, settle
from tests.services.orders.makers import Road, approve, unique
from tests.services.orders.venue import Venue


@pytest.mark.parametrize("seed", range(5))
async def test_repeats_and_delays_send_no_order_twice(tmp_path: Path, seed: int) -> None:
    clock = HandClock()
    venue = Venue(clock)
    road = Road(
        tmp_path / "jts.db", venue, clock, make_bus=lambda: DisturbedBus(clock=SystemClock(), seed=seed)
    )
    await road.start()

    await road.submit(*(approve(clock, f"A{n}") for n in range(20)))
    for n in range(20):
        await road.until(f"A{n}", "filled")
    await settle(40)
    said = {(event.order, event.version) for event in unique(road.events)}
    await road.stop()

    assert set(venue.sent.values()) == {1} and len(venue.sent) == 20
    assert said == {(f"A{n}", version) for n in range(20) for version in range(1, 5)}
