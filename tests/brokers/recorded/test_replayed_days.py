"""Samsung Electronics day by day: four prints a day at their own dates, and nothing of what is still to
come."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from jts.brokers.recorded.markets import recorded_markets
from jts.brokers.recorded.replayed_days import DAY, SAMSUNG, ReplayedDays
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, Nanos
from tests.brokers.recorded.makers import NOW, JumpingClock


async def prints(source: ReplayedDays, count: int | None = None) -> list[MarketTrade]:
    told: list[MarketTrade] = []
    async for event in source.stream():
        assert isinstance(event, MarketTrade)
        told.append(event)
        if count is not None and len(told) == count:
            break
    return told


def seoul(trade: MarketTrade) -> str:
    return f"{datetime.fromtimestamp(trade.venue_ns // 10**9 + 9 * 3600, UTC):%Y-%m-%d %H:%M}"


async def last_days(source: ReplayedDays, limit: int) -> list[str]:
    bars = await source.history(SAMSUNG, DAY, before_ns=NOW, limit=limit)
    assert bars is not None
    return [f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%d}" for ns in bars.open_ns]


async def test_a_day_is_open_low_high_close_and_its_ends_are_marked() -> None:
    told = await prints(ReplayedDays(clock=JumpingClock()), 8)

    # The first session of a year opens at ten; in 2012 it closed at three.
    assert (seoul(told[0]), seoul(told[3])) == ("2012-01-02 10:00", "2012-01-02 15:00")
    assert told[0].venue_ns < told[1].venue_ns < told[2].venue_ns < told[3].venue_ns
    assert [str(t.price) for t in told[:4]] == ["1070000", "1065000", "1080000", "1080000"]
    assert [(t.opens_session, t.closes_session) for t in told[:4]] == [
        (True, False), (False, False), (False, False), (False, True),
    ]  # fmt: skip
    assert [t.trade_id for t in told[3:5]] == ["20120102-close", "20120103-open"]
    assert len({t.trade_id for t in told}) == 8


async def test_the_prints_of_a_day_make_its_bar_again_volume_included() -> None:
    source = ReplayedDays(clock=JumpingClock(), begins=date(2017, 12, 1))
    told = await prints(source, 40)

    bars = await source.history(SAMSUNG, DAY, before_ns=NOW, limit=10)

    assert bars is not None
    for place in range(10):
        day = told[4 * place : 4 * place + 4]
        prices = [int(t.price) for t in day]
        assert prices == [
            bars.open_units[place], bars.low_units[place], bars.high_units[place], bars.close_units[place],
        ]  # fmt: skip
        assert sum((t.quantity for t in day), Decimal(0)) == Decimal(bars.volume[place])


async def test_a_day_a_second_and_faster() -> None:
    for speed, seconds in ((1.0, 25.0), (10.0, 2.5)):
        clock = JumpingClock()
        told = await prints(ReplayedDays(clock=clock, speed=speed), 101)

        assert clock.slept_s == pytest.approx(seconds, rel=1e-6)
        assert all(t.received_ns >= NOW for t in told)


async def test_history_is_what_has_been_and_never_what_is_to_come() -> None:
    source = ReplayedDays(clock=JumpingClock())
    before = await last_days(source, 2)

    await prints(source, 3)
    within_the_day = await last_days(source, 2)
    again = ReplayedDays(clock=JumpingClock())
    await prints(again, 4)

    assert before == within_the_day == ["2011-12-28", "2011-12-29"]
    assert await last_days(again, 2) == ["2011-12-29", "2012-01-02"]
    assert await source.history(SAMSUNG, Timeframe(1, "m"), before_ns=NOW, limit=1) is None


async def test_there_is_enough_history_before_the_first_day() -> None:
    assert len(await last_days(ReplayedDays(clock=JumpingClock()), 500)) == 500


async def test_it_goes_on_behind_the_last_finished_day() -> None:
    known = Nanos(int(datetime(2012, 1, 3, tzinfo=UTC).timestamp()) * 10**9)

    source = ReplayedDays(clock=JumpingClock(), resume_after_ns=known)

    assert (await last_days(source, 1)) == ["2012-01-03"]
    assert seoul((await prints(source, 1))[0]).startswith("2012-01-04")


async def test_a_resume_before_the_beginning_begins_at_the_beginning() -> None:
    source = ReplayedDays(clock=JumpingClock(), resume_after_ns=Nanos(0))

    assert seoul((await prints(source, 1))[0]).startswith("2012-01-02")


async def test_the_recording_ends() -> None:
    source = ReplayedDays(clock=JumpingClock(), speed=1000.0, begins=date(2018, 2, 13))

    told = await prints(source)

    assert [t.trade_id for t in told if t.closes_session] == ["20180213-close", "20180214-close"]
    assert await prints(source) == []


@pytest.mark.parametrize("speed", [0.0, -1.0, 0.009, 1000.1, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(BadInput, match="expected a speed from"):
        recorded_markets(speed, JumpingClock(), {})


def test_the_recorded_market_is_two_sources_that_say_so() -> None:
    markets = recorded_markets(60.0, JumpingClock(), {SAMSUNG: NOW})

    assert [m.feed for m in markets] == ["recorded-btcusdt", "recorded-005930"]
    assert all(m.is_recorded and m.speed == 60.0 and "recording" in m.description for m in markets)
