"""The market data service: what it tells, when, and how far it says it can be trusted."""

from __future__ import annotations

import pytest

from jts.domain.market.prices import SessionState
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId, Nanos
from tests.services.market_data.makers import (
    BTC,
    DAY,
    FIVE_SECONDS,
    SAMSUNG,
    ManualClock,
    Stage,
    ToldSource,
    ns,
    seconds,
    trade,
)
from tests.timeseries.makers import DAY_NS, MINUTE, MINUTE_NS, at


async def test_a_bar_is_told_once_when_the_venues_time_has_passed_its_end() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        await stage.service.follow(BTC, FIVE_SECONDS)
        await stage.service.follow(BTC, FIVE_SECONDS)
        source.say(trade(seconds(0), "100"), trade(seconds(4), "101"))
        await stage.clock.move_to(seconds(4.5))
        early = len(stage.bars)

        await stage.clock.move_to(seconds(5.3))
        await stage.clock.move_to(seconds(9.9))

        assert early == 0
        assert [told.bar.open_ns for told in stage.bars] == [seconds(0)]
        assert stage.bars[0].bar.close_units == 10100


async def test_bars_of_a_live_source_are_stored_and_those_of_a_recording_are_not() -> None:
    for is_recorded, expected in ((False, 1), (True, 0)):
        source = ToldSource(BTC, is_recorded=is_recorded)
        async with Stage(source) as stage:
            await stage.service.follow(BTC, FIVE_SECONDS)
            source.say(trade(seconds(0), "100"))
            await stage.clock.move_to(seconds(1))
            await stage.clock.move_to(seconds(6))

            assert len(stage.bars) == 1
            assert sum(series.count for series in await stage.store.series()) == expected


async def test_the_bar_of_an_interval_we_came_late_to_is_asked_of_the_source() -> None:
    whole = at([seconds(0)], [10_000], timeframe=FIVE_SECONDS)
    source = ToldSource(BTC, history=[whole])
    async with Stage(source) as stage:
        source.say(trade(seconds(1), "100"))
        await stage.clock.move_to(seconds(2))
        await stage.service.follow(BTC, FIVE_SECONDS)
        source.say(trade(seconds(3), "90"))
        await stage.settle()
        await stage.clock.move_to(seconds(6))

        assert [told.bar.high_units for told in stage.bars] == [10_005]


async def test_the_bar_of_an_interval_nobody_saw_whole_is_not_told() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        source.say(trade(seconds(1), "100"))
        await stage.clock.move_to(seconds(2))
        await stage.service.follow(BTC, FIVE_SECONDS)
        source.say(trade(seconds(3), "90"), trade(seconds(6), "91"))
        await stage.settle()
        await stage.clock.move_to(seconds(11))

        assert [told.bar.open_ns for told in stage.bars] == [seconds(5)]


async def test_every_print_is_offered_and_the_newest_are_kept() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        source.say(*(trade(seconds(n), f"{100 + n}") for n in range(3)))
        await stage.settle()

        last = await stage.service.last_trades(BTC, limit=2)

        assert [str(t.price) for t in stage.trades] == ["100", "101", "102"]
        assert [str(t.price) for t in last] == ["102", "101"]


async def test_a_reference_is_the_newest_print_and_grows_stale() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        before = await stage.service.reference(BTC)
        source.say(trade(seconds(0), "100"))
        await stage.settle()

        reference = await stage.service.reference(BTC)

        assert before is None
        assert reference is not None and str(reference.price) == "100"
        assert reference.session is SessionState.OPEN
        assert not reference.is_stale(seconds(10)) and reference.is_stale(Nanos(seconds(10) + 1))


async def test_a_feed_tells_each_change_of_its_state_once() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        source.say(trade(seconds(0), "100"), trade(seconds(0), "101"))
        await stage.settle()
        await stage.clock.move_to(seconds(10))
        at_twice_the_heartbeat = stage.states()
        await stage.clock.move_to(seconds(10.5))
        await stage.clock.move_to(seconds(11))
        source.say(trade(seconds(11), "100"))
        await stage.settle()
        source.say(None)
        await stage.settle()

        assert at_twice_the_heartbeat == ["live"]
        assert stage.states() == ["live", "stale", "live", "ended"]
        (status,) = await stage.service.feeds()
        assert status.messages == 3 and status.last_message_ns == seconds(11)


async def test_prints_that_come_seconds_after_they_happened_are_delayed() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        source.say(trade(seconds(0), "100", received=seconds(5)))
        await stage.settle()
        source.say(trade(seconds(1), "100", received=Nanos(seconds(6) + 1)))
        await stage.settle()

        assert stage.states() == ["live", "delayed"]


async def test_a_source_that_fails_is_down_and_asked_again() -> None:
    source = ToldSource(BTC)
    async with Stage(source) as stage:
        source.say(trade(seconds(0), "100"), ConnectionError("gone"), trade(seconds(2), "101"))
        await stage.settle()
        down = stage.states()
        await stage.clock.move_to(seconds(0.9))
        still = len(stage.trades)

        await stage.clock.move_to(seconds(2))

        assert down == ["live", "down"] and still == 1
        assert stage.states() == ["live", "down", "live"]
        assert len(stage.trades) == 2


async def test_one_source_that_fails_does_not_stop_the_others() -> None:
    failing, healthy = ToldSource(BTC), ToldSource(SAMSUNG)
    healthy.feed = "healthy"
    async with Stage(failing, healthy) as stage:
        failing.say(OSError("no route"))
        await stage.settle()

        healthy.say(trade(seconds(0), "70000", instrument=SAMSUNG))
        await stage.settle()

        assert [t.instrument for t in stage.trades] == [SAMSUNG]


