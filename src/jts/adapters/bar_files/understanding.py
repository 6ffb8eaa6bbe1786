"""What the person said, what the file says, what its name and its rows suggest: which market, which bars,
which clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from pathlib import PurePath

import numpy as np

from jts.adapters.bar_files.bar_file import Int64s, Labels, RefusedFile, Rows, Understood, Wishes
from jts.adapters.bar_files.instants import wall_to_utc, zone_named
from jts.adapters.bar_files.text_table import timeframe_of_length
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId

_NANOS_PER_MINUTE = 60 * 1_000_000_000
_NANOS_PER_DAY = 86_400 * 1_000_000_000
_SEOUL = "Asia/Seoul"
# A Korean day's bar is labelled by the opening of its session, 09:00 in Seoul.
_KRX_OPENS_NS = 9 * 60 * _NANOS_PER_MINUTE
_KRX_CLOSES_NS = (15 * 60 + 30) * _NANOS_PER_MINUTE
_BINANCE_QUOTES = "USDT|FDUSD|USDC|BTC|ETH|BNB|EUR"
_TIMEFRAME_IN_NAME = re.compile(r"(?:^|[^A-Za-z0-9])(\d{1,2}(?:mo|[smhdw]))(?:[^A-Za-z0-9]|$)")


def understand(rows: Rows, names: Sequence[str], wishes: Wishes) -> tuple[Understood, Int64s]:
    """What the file is, and the UTC instants at which its bars opened.

    `names`: file names to learn from, the innermost first. Errors: BadInput naming the option that would
    help.
    """
    instrument = wishes.instrument or rows.instrument or _instrument_named(names)
    if instrument is None:
        raise BadInput(
            "which instrument is this? Expected it in the file or its name; say so with --symbol, such as "
            "--symbol KRX:005930",
            code="symbol",
        )
    timeframe = wishes.timeframe or rows.timeframe or _timeframe_named(names) or _timeframe_spaced(rows)
    zone = wishes.zone or ("UTC" if rows.is_utc else None) or rows.zone or _zone_of(instrument)
    if rows.is_utc and wishes.zone is not None and wishes.zone.upper() != "UTC":
        raise BadInput(
            f"the times in this file are UTC instants; --timezone {wishes.zone} cannot apply: leave it out",
            code="timezone",
        )
    labels = wishes.labels or rows.labels or _labels(rows, instrument, timeframe)
    open_ns = rows.wall_ns
    if rows.dates_only and instrument.startswith("KRX:"):
        open_ns = open_ns + _KRX_OPENS_NS
    if labels is Labels.END:
        if timeframe.unit == "mo":
            raise BadInput("bars of a month labelled by their end are not understood", code="labels")
        open_ns = open_ns - timeframe.nanos
    open_ns = wall_to_utc(open_ns, UTC if rows.is_utc else zone_named(zone))
    understood = Understood(
        form=rows.form, instrument=instrument, timeframe=timeframe, zone=zone, labels=labels
    )
    return understood, open_ns


# ---- private ----


def _instrument_named(names: Sequence[str]) -> InstrumentId | None:
    for name in names:
        stem = PurePath(name).name.upper()
        # A bare six-digit name is a Korean share: 005930.csv, A005930_daily.csv.
        if found := re.match(r"^A?(\d{5}[0-9A-Z])(?![0-9A-Z])", stem):
            return InstrumentId(f"KRX:{found[1]}")
        if found := re.match(r"^((?:KRW|BTC|USDT)-[A-Z0-9]{1,10})(?![A-Z0-9])", stem):
            return InstrumentId(f"UPBIT:{found[1]}")
        if found := re.match(rf"^([A-Z0-9]{{2,10}}(?:{_BINANCE_QUOTES}))(?![A-Z0-9])", stem):
            return InstrumentId(f"BINANCE:{found[1]}")
    return None


def _timeframe_named(names: Sequence[str]) -> Timeframe | None:
    for name in names:
        if found := _TIMEFRAME_IN_NAME.search(PurePath(name).name):
            return Timeframe.parse(found[1])
    return None


def _timeframe_spaced(rows: Rows) -> Timeframe:
    """The commonest step between rows. Errors: BadInput if that is no length people use."""
    steps = np.diff(np.sort(rows.wall_ns))
    steps = steps[steps > 0]
    if len(steps):
        lengths, counts = np.unique(steps, return_counts=True)
        likely = timeframe_of_length(int(lengths[np.argmax(counts)]))
        if likely is not None and (not rows.dates_only or likely.unit in "dw"):
            return likely
    raise BadInput(
        "which timeframe is this? It cannot be told from the rows; say so with --timeframe, such as "
        "--timeframe 1d",
        code="timeframe",
    )


def _zone_of(instrument: InstrumentId) -> str:
    # Korean files are written in Korean time; Upbit's and Binance's own files in UTC.
    return _SEOUL if instrument.startswith("KRX:") else "UTC"


def _labels(rows: Rows, instrument: InstrumentId, timeframe: Timeframe) -> Labels:
    """Creon and CYBOS label minutes by their end: 15:30 occurs (a bar cannot open then) and 09:00 never
    does."""
    if not instrument.startswith("KRX:") or not timeframe.is_intraday or rows.is_utc or len(rows) == 0:
        return Labels.OPEN
    of_day = rows.wall_ns % _NANOS_PER_DAY
    ends = bool(np.any(of_day == _KRX_CLOSES_NS)) and not bool(np.any(of_day == _KRX_OPENS_NS))
    return Labels.END if ends else Labels.OPEN


def refuse_strange_instants(open_ns: Int64s, rows: Rows) -> None:
    """Errors: RefusedFile for a year no market has seen: an epoch read in the wrong unit, a typing error."""
    earliest, latest = -_NANOS_PER_DAY * 365 * 20, _NANOS_PER_DAY * 365 * 130  # 1950 to 2100
    strange = (open_ns < earliest) | (open_ns > latest)
    if strange.any():
        entry = int(np.argmax(strange))
        when = np.datetime64(int(open_ns[entry]), "ns")
        raise RefusedFile(
            f"row {rows.row_of(entry)}: the time is {str(when)[:19]}; expected one from 1950 to 2100"
        )
