"""From times as files write them to nanoseconds: calendar forms, epochs, zones."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute

from jts.adapters.bar_files.bar_file import Int64s, RefusedFile, RowNumbers
from jts.domain.values import BadInput

pc: Any = pyarrow.compute  # its stubs know fewer overloads than it has

_NANOS_PER_SECOND = 1_000_000_000
_EPOCH_UNITS = {10: _NANOS_PER_SECOND, 13: 1_000_000, 16: 1_000, 19: 1}  # s, ms, us, ns by digits
_FORM = (
    r"^(?P<year>\d{4})(?:[-./]|년 ?)?(?P<month>\d{1,2})(?:[-./]|월 ?)?(?P<day>\d{2})일?"
    r"(?:[T ]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?"
    r" ?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?$"
)
_EXPECTED = "a time such as 2024-03-05, 20240305, 202403050901, 2024-03-05T09:01:00+09:00 or an epoch in ms"


class Times(NamedTuple):
    """`wall_ns` as written; `is_utc` when the file says so; `dates_only` when no row has a time of day."""

    wall_ns: Int64s
    is_utc: bool
    dates_only: bool


def parse_times(texts: Any, row_of: RowNumbers) -> Times:
    """Times from an Arrow string array. Errors: RefusedFile with the first row that is none, or mixed
    zones."""
    quick = _plain_epochs(texts)
    if quick is not None:
        return quick
    plain = pc.utf8_trim_whitespace(texts)
    lengths = pc.utf8_length(plain)
    digits = pc.utf8_is_digit(plain)
    epoch = pc.and_(digits, pc.is_in(lengths, value_set=pa.array(list(_EPOCH_UNITS), pa.int32())))
    if pc.any(epoch).as_py():
        return _epochs(plain, lengths, epoch, texts, row_of)
    return _calendar_times(plain, texts, row_of)


def zone_named(name: str) -> tzinfo:
    """The zone. Errors: BadInput with an example."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"expected a time zone such as Asia/Seoul, UTC or America/New_York; found {name!r}",
            code="timezone",
        ) from None


def wall_to_utc(wall_ns: Int64s, zone: tzinfo) -> Int64s:
    """UTC nanoseconds of wall-clock times in a zone. Where a clock was put back, the first reading counts."""
    if zone is UTC or len(wall_ns) == 0:
        return wall_ns
    hours = wall_ns // (3600 * _NANOS_PER_SECOND)
    distinct, which = np.unique(
        hours, return_inverse=True
    )  # an offset changes on a whole hour at the soonest
    offsets = np.array([_offset_ns(int(hour) * 3600, zone) for hour in distinct], dtype=np.int64)
    return np.asarray(wall_ns - offsets[which], dtype=np.int64)


# ---- private ----


def _offset_ns(wall_s: int, zone: tzinfo) -> int:
    wall = datetime.fromtimestamp(wall_s, UTC).replace(tzinfo=zone)
    offset = wall.utcoffset()
    assert offset is not None, "a zone knows its offset"
    return int(offset.total_seconds()) * _NANOS_PER_SECOND


def _plain_epochs(texts: Any) -> Times | None:
    """Epochs that are all digits, all of one length: what exchanges write. None for anything else."""
    first = texts[0].as_py() if len(texts) else ""
    unit = _EPOCH_UNITS.get(len(first)) if first.isascii() and first.isdigit() else None
    if unit is None:
        return None
    try:
        values = np.asarray(pc.cast(texts, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
    except pa.ArrowInvalid:
        return None
    if values.min() < 10 ** (len(first) - 1) or values.max() >= 10 ** min(len(first), 18):
        return None
    return Times(values * unit, is_utc=True, dates_only=False)


def _epochs(plain: Any, lengths: Any, epoch: Any, texts: Any, row_of: RowNumbers) -> Times:
    distinct = pc.unique(lengths).to_pylist()
    if not pc.all(epoch).as_py() or len(distinct) > 1:
        first = lengths[0].as_py()
        odd = pc.index(pc.equal(lengths, first), False).as_py()
        odd = odd if odd >= 0 else pc.index(epoch, False).as_py()
        raise RefusedFile(
            f"row {row_of(odd)}: the time is {str(texts[odd].as_py())[:40]!r}; expected an epoch of "
            f"{first} digits as in the first row"
        )
    values = np.asarray(pc.cast(plain, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
    return Times(values * _EPOCH_UNITS[distinct[0]], is_utc=True, dates_only=False)


def _calendar_times(plain: Any, texts: Any, row_of: RowNumbers) -> Times:
    parts = pc.extract_regex(plain, _FORM)
    _refuse(pc.is_null(parts), texts, row_of, _EXPECTED)
    field = {
        name: pc.struct_field(parts, name)
        for name in ("year", "month", "day", "hour", "minute", "second", "zone")
    }
    numbers = {name: _integers(field[name]) for name in ("year", "month", "day", "hour", "minute", "second")}
    months = (numbers["year"] - 1970) * 12 + numbers["month"] - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (numbers["day"] - 1)
    wrong = (numbers["month"] < 1) | (numbers["month"] > 12) | (numbers["day"] < 1) | (numbers["hour"] > 23)
    wrong |= (numbers["minute"] > 59) | (numbers["second"] > 59)
    wrong |= days.astype("datetime64[M]").astype(np.int64) != months  # 31 February rolls over
    _refuse(pa.array(wrong), texts, row_of, "a day of the calendar and a time of the clock")
    seconds = days.astype(np.int64) * 86_400 + numbers["hour"] * 3600 + numbers["minute"] * 60
    wall = (seconds + numbers["second"]) * _NANOS_PER_SECOND + _fractions(pc.struct_field(parts, "fraction"))
    offset = _one_offset_s(field["zone"], texts, row_of)
    dates_only = not pc.any(pc.not_equal(field["hour"], "")).as_py()
    if offset is None:
        return Times(wall, is_utc=False, dates_only=dates_only)
    return Times(wall - offset * _NANOS_PER_SECOND, is_utc=True, dates_only=dates_only)


def _integers(texts: Any) -> Int64s:
    filled = pc.if_else(pc.equal(texts, ""), "0", texts)
    return np.asarray(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _fractions(texts: Any) -> Int64s:
    if not pc.any(pc.not_equal(texts, "")).as_py():
        return np.zeros(len(texts), dtype=np.int64)
    return _integers(pc.utf8_rpad(texts, 9, "0"))


def _one_offset_s(zones: Any, texts: Any, row_of: RowNumbers) -> int | None:
    """The offset all rows agree on, in seconds; None if none names one. Errors: RefusedFile if they
    differ."""
    distinct = pc.unique(zones).to_pylist()
    if len(distinct) > 1:
        odd = pc.index(pc.equal(zones, distinct[0]), False).as_py()
        raise RefusedFile(
            f"row {row_of(odd)}: the time {str(texts[odd].as_py())[:40]!r} is in another zone than the "
            "first row "
            f"({distinct[0] or 'none'!r}); expected one zone in one file: convert it to UTC"
        )
    zone = distinct[0] if distinct else ""
    if zone == "":
        return None
    if zone in ("Z", "UTC"):
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)


def _refuse(refused: Any, texts: Any, row_of: RowNumbers, expected: str) -> None:
    found = pc.index(refused, True).as_py()
    if found >= 0:
        raise RefusedFile(
            f"row {row_of(found)}: the time is {str(texts[found].as_py())[:40]!r}; expected {expected}"
        )
