"""Five minutes of BTCUSDT, round and round: every print as it was, only the date is ours."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest

from jts.brokers.recorded.looped_trades import BTCUSDT, LoopedTrades
from jts.brokers.recorded.trade_loop import TradeLoop
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos
from tests.brokers.recorded.makers import NOW, JumpingClock
from tests.market_data_files import market_data_file

SECOND = 1_000_000_000


async def prints(source: LoopedTrades, count: int) -> list[MarketTrade]:
    told: list[MarketTrade] = []
    async for event in source.stream():
        assert isinstance(event, MarketTrade)
        told.append(event)
        if len(told) == count:
            break
    return told


def small_loop(speed: float = 1.0) -> TradeLoop:
    """Four prints in ten seconds, at 0, 1, 4 and 9 seconds."""
    return TradeLoop(
        offsets_ns=np.array([0, 1, 4, 9], dtype=np.int64) * SECOND,
        price_units=np.array([100, 130, 90, 110], dtype=np.int64),
        quantity_units=np.array([1, 2, 3, 4], dtype=np.int64),
        length_ns=10 * SECOND,
        anchor_ns=0,
        speed=speed,
    )


def small_bars(loop: TradeLoop, length_s: int, last_open_s: int, limit: int) -> Bars:
    return loop.bars(
        instrument=BTCUSDT,
        timeframe=Timeframe(length_s, "s"),
        price_scale=2,
        quantity_scale=0,
        last_open_ns=last_open_s * SECOND,
        limit=limit,
    )


def test_prints_repeat_with_the_loop() -> None:
    loop = small_loop()

    assert [loop.instant(n) // SECOND for n in range(9)] == [0, 1, 4, 9, 10, 11, 14, 19, 20]


@pytest.mark.parametrize("speed", [1.0, 2.0, 60.0, 0.5, 1 / 3])
def test_the_count_before_an_instant_agrees_with_the_instants(speed: float) -> None:
    loop = small_loop(speed)

    for number in range(40):
        due = loop.instant(number)
        assert loop.count_before(due) <= number < loop.count_before(due + 1)


def test_bars_of_the_loop_are_what_its_prints_make() -> None:
    bars = small_bars(small_loop(), 5, 15, 4)

    assert [ns // SECOND for ns in bars.open_ns] == [0, 5, 10, 15]
    assert list(bars.open_units) == [100, 110, 100, 110]
    assert list(bars.high_units) == [130, 110, 130, 110]
    assert list(bars.low_units) == [90, 110, 90, 110]
    assert list(bars.close_units) == [90, 110, 90, 110]
    assert list(bars.volume) == [6.0, 4.0, 6.0, 4.0]


def test_an_interval_of_the_loop_without_a_print_makes_no_bar() -> None:
    bars = small_bars(small_loop(), 2, 8, 5)

    assert [ns // SECOND for ns in bars.open_ns] == [0, 4, 8]


def test_a_bar_across_the_seam_and_one_longer_than_the_loop_are_right() -> None:
    across = small_bars(small_loop(), 4, 8, 1)
    long = small_bars(small_loop(), 40, 40, 1)

    assert (across.open_units[0], across.high_units[0], across.low_units[0], across.close_units[0]) == (
        110,
        130,
        100,
        130,
    )
    assert (long.high_units[0], long.low_units[0], long.volume[0]) == (130, 90, 40.0)


async def test_prints_come_at_the_present_with_the_pauses_they_had() -> None:
    clock = JumpingClock()
    told = await prints(LoopedTrades(clock=clock), 2_000)

    venue = [t.venue_ns for t in told]

    assert venue == sorted(venue) and venue[0] >= NOW
    assert all(0 <= t.received_ns - t.venue_ns < 0.01 * SECOND for t in told)
    assert max(b - a for a, b in pairwise(venue)) < 2.1 * SECOND


@pytest.mark.data
async def test_every_price_and_quantity_is_the_recordings_own_and_no_id_repeats() -> None:
    table = pq.read_table(market_data_file("ticks/BTCUSDT_spot_20240809_trades.parquet"))
    recorded = {
        str(row["trade_id"]): (Decimal(str(row["price"])), Decimal(str(row["qty"])))
        for row in table.to_pylist()
    }

    told = await prints(LoopedTrades(clock=JumpingClock(), speed=60.0), 3 * len(recorded))

    assert len({t.trade_id for t in told}) == len(told)
    assert all(recorded[t.trade_id.split("-")[1]] == (t.price, t.quantity) for t in told)


async def test_sixty_times_the_speed_is_a_sixtieth_of_the_time() -> None:
    slow, fast = JumpingClock(), JumpingClock()

    await prints(LoopedTrades(clock=slow), 10_147)
    await prints(LoopedTrades(clock=fast, speed=60.0), 10_147)

    assert slow.slept_s == pytest.approx(305, abs=3)
    assert fast.slept_s == pytest.approx(305 / 60, abs=0.5)


@pytest.mark.parametrize(("timeframe", "limit"), [("5s", 2_000), ("1m", 500)])
async def test_history_is_long_enough_to_be_warm_at_once_and_ends_at_the_present(
    timeframe: str, limit: int
) -> None:
    length = Timeframe.parse(timeframe)

    bars = await LoopedTrades(clock=JumpingClock()).history(BTCUSDT, length, before_ns=NOW, limit=limit)

    assert bars is not None and len(bars) == limit
    assert bars.open_ns[-1] + length.nanos <= NOW < bars.open_ns[-1] + 2 * length.nanos
    assert (np.asarray(bars.low_units) <= np.asarray(bars.open_units)).all()
    assert (np.asarray(bars.high_units) >= np.asarray(bars.close_units)).all()


@pytest.mark.parametrize("speed", [1.0, 7.5])
async def test_history_is_what_the_stream_would_have_built(speed: float) -> None:
    clock = JumpingClock()
    source = LoopedTrades(clock=clock, speed=speed)
    told = await prints(source, 12_000)  # over the seam
    whole = range(told[0].venue_ns // (5 * SECOND) + 1, told[-1].venue_ns // (5 * SECOND))

    bars = await source.history(
        BTCUSDT, Timeframe(5, "s"), before_ns=Nanos(whole[-1] * 5 * SECOND + 1), limit=len(whole)
    )

    assert bars is not None
    built: dict[int, list[MarketTrade]] = {}
    for trade in told:
        built.setdefault(trade.venue_ns // (5 * SECOND), []).append(trade)
    for place, open_ns in enumerate(bars.open_ns):
        own = built[open_ns // (5 * SECOND)]
        prices = [int(t.price * 100) for t in own]
        assert (bars.open_units[place], bars.close_units[place]) == (prices[0], prices[-1])
        assert (bars.high_units[place], bars.low_units[place]) == (max(prices), min(prices))
        assert Decimal(repr(bars.volume[place])) == sum(t.quantity for t in own)


async def test_a_source_started_again_later_remembers_the_same_bars() -> None:
    minute, end = Timeframe(1, "m"), Nanos(NOW // (60 * SECOND) * 60 * SECOND)
    before = await LoopedTrades(clock=JumpingClock()).history(BTCUSDT, minute, before_ns=end, limit=100)

    later = JumpingClock(NOW + 3_600 * SECOND)
    after = await LoopedTrades(clock=later).history(BTCUSDT, minute, before_ns=end, limit=100)

    assert before == after


async def test_what_the_recording_does_not_have_is_none() -> None:
    source = LoopedTrades(clock=JumpingClock())

    assert await source.history(InstrumentId("KRX:005930"), Timeframe(1, "m"), before_ns=NOW, limit=1) is None
    assert await source.history(BTCUSDT, Timeframe(1, "mo"), before_ns=NOW, limit=1) is None


def test_it_says_what_it_is() -> None:
    source = LoopedTrades(clock=JumpingClock(), speed=2.0)

    assert source.is_recorded and source.speed == 2.0
    assert "recording of 2024-08-09" in source.description and "replayed" in source.description
