"""What every bar store promises, run against memory and the embedded ClickHouse."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from jts.adapters.timeseries.chdb_store import ChdbBarStore
from jts.adapters.timeseries.memory_store import MemoryBarStore
from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos
from jts.ports.bar_store import BarStore, Stored
from tests.timeseries.makers import BTC, DAY_NS, MINUTE, MINUTE_NS, at, minutes

_databases = itertools.count()


@pytest.fixture(params=["memory", "chdb"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BarStore]:
    if request.param == "memory":
        yield MemoryBarStore()
        return
    chdb = ChdbBarStore(tmp_path / "bars", database=f"case_{next(_databases)}")
    await chdb.open()
    yield chdb
    await chdb.close()


def closes(bars: Bars | None) -> list[int]:
    assert bars is not None
    return list(bars.close_units)


async def test_what_is_appended_is_read_back_to_the_last_digit(store: BarStore) -> None:
    written = minutes([6_824_571, 6_815_784], volume=80.9539)

    stored = await store.append(written)

    assert stored == Stored(added=2, unchanged=0, replaced=0)
    assert await store.read(BTC, MINUTE) == written


async def test_writing_the_same_bars_twice_equals_writing_them_once(store: BarStore) -> None:
    await store.append(minutes([100, 101, 102]))

    stored = await store.append(minutes([100, 101, 102]))

    assert stored == Stored(added=0, unchanged=3, replaced=0)
    assert closes(await store.read(BTC, MINUTE)) == [100, 101, 102]


async def test_a_corrected_bar_replaces_the_one_before_and_the_rest_stays(store: BarStore) -> None:
    await store.append(minutes([100, 101, 102]))

    stored = await store.append(minutes([101, 999, 103], first=0))

    assert stored == Stored(added=0, unchanged=0, replaced=3)
    again = await store.append(minutes([999, 103, 104], first=1))
    assert again == Stored(added=1, unchanged=2, replaced=0)
    assert closes(await store.read(BTC, MINUTE)) == [101, 999, 103, 104]


async def test_bars_may_come_before_between_and_after_those_stored(store: BarStore) -> None:
    await store.append(at([10 * MINUTE_NS, 20 * MINUTE_NS], [10, 20]))

    stored = await store.append(at([n * MINUTE_NS for n in (5, 10, 15, 25)], [5, 10, 15, 25]))

    assert stored == Stored(added=3, unchanged=1, replaced=0)
    assert closes(await store.read(BTC, MINUTE)) == [5, 10, 15, 20, 25]


@pytest.mark.parametrize(
    ("begin", "end", "limit", "expected"),
    [
        (None, None, None, [0, 1, 2, 3, 4]),
        (1, None, None, [1, 2, 3, 4]),
        (None, 3, None, [0, 1, 2]),
        (1, 3, None, [1, 2]),
        (None, None, 2, [3, 4]),
        (None, 3, 2, [1, 2]),
        (2, 3, 5, [2]),
        (None, 0, 5, []),
        (5, None, None, []),
        (None, None, 0, []),
    ],
)
async def test_a_read_keeps_to_its_bounds(
    store: BarStore, begin: int | None, end: int | None, limit: int | None, expected: list[int]
) -> None:
    await store.append(at([n * MINUTE_NS for n in range(5)], [100, 101, 102, 103, 104]))

    bars = await store.read(
        BTC,
        MINUTE,
        from_ns=None if begin is None else Nanos(begin * MINUTE_NS),
        before_ns=None if end is None else Nanos(end * MINUTE_NS),
        limit=limit,
    )

    assert closes(bars) == [100 + n for n in expected]


async def test_a_series_nobody_stored_is_none_and_not_empty(store: BarStore) -> None:
    await store.append(minutes([100]))

    assert await store.read(InstrumentId("KRX:005930"), MINUTE) is None
    assert await store.read(BTC, Timeframe(1, "s")) is None
    assert await store.read(BTC, Timeframe(1, "w")) is None


async def test_minutes_are_readable_as_five_minutes_hours_and_days(store: BarStore) -> None:
    await store.append(minutes([100, 110, 90, 105, 107, 108, 120], first=0, volume=0.1))

    five = await store.read(BTC, Timeframe(5, "m"))
    hour = await store.read(BTC, Timeframe(1, "h"))
    day = await store.read(BTC, Timeframe(1, "d"))

    assert five is not None and hour is not None and day is not None
    assert list(five.open_ns) == [0, 5 * MINUTE_NS]
    assert list(five.open_units) == [100, 108] and list(five.close_units) == [107, 120]
    assert list(five.high_units) == [115, 125] and list(five.low_units) == [85, 103]
    assert list(five.volume) == pytest.approx([0.5, 0.2], rel=1e-12)
    assert closes(hour) == [120] and closes(day) == [120]
    assert list(day.high_units) == [125] and list(day.volume) == pytest.approx([0.7], rel=1e-12)


async def test_a_corrected_minute_corrects_its_hour_and_is_not_counted_twice(store: BarStore) -> None:
    await store.append(minutes([100, 110, 120], volume=1.0))
    await store.append(minutes([100, 110, 120], volume=1.0))

    await store.append(minutes([200], first=1, volume=3.0))

    hour = await store.read(BTC, Timeframe(1, "h"))
    assert hour is not None
    assert list(hour.high_units) == [205] and list(hour.volume) == [5.0]


async def test_a_stored_hour_counts_before_one_made_of_minutes(store: BarStore) -> None:
    await store.append(minutes([100, 110]))
    await store.append(at([0], [777], timeframe=Timeframe(1, "h")))

    hour = await store.read(BTC, Timeframe(1, "h"))

    assert closes(hour) == [777]


async def test_bounds_of_computed_bars_are_their_own_openings(store: BarStore) -> None:
    await store.append(minutes(list(range(100, 115))))

    bars = await store.read(
        BTC, Timeframe(5, "m"), from_ns=Nanos(MINUTE_NS), before_ns=Nanos(10 * MINUTE_NS + 1)
    )

    assert bars is not None and list(bars.open_ns) == [5 * MINUTE_NS, 10 * MINUTE_NS]
    assert list(bars.close_units) == [109, 114]


async def test_prices_of_two_scales_share_the_finer_one(store: BarStore) -> None:
    await store.append(minutes([100], scale=0))
    unchanged = await store.append(minutes([10_000], scale=2))

    await store.append(at([MINUTE_NS], [10_050], scale=2))

    bars = await store.read(BTC, MINUTE)
    assert bars is not None and bars.price_scale == 2
    assert list(bars.close_units) == [10_000, 10_050]
    assert unchanged.replaced == 1  # high and low stood 5 whole units off, now 5 hundredths


async def test_no_bars_are_no_series(store: BarStore) -> None:
    stored = await store.append(minutes([]))

    assert stored == Stored(added=0, unchanged=0, replaced=0)
    assert await store.series() == ()


async def test_series_tell_their_count_and_span(store: BarStore) -> None:
    await store.append(minutes([1, 2, 3], first=5))
    await store.append(minutes([2, 3, 4], first=6))
    await store.append(at([0, DAY_NS], [1, 2], timeframe=Timeframe(1, "d"), scale=0))

    found = {s.timeframe.text: (s.count, s.first_ns, s.last_ns, s.price_scale) for s in await store.series()}

    assert found == {"1m": (4, 5 * MINUTE_NS, 8 * MINUTE_NS, 2), "1d": (2, 0, DAY_NS, 0)}


async def test_a_limit_finds_bars_across_long_rests(store: BarStore) -> None:
    days = [n * 40 * DAY_NS for n in range(6)]
    await store.append(at(days, [1, 2, 3, 4, 5, 6]))

    newest = await store.read(BTC, MINUTE, limit=3)
    hours = await store.read(BTC, Timeframe(1, "h"), limit=4)

    assert closes(newest) == [4, 5, 6]
    assert closes(hours) == [3, 4, 5, 6]


@pytest.mark.parametrize("seed", range(3))
async def test_any_sequence_of_appends_ends_as_it_does_in_memory(store: BarStore, seed: int) -> None:
    chance = Random(seed)
    oracle = MemoryBarStore()
    for _ in range(12):
        picked = sorted(chance.sample(range(300), chance.randint(1, 60)))
        bars = at([n * MINUTE_NS for n in picked], [chance.randint(100, 110) for _ in picked])
        assert await store.append(bars) == await oracle.append(bars)

    for timeframe in ("1m", "5m", "1h", "1d"):
        limit = chance.choice([None, 1, 7, 1000])
        ours = await store.read(BTC, Timeframe.parse(timeframe), limit=limit)
        theirs = await oracle.read(BTC, Timeframe.parse(timeframe), limit=limit)
        assert ours == theirs, f"seed {seed}, {timeframe}, limit {limit}"
