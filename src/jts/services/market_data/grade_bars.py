"""Counting what is wrong with a series of bars, a column at a time. What the counts mean is
`domain/market/grading`."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.session_calendar import SessionCalendar, calendar
from jts.domain.market.bars import Bars
from jts.domain.market.grading import Finding
from jts.domain.values import NANOS_PER_SECOND

Int64s = npt.NDArray[np.int64]

ZERO_VOLUME_RUN_BARS_MIN = 5
# A jump is beyond this many robust deviations of the series' own moves, and beyond a floor that quiet
# series need.
JUMP_DEVIATIONS = 20.0
JUMP_FLOOR_INTRADAY, JUMP_FLOOR_DAILY = 0.01, 0.30
_DEVIATION_PER_MEDIAN = 1.4826  # of a normal distribution
SPLIT_RATIOS = (2, 3, 4, 5, 8, 10, 20, 25, 50, 100)
SPLIT_NEAR = 0.02
_SPLIT_LEAST = 0.55  # log of 1.73: smaller moves are moves

_NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND
_NANOS_PER_MINUTE = 60 * NANOS_PER_SECOND
_CLOSING_AUCTION_NANOS = 10 * _NANOS_PER_MINUTE  # KRX prints nothing from 15:20 until the auction at 15:30
# The Korea Exchange also traded on Saturday mornings until 1998-12-05; its calendar here knows weekdays only.
# Source: the daily bars themselves (every Saturday until then has one, none after).
_SATURDAYS_UNTIL = date(1998, 12, 5)
_EPOCH = date(1970, 1, 1)


def count_findings(bars: Bars, instrument: Instrument | None) -> dict[str, int]:
    """Defects by kind, those that occur. `instrument` is None where the market is unknown: gaps go
    unjudged."""
    open_ns = np.asarray(bars.open_ns)
    counts: dict[Finding, int] = {}
    if len(open_ns) == 0:
        return {}
    counts |= _gaps(bars, open_ns, instrument)
    counts |= _moves(bars)
    counts |= _volumes(np.asarray(bars.volume))
    return {kind.value: int(count) for kind, count in counts.items() if count}


# ---- private ----


def _gaps(bars: Bars, open_ns: Int64s, instrument: Instrument | None) -> dict[Finding, int]:
    timeframe = bars.timeframe
    is_day = timeframe.text == "1d"
    if instrument is None or not (is_day or timeframe.is_intraday):
        return {Finding.GAPS_UNCHECKED: len(bars)}
    if instrument.calendar == "always":
        steps = np.diff(open_ns) // timeframe.nanos
        return {Finding.MISSING: int((steps - 1).clip(min=0).sum())}
    sessions = calendar(instrument.calendar)
    ahead_ns = 9 * 3600 * NANOS_PER_SECOND if instrument.calendar == "krx" else 0
    days = np.asarray((open_ns + ahead_ns) // _NANOS_PER_DAY)
    if is_day:
        return _missing_days(days, sessions)
    return _missing_within_days(open_ns, days, timeframe.nanos, sessions)


def _missing_days(days: Int64s, sessions: SessionCalendar) -> dict[Finding, int]:
    present = set(days.tolist())
    missing = off = 0
    for number in range(int(days[0]), int(days[-1]) + 1):
        day = _EPOCH + timedelta(days=number)
        if not sessions.is_certain(day) or (day.weekday() == 5 and day <= _SATURDAYS_UNTIL):
            continue
        is_session = sessions.session(day) is not None
        missing += is_session and number not in present
        off += not is_session and number in present
    return {Finding.MISSING: missing, Finding.OFF_SESSION: off}


def _missing_within_days(
    open_ns: Int64s, days: Int64s, length: int, sessions: SessionCalendar
) -> dict[Finding, int]:
    """Bars a session should have had. A series may begin and end within a session; auctions print nothing."""
    distinct, first, counts = np.unique(days, return_index=True, return_counts=True)
    bounds = {int(d): (int(i), int(i + n)) for d, i, n in zip(distinct, first, counts, strict=True)}
    missing = off = 0
    for number in range(int(distinct[0]), int(distinct[-1]) + 1):
        hours = sessions.session(_EPOCH + timedelta(days=number))
        if hours is None:
            begin, end = bounds.get(number, (0, 0))
            off += end - begin
            continue
        last_expected = hours.close_ns - max(_CLOSING_AUCTION_NANOS, length)
        if number not in bounds:
            missing += (last_expected - hours.open_ns) // length + 1
            continue
        begin, end = bounds[number]
        inside = open_ns[begin:end]
        steps = np.diff(inside)
        # The step into the closing auction is no gap.
        steps = steps[inside[1:] < last_expected]
        missing += int((steps // length - 1).clip(min=0).sum())
        if begin > 0:
            missing += max(0, int(inside[0] - hours.open_ns) // length)
        if end < len(open_ns):
            missing += max(0, int(last_expected - inside[-1]) // length)
    return {Finding.MISSING: missing, Finding.OFF_SESSION: off}


def _moves(bars: Bars) -> dict[Finding, int]:
    close = np.asarray(bars.close_units).astype(np.float64)
    opened = np.asarray(bars.open_units).astype(np.float64)
    if len(close) < 3:
        return {}
    moves = np.log(close[1:] / close[:-1])
    moving = moves[moves != 0.0]
    spread = float(np.median(np.abs(moving - np.median(moving)))) if len(moving) else 0.0
    floor = JUMP_FLOOR_INTRADAY if bars.timeframe.is_intraday else JUMP_FLOOR_DAILY
    jumps = np.abs(moves) > max(JUMP_DEVIATIONS * _DEVIATION_PER_MEDIAN * spread, floor)
    overnight = np.abs(np.log(opened[1:] / close[:-1]))
    ratio = np.exp(overnight)
    split = np.zeros(len(ratio), dtype=np.bool_)
    for simple in SPLIT_RATIOS:
        split |= np.abs(ratio / simple - 1.0) < SPLIT_NEAR
    split &= overnight > _SPLIT_LEAST
    return {Finding.SPLITS: int(split.sum()), Finding.JUMPS: int((jumps & ~split).sum())}


def _volumes(volume: npt.NDArray[np.float64]) -> dict[Finding, int]:
    resting = volume == 0.0
    if resting.all():
        return {Finding.NO_VOLUME: len(volume)}
    edges = np.flatnonzero(np.diff(np.concatenate(([0], resting.view(np.int8), [0]))))
    lengths = edges[1::2] - edges[::2]
    return {Finding.ZERO_VOLUME: int(lengths[lengths >= ZERO_VOLUME_RUN_BARS_MIN].sum())}
