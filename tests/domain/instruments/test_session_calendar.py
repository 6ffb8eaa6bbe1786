"""When markets trade: hours, trading days, holidays, exam days, and what comes next."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from jts.domain.instruments.session_calendar import Period, SessionCalendar, calendar
from jts.domain.values import BadInput, Nanos

KRX: SessionCalendar = calendar("krx")
ALWAYS: SessionCalendar = calendar("always")


def seoul(text: str) -> Nanos:
    """`2026-11-20 09:00:00` on a Korean clock."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=9)
    return Nanos(int(Decimal(str(moment.timestamp())) * 1_000_000_000))


def hours(day: str) -> tuple[str, str] | None:
    found = KRX.session(date.fromisoformat(day))
    if found is None:
        return None
    clock = (datetime.fromtimestamp(ns / 1e9 + 9 * 3600, tz=UTC).strftime("%H:%M") for ns in found)
    opens, closes = clock
    return opens, closes


def test_the_regular_session_is_nine_to_half_past_three_in_seoul() -> None:
    assert hours("2026-11-20") == ("09:00", "15:30")
    assert hours("2016-07-29") == ("09:00", "15:00")
    assert hours("2016-08-01") == ("09:00", "15:30")
    assert hours("2026-11-21") is None


def test_the_year_begins_an_hour_late_and_the_exam_moves_both_ends() -> None:
    assert hours("2026-01-02") == ("10:00", "15:30")
    assert hours("2026-01-05") == ("09:00", "15:30")
    assert hours("2026-11-19") == ("10:00", "16:30")
    assert hours("2025-11-13") == ("10:00", "16:30")


def test_the_session_is_open_from_its_first_instant_until_just_before_its_last() -> None:
    assert not KRX.is_open(Nanos(seoul("2026-11-20 09:00:00") - 1))
    assert KRX.is_open(seoul("2026-11-20 09:00:00"))
    assert KRX.is_open(Nanos(seoul("2026-11-20 15:30:00") - 1))
    assert not KRX.is_open(seoul("2026-11-20 15:30:00"))


def test_the_holidays_announced_late_are_closed() -> None:
    assert hours("2026-06-03") is None
    assert hours("2026-07-17") is None
    assert hours("2025-01-27") is None
    assert hours("2026-12-31") is None


def test_an_instant_counts_for_its_own_session_or_the_next_one() -> None:
    assert KRX.trading_day(seoul("2026-11-20 00:00:00")) == date(2026, 11, 20)
    assert KRX.trading_day(seoul("2026-11-20 23:59:59")) == date(2026, 11, 20)
    assert KRX.trading_day(seoul("2026-11-21 12:00:00")) == date(2026, 11, 23)


def test_the_next_opening_and_close_skip_the_weekend() -> None:
    before, during, after = (seoul(f"2026-11-20 {at}") for at in ("08:00:00", "09:00:00", "15:30:00"))

    assert KRX.next_open(before) == seoul("2026-11-20 09:00:00")
    assert KRX.next_open(during) == seoul("2026-11-23 09:00:00")
    assert KRX.next_close(during) == seoul("2026-11-20 15:30:00")
    assert KRX.next_close(after) == seoul("2026-11-23 15:30:00")


def test_the_last_session_of_a_period_is_known_ahead() -> None:
    assert KRX.is_last_of(date(2026, 11, 20), Period.WEEK)
    assert not KRX.is_last_of(date(2026, 11, 19), Period.WEEK)
    assert not KRX.is_last_of(date(2026, 11, 21), Period.WEEK)
    assert KRX.is_last_of(date(2026, 11, 30), Period.MONTH)
    assert KRX.is_last_of(date(2026, 12, 30), Period.YEAR)
    assert KRX.is_first_of(date(2026, 11, 2), Period.MONTH)
    assert KRX.is_last_of(date(2026, 9, 30), Period.QUARTER)


def test_a_week_that_ends_on_a_holiday_ends_the_day_before() -> None:
    assert KRX.is_last_of(date(2026, 9, 23), Period.WEEK)
    assert KRX.next_session(date(2026, 9, 23)) == date(2026, 9, 28)
    assert KRX.previous_session(date(2026, 9, 28)) == date(2026, 9, 23)


def test_years_without_a_list_are_estimated_and_said_to_be() -> None:
    assert KRX.is_certain(date(2026, 12, 31))
    assert not KRX.is_certain(date(2027, 1, 4))
    assert KRX.session(date(2027, 1, 1)) is None
    assert hours("2027-01-04") == ("10:00", "15:30")


def test_the_crypto_day_is_the_utc_day_and_never_closes() -> None:
    midnight = seoul("2026-11-21 09:00:00")

    assert ALWAYS.is_open(midnight)
    assert ALWAYS.trading_day(midnight) == date(2026, 11, 21)
    assert ALWAYS.trading_day(Nanos(midnight - 1)) == date(2026, 11, 20)
    assert ALWAYS.next_open(midnight) == midnight + 86_400 * 1_000_000_000
    assert ALWAYS.is_last_of(date(2026, 11, 22), Period.WEEK)


def test_an_unknown_calendar_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="always, krx"):
        calendar("nyse")


# What we know better than exchange_calendars 4.13.2: each with its reason in krx_closures.py.
CLOSED_HERE_ONLY = {date(2026, 6, 3), date(2026, 7, 17)}
OTHER_HOURS_HERE = {
    date(2021, 11, 18), date(2022, 11, 17), date(2023, 11, 16), date(2024, 11, 14), date(2025, 11, 13),
    date(2026, 11, 19),  # exam days it does not know
    date(2026, 12, 30),  # it opens the last session of its own range an hour late
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the oracle's own use of pandas warns
def test_every_session_since_1998_agrees_with_an_independent_calendar_but_for_the_known_differences() -> None:
    import exchange_calendars

    oracle = exchange_calendars.get_calendar("XKRX", start="1997-12-01", end="2026-12-31").schedule
    theirs = {
        at.date(): (row["open"].as_unit("ns").value, row["close"].as_unit("ns").value)
        for at, row in oracle.iterrows()
    }
    every_day = [
        date(1998, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(1998, 1, 1)).days)
    ]
    ours = {day: tuple(found) for day in every_day if (found := KRX.session(day)) is not None}
    theirs = {day: at for day, at in theirs.items() if day.year >= 1998}

    assert set(theirs) - set(ours) == CLOSED_HERE_ONLY
    assert set(ours) - set(theirs) == set()
    assert {day for day in ours if ours[day] != theirs[day]} == OTHER_HOURS_HERE
