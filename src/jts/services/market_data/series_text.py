"""A stored series as one row of plain values, as the API and the command line show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jts.contracts.market_data import SeriesInfo
from jts.domain.values import NANOS_PER_SECOND


def instant_text(nanos: int) -> str:
    """ISO 8601 in UTC with nanoseconds: 2024-03-05T00:00:00.000000000Z."""
    seconds, rest = divmod(nanos, NANOS_PER_SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def series_row(info: SeriesInfo) -> dict[str, Any]:
    return {
        "instrument": info.instrument,
        "timeframe": info.timeframe.text,
        "count": info.count,
        "first_at": instant_text(info.first_ns),
        "last_at": instant_text(info.last_ns),
        "grade": info.grade,
        "findings": info.findings,
        "source": info.source,
    }
