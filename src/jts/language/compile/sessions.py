"""Which session a bar belongs to, and whether it is the last of it, from time alone.

A session is a day of the venue: Seoul days on KRX, UTC days elsewhere (made data and crypto).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy
from numpy.typing import NDArray

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import NANOS_PER_SECOND

DAY_NS = 86_400 * NANOS_PER_SECOND
_SEOUL_AHEAD_NS = 9 * 3_600 * NANOS_PER_SECOND
_KRX_CLOSE_NS = (15 * 60 + 30) * 60 * NANOS_PER_SECOND
_MONDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday: day -3 was a Monday
_DAYS_IN_WEEK = 7
_MONTHS_IN_QUARTER = 3


def ahead_ns(instrument: Instrument) -> int:
    """How far the venue's day runs ahead of UTC."""
    return _SEOUL_AHEAD_NS if instrument.calendar == "krx" else 0


def session_of(instrument: Instrument, open_ns: int) -> int:
    """The number of the session: days of the venue since 1970."""
    return (open_ns + ahead_ns(instrument)) // DAY_NS


def ends_session(instrument: Instrument, timeframe: Timeframe, open_ns: int) -> bool:
    """Whether the session ends with this bar, as far as the clock can tell."""
    if not timeframe.is_intraday:
        return True
    end = open_ns + timeframe.nanos + ahead_ns(instrument)
    if instrument.calendar == "krx":
        return (end - 1) % DAY_NS + 1 >= _KRX_CLOSE_NS
    return end % DAY_NS == 0


def session_column(
    instrument: Instrument, timeframe: Timeframe, open_ns: NDArray[numpy.int64]
) -> NDArray[numpy.int64]:
    """For each bar 2 x session, plus 1 if the session ends with it: by the clock, or as the next bar
    shows.
    """
    sessions = (open_ns + ahead_ns(instrument)) // DAY_NS
    last = numpy.ones(len(sessions), dtype=numpy.int64)
    if timeframe.is_intraday and len(sessions):
        last[:-1] = sessions[1:] != sessions[:-1]
        last[-1] = ends_session(instrument, timeframe, int(open_ns[-1]))
    return sessions * 2 + last


def period_of(period: str, session: int) -> int:
    """The number of the period (session, week, month, quarter, year) that a session lies in."""
    if period in ("session", "day"):
        return session
    if period == "week":
        return (session + _MONDAY_OF_EPOCH) // _DAYS_IN_WEEK
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=session)
    if period == "year":
        return day.year
    month = day.year * 12 + day.month - 1
    assert period in ("month", "quarter"), f"session, week, month, quarter or year, was {period}"
    return month if period == "month" else month // _MONTHS_IN_QUARTER


def period_column(period: str, sessions: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
    """The period of each bar, from 2 x session + last."""
    days, where = numpy.unique(sessions >> 1, return_inverse=True)
    return numpy.array([period_of(period, int(day)) for day in days], dtype=numpy.int64)[where]
