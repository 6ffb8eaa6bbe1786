"""How good a series is: each kind of defect counted, each limit met, just missed and just passed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from jts.adapters.bar_files.read import read_bar_file
from jts.adapters.timeseries.memory_store import MemoryBarStore
from jts.domain.instruments.markets import describe
from jts.domain.instruments.session_calendar import calendar
from jts.domain.market.grading import GRADES, SHARES_MAX, Finding, grade
from jts.domain.market.timeframe import Timeframe
from jts.services.market_data.grade_bars import count_findings
from jts.services.market_data.keep_series import SeriesKeeper, grade_of
from tests.market_data_files import market_data_file
from tests.services.market_data.makers import BTC, DAY, SAMSUNG, ManualClock, MemoryCatalog, ns
from tests.timeseries.makers import MINUTE_NS, at, minutes

KRX = calendar("krx")
FIVE_MINUTES = Timeframe(5, "m")


def sessions(first: str, count: int) -> list[date]:
    days = [date.fromisoformat(first)]
    while len(days) < count:
        days.append(KRX.next_session(days[-1]))
    return days


def midnight_ns(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000_000_000


@pytest.mark.parametrize(("kind", "limits"), list(SHARES_MAX.items()))
def test_a_share_at_its_limit_keeps_the_grade_and_one_more_bar_loses_it(
    kind: Finding, limits: tuple[float, ...]
) -> None:
    count = 100_000

    for better, worse, limit in zip(GRADES, GRADES[1:], limits, strict=False):
        most = int(count * limit)
        if GRADES.index(better) == 0 or most > int(count * limits[GRADES.index(better) - 1]):
            assert grade(count, {kind.value: most}) == better, (kind, limit)
        assert GRADES.index(grade(count, {kind.value: most + 1})) >= GRADES.index(worse), (kind, limit)


def test_the_worst_kind_decides_and_what_only_tells_does_not() -> None:
    assert grade(100, {}) == "A"
    assert grade(100, {"halted": 50, "no_volume": 100, "gaps_unchecked": 100}) == "A"
    assert grade(100, {"missing": 50, "duplicates": 1}) == "F"


def test_nights_weekends_and_holidays_are_no_gaps() -> None:
    days = sessions("2024-02-05", 30)  # over the lunar new year

    bars = at([midnight_ns(day) for day in days], [70_000] * 30, instrument=SAMSUNG, timeframe=DAY, scale=0)

    assert count_findings(bars, describe(SAMSUNG)) == {}


def test_a_session_without_a_bar_is_missing_and_a_bar_on_a_sunday_is_off_session() -> None:
    days = sessions("2024-03-04", 10)
    without = [midnight_ns(day) for day in days if day != days[4]]
    sunday = midnight_ns(date(2024, 3, 10))

    bars = at(sorted([*without, sunday]), [70_000] * 10, instrument=SAMSUNG, timeframe=DAY, scale=0)

    assert count_findings(bars, describe(SAMSUNG)) == {"missing": 1, "off_session": 1}


def test_a_market_that_never_closes_has_no_excuse() -> None:
    bars = at([n * MINUTE_NS for n in (0, 1, 5, 6)], [100, 100, 100, 100])

    assert count_findings(bars, describe(BTC)) == {"missing": 3}


def test_the_silence_before_the_closing_auction_is_no_gap() -> None:
    opens = ns("2024-03-05T09:00:00+09:00")
    two_days = [0, 24 * 60]
    instants = [opens + (day + n) * MINUTE_NS for day in two_days for n in [*range(380), 389]]

    bars = at(instants, [70_000] * len(instants), instrument=SAMSUNG, scale=0)

    assert count_findings(bars, describe(SAMSUNG)) == {}


def test_minutes_missing_within_a_session_and_at_its_ends_are_counted() -> None:
    opens = ns("2024-03-05T09:00:00+09:00")
    first = [opens + n * MINUTE_NS for n in range(370)]  # 15:10 to 15:19 and the auction: 11
    second = [opens + (24 * 60 + n) * MINUTE_NS for n in range(5, 380) if n not in (100, 101)]  # 5 and 2

    bars = at([*first, *second], [70_000] * (len(first) + len(second)), instrument=SAMSUNG, scale=0)

    assert count_findings(bars, describe(SAMSUNG)) == {"missing": 11 + 5 + 2}


def test_a_move_far_beyond_the_series_own_is_a_jump() -> None:
    calm = [
        10_000 + 10 * (n % 2) for n in range(100)
    ]  # moves of 0.1 %, so a jump is beyond 20 * 1.4826 of them

    inside = minutes([*calm, 10_290])
    beyond = minutes([*calm, 10_320])

    assert count_findings(inside, describe(BTC)) == {}
    assert count_findings(beyond, describe(BTC)) == {"jumps": 1}


@pytest.mark.parametrize(
    ("after", "expected"), [(1_400, {"splits": 1}), (35_000, {"splits": 1}), (60_000, {})]
)
def test_an_opening_at_a_simple_part_of_the_close_before_is_a_split(
    after: int, expected: dict[str, int]
) -> None:
    days = [midnight_ns(day) for day in sessions("2024-03-04", 20)]
    closes = [70_000 + 100 * (n % 3) for n in range(10)] + [after] * 10

    bars = at(days, closes, instrument=SAMSUNG, timeframe=DAY, scale=0)

    assert count_findings(bars, describe(SAMSUNG)) == expected


@pytest.mark.parametrize(("resting", "expected"), [(4, {}), (5, {"zero_volume": 5}), (6, {"zero_volume": 6})])
def test_a_run_of_bars_without_trades_is_found(resting: int, expected: dict[str, int]) -> None:
    bars = minutes([100] * 20)
    np.asarray(bars.volume)[7 : 7 + resting] = 0.0

    assert count_findings(bars, describe(BTC)) == expected


def test_an_unknown_market_is_told_apart_from_a_good_one() -> None:
    assert count_findings(minutes([100, 100]), None) == {"gaps_unchecked": 2}


async def test_a_series_is_graded_with_what_its_files_had_wrong() -> None:
    store, catalog = MemoryBarStore(), MemoryCatalog()
    keeper = SeriesKeeper(bars=store, catalog=catalog, clock=ManualClock())
    for _ in range(2):  # the same file twice counts once
        await keeper.keep(
            minutes([100] * 100), name="a.csv", form="CSV", digest="d1", rows=102, findings={"duplicates": 2}
        )

    graded = await keeper.regrade(BTC, Timeframe(1, "m"))

    assert graded.findings == {"duplicates": 2} and graded.count == 100
    assert graded.grade == "C"  # 2 %: beyond B's 1 %, within C's 5 %
    assert (await catalog.graded()) == (graded,)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "letter", "findings"),
    [
        ("bars/krx/005930_1d.parquet", "A", {"missing": 3}),
        ("bars/krx/000660_1d.parquet", "B", {"missing": 12}),
        ("bars/krx/005930_5m.parquet", "D", {"missing": 30}),
        ("bars/krx/005930_1d_presplit_basis.parquet", "A", {"missing": 1}),
        ("bars/binance/BTCUSDT_1h.parquet", "A", {"jumps": 3, "missing": 1}),
        ("derived/krx/005930_1d_as_traded_2016_2019.parquet", "D", {"missing": 3, "splits": 1}),
        ("quirks/krx/068270_1d.parquet", "C", {"widened": 41}),
        ("bars/us/SPY_1d.parquet", "A", {"gaps_unchecked": 5849}),
    ],
)
def test_real_series_have_the_defects_their_documentation_names(
    name: str, letter: str, findings: dict[str, int]
) -> None:
    file = read_bar_file(market_data_file(name))

    assert grade_of(file.bars, [file.findings]) == (letter, findings)


def test_a_session_missing_whole_counts_all_its_bars() -> None:
    opens = ns("2024-03-05T09:00:00+09:00")
    instants = [opens + (day * 24 * 60 + n * 5) * MINUTE_NS for day in (0, 2) for n in range(76)]

    bars = at(instants, [70_000] * 152, instrument=SAMSUNG, timeframe=FIVE_MINUTES, scale=0)

    # A session has 76 bars from 09:00 to 15:15 and that of the auction; the first day lacks its auction too.
    assert count_findings(bars, describe(SAMSUNG)) == {"missing": 77 + 1}