async def test_a_venue_at_another_date_is_closed_after_its_closing_print_and_opens_with_the_next() -> None:
    yesterday = at([ns("2012-01-02T09:00:00+09:00")], [1_080_000], instrument=SAMSUNG, timeframe=DAY, scale=0)
    source = ToldSource(SAMSUNG, is_recorded=True, history=[yesterday])
    async with Stage(source) as stage:
        source.say(
            trade(
                ns("2012-01-03T09:00:00+09:00"),
                "1090000",
                instrument=SAMSUNG,
                received=seconds(0),
                opens_session=True,
            )
        )
        await stage.settle()
        first = await stage.service.reference(SAMSUNG)
        source.say(
            trade(
                ns("2012-01-03T15:30:00+09:00"),
                "1100000",
                instrument=SAMSUNG,
                received=seconds(0),
                closes_session=True,
            )
        )
        await stage.settle()
        closed = await stage.service.reference(SAMSUNG)
        source.say(
            trade(
                ns("2012-01-04T09:00:00+09:00"),
                "1110000",
                instrument=SAMSUNG,
                received=seconds(0),
                opens_session=True,
            )
        )
        await stage.settle()
        next_day = await stage.service.reference(SAMSUNG)

    assert first is not None and closed is not None and next_day is not None
    assert (first.session, closed.session, next_day.session) == ("open", "closed", "open")
    assert first.previous_close == 1_080_000 and closed.previous_close == 1_080_000
    assert next_day.previous_close == 1_100_000


async def test_bars_are_finished_ones_only() -> None:
    clock = ManualClock(seconds(130))
    async with Stage(ToldSource(BTC), clock=clock) as stage:
        await stage.store.append(at([seconds(0), seconds(60), seconds(120)], [1, 2, 3]))

        bars = await stage.service.bars(BTC, MINUTE)
        await clock.move_to(seconds(180))
        later = await stage.service.bars(BTC, MINUTE)

        assert list(bars.close_units) == [1, 2]
        assert list(later.close_units) == [1, 2, 3]


async def test_bars_join_what_is_stored_with_what_the_source_remembers() -> None:
    source = ToldSource(BTC, history=[at([seconds(0), seconds(60), seconds(120)], [11, 12, 13])])
    async with Stage(source, clock=ManualClock(seconds(600))) as stage:
        await stage.store.append(at([seconds(60)], [99]))

        bars = await stage.service.bars(BTC, MINUTE)
        two = await stage.service.bars(BTC, MINUTE, limit=2)

        assert list(bars.close_units) == [11, 99, 13]
        assert list(two.close_units) == [99, 13]


async def test_a_recording_is_its_own_history_and_stored_bars_of_the_future_stay_unseen() -> None:
    days = [ns(f"2012-01-0{n}T09:00:00+09:00") for n in (3, 4)]
    told = at(days[:1], [1_100_000], instrument=SAMSUNG, timeframe=DAY, scale=0)
    source = ToldSource(SAMSUNG, is_recorded=True, history=[told])
    async with Stage(source) as stage:
        await stage.store.append(at(days, [1, 2], instrument=SAMSUNG, timeframe=DAY, scale=0))
        minutes = [Nanos(days[0] + n * MINUTE_NS) for n in range(3)] + [Nanos(days[1])]
        await stage.store.append(at(minutes, [5, 6, 7, 8], instrument=SAMSUNG, scale=0))
        source.say(
            trade(
                ns("2012-01-03T15:30:00+09:00"),
                "1100000",
                instrument=SAMSUNG,
                received=seconds(0),
                closes_session=True,
            )
        )
        await stage.settle()

        daily = await stage.service.bars(SAMSUNG, DAY)
        by_minute = await stage.service.bars(SAMSUNG, MINUTE)

        assert list(daily.close_units) == [1_100_000]
        assert list(by_minute.close_units) == [5, 6, 7]


async def test_bars_come_at_the_instruments_own_scale() -> None:
    async with Stage(ToldSource(BTC), clock=ManualClock(seconds(600))) as stage:
        await stage.store.append(at([seconds(0)], [100], scale=0))

        bars = await stage.service.bars(BTC, MINUTE)

        assert bars.price_scale == 2 and list(bars.close_units) == [10_000]


async def test_what_cannot_be_built_is_refused_with_the_next_step() -> None:
    async with Stage(ToldSource(BTC)) as stage:
        with pytest.raises(BadInput, match="jts data list"):
            await stage.service.bars(BTC, Timeframe(1, "s"))
        with pytest.raises(BadInput, match="an instrument on a feed"):
            await stage.service.follow(InstrumentId("KRX:000660"), DAY)
        for limit in (0, 20_001):
            with pytest.raises(BadInput, match="limit from 1 to 20000"):
                await stage.service.bars(BTC, MINUTE, limit=limit)


async def test_instruments_are_those_of_feeds_and_those_that_are_stored() -> None:
    async with Stage(ToldSource(BTC)) as stage:
        await stage.store.append(at([0, DAY_NS], [1, 2], instrument=SAMSUNG, timeframe=DAY, scale=0))

        found = [instrument.id for instrument in await stage.service.instruments()]
        unknown = await stage.service.instrument(InstrumentId("MARS:1"))

        assert found == [BTC, SAMSUNG] and unknown is None
