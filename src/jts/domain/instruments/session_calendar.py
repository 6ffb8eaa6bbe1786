"""When a market trades: its sessions, its trading days, and what comes next. Never the machine's own zone."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol

from jts.domain.instruments import krx_closures
from jts.domain.values import NANOS_PER_SECOND, BadInput, Nanos

_NANOS_PER_MINUTE = 60 * NANOS_PER_SECOND
_NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SEOUL_AHEAD_NANOS = 9 * 3600 * NANOS_PER_SECOND  # no daylight saving since 1988
_ONE_DAY = timedelta(days=1)
# The longest closure ever was ten days; a search that goes further is wrong.
_CLOSED_DAYS_MAX = 30


class Hours(NamedTuple):
    """A regular session: open from `open_ns`, over at `close_ns` (not included)."""

    open_ns: Nanos
    close_ns: Nanos


class Period(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class SessionCalendar(Protocol):
    """The sessions of one market, day by day. Days are the market's own dates; instants are UTC
    nanoseconds."""

    @property
    def name(self) -> str: ...

    def session(self, day: date) -> Hours | None:
        """The hours of this day's session; None if the market stays closed."""
        ...

    def is_open(self, at_ns: Nanos) -> bool:
        """Whether the regular session is on: from the opening instant, until just before the closing one."""
        ...

    def trading_day(self, at_ns: Nanos) -> date:
        """The session an instant counts for: that of its date, or the next one where that date has none."""
        ...

    def next_open(self, at_ns: Nanos) -> Nanos:
        """The first opening after this instant."""
        ...

    def next_close(self, at_ns: Nanos) -> Nanos:
        """The first close after this instant."""
        ...

    def next_session(self, day: date) -> date:
        """The first session day after this day."""
        ...

    def previous_session(self, day: date) -> date:
        """The last session day before this day."""
        ...

    def is_last_of(self, day: date, period: Period) -> bool:
        """Whether this day has the last session of its week (ISO), month, quarter or year."""
        ...

    def is_first_of(self, day: date, period: Period) -> bool: ...

    def is_certain(self, day: date) -> bool:
        """Whether this day's session is known from a list; otherwise it is an estimate."""
        ...


def calendar(name: str) -> SessionCalendar:
    """The calendar under this name. Errors: BadInput, naming those there are."""
    found = _CALENDARS.get(name)
    if found is None:
        raise BadInput(
            f"expected a session calendar out of {', '.join(sorted(_CALENDARS))}; found {name!r}",
            code="calendar",
        )
    return found


class _DayByDay:
    """What every calendar can answer once it knows each day's session and how far its clock is ahead of
    UTC."""

    name: str
    ahead_nanos: int

    def session(self, day: date) -> Hours | None:
        raise NotImplementedError

    def is_open(self, at_ns: Nanos) -> bool:
        hours = self.session(self._date(at_ns))
        return hours is not None and hours.open_ns <= at_ns < hours.close_ns

    def trading_day(self, at_ns: Nanos) -> date:
        day = self._date(at_ns)
        return day if self.session(day) is not None else self.next_session(day)

    def next_open(self, at_ns: Nanos) -> Nanos:
        day = self._date(at_ns)
        hours = self.session(day)
        if hours is not None and hours.open_ns > at_ns:
            return hours.open_ns
        return self._hours(self.next_session(day)).open_ns

    def next_close(self, at_ns: Nanos) -> Nanos:
        day = self._date(at_ns)
        hours = self.session(day)
        if hours is not None and hours.close_ns > at_ns:
            return hours.close_ns
        return self._hours(self.next_session(day)).close_ns

    def next_session(self, day: date) -> date:
        return self._nearest(day, _ONE_DAY)

    def previous_session(self, day: date) -> date:
        return self._nearest(day, -_ONE_DAY)

    def is_last_of(self, day: date, period: Period) -> bool:
        return self.session(day) is not None and _part(self.next_session(day), period) != _part(day, period)

    def is_first_of(self, day: date, period: Period) -> bool:
        return self.session(day) is not None and _part(self.previous_session(day), period) != _part(
            day, period
        )

    # ---- private ----

    def _date(self, at_ns: Nanos) -> date:
        return date.fromordinal(_EPOCH_ORDINAL + (at_ns + self.ahead_nanos) // _NANOS_PER_DAY)

    def _midnight_ns(self, day: date) -> int:
        return (day.toordinal() - _EPOCH_ORDINAL) * _NANOS_PER_DAY - self.ahead_nanos

    def _hours(self, day: date) -> Hours:
        hours = self.session(day)
        assert hours is not None, f"{day} has no session"
        return hours

    def _nearest(self, day: date, step: timedelta) -> date:
        found = day
        for _ in range(_CLOSED_DAYS_MAX):
            found += step
            if self.session(found) is not None:
                return found
        raise AssertionError(
            f"no session within {_CLOSED_DAYS_MAX} days of {day}: is the closure table right?"
        )


class AlwaysOpen(_DayByDay):
    """Markets that never close. Their day is the UTC day, which begins at 09:00 in Seoul."""

    name = "always"
    ahead_nanos = 0

    def session(self, day: date) -> Hours | None:
        start = self._midnight_ns(day)
        return Hours(Nanos(start), Nanos(start + _NANOS_PER_DAY))

    def is_certain(self, day: date) -> bool:
        return True


class KoreaExchange(_DayByDay):
    """The regular session of the Korea Exchange, auctions included: 09:00 to 15:30 in Seoul in our days.

    Known day by day from 1998 to 2026. Outside those years weekdays other than the fixed public holidays are
    taken for sessions, and `is_certain` says no.
    """

    name = "krx"
    ahead_nanos = _SEOUL_AHEAD_NANOS

    def session(self, day: date) -> Hours | None:
        if not self._is_session(day):
            return None
        opens, closes = self._minutes(day)
        start = self._midnight_ns(day)
        return Hours(Nanos(start + opens * _NANOS_PER_MINUTE), Nanos(start + closes * _NANOS_PER_MINUTE))

    def is_certain(self, day: date) -> bool:
        return krx_closures.FIRST_YEAR <= day.year <= krx_closures.LAST_YEAR

    def _is_session(self, day: date) -> bool:
        if day.weekday() >= 5:
            return False
        if self.is_certain(day):
            return day not in krx_closures.CLOSED_WEEKDAYS
        return (day.month, day.day) not in krx_closures.FIXED_HOLIDAYS

    def _minutes(self, day: date) -> tuple[int, int]:
        regular = krx_closures.REGULAR_HOURS
        _, opens, closes = regular[bisect_right(regular, day, key=lambda era: era[0]) - 1]
        if day in krx_closures.EXAM_DAYS:
            return opens + krx_closures.LATE_BY_MIN, closes + krx_closures.LATE_BY_MIN
        if _opens_year_late(day):
            return krx_closures.FIRST_DAY_OPENS_MIN, closes
        return opens, closes


@lru_cache(maxsize=256)
def _first_krx_session(year: int) -> date:
    day = date(year, 1, 1)
    while not _KOREA_EXCHANGE._is_session(day):
        day += _ONE_DAY
    return day


def _opens_year_late(day: date) -> bool:
    if day.year < krx_closures.FIRST_DAY_LATE_FROM_YEAR or day.year in krx_closures.FIRST_DAY_NOT_LATE_YEARS:
        return False
    return day.month == 1 and day == _first_krx_session(day.year)


def _part(day: date, period: Period) -> tuple[int, int]:
    match Period(period):
        case Period.WEEK:
            return day.isocalendar()[:2]
        case Period.MONTH:
            return day.year, day.month
        case Period.QUARTER:
            return day.year, (day.month - 1) // 3
        case Period.YEAR:
            return day.year, 0


_KOREA_EXCHANGE = KoreaExchange()
_CALENDARS: dict[str, SessionCalendar] = {"krx": _KOREA_EXCHANGE, "always": AlwaysOpen()}
