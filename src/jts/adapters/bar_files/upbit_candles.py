"""Upbit's candles as its REST interface gives them: a JSON array, newest first."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from jts.adapters.bar_files.bar_file import Labels, RefusedFile, RowNumbers, Rows
from jts.adapters.bar_files.exact_prices import DECIMALS_MAX, floats_from_text, units_from_text
from jts.adapters.bar_files.instants import parse_times
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId

_PRICES = {"open": "opening_price", "high": "high_price", "low": "low_price", "close": "trade_price"}
_VOLUME = "candle_acc_trade_volume"
_TIME = "candle_date_time_utc"


def read_upbit_candles(data: bytes) -> Rows:
    """Errors: RefusedFile naming the candle (counted from 1) and the field."""
    try:
        # Numbers stay as they are written, so that no price passes through a float.
        candles = json.loads(data, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise RefusedFile(f"expected a JSON array of candles; it cannot be read: {error}") from None
    if not isinstance(candles, list) or not candles:
        raise RefusedFile("expected a JSON array of at least one candle")
    for number, candle in enumerate(candles, 1):
        _check(candle, number)
    markets = {candle["market"] for candle in candles}
    if len(markets) > 1:
        raise RefusedFile(f"expected candles of one market in one file; found {', '.join(sorted(markets))}")
    row_of = RowNumbers()
    times = parse_times(_texts(candles, _TIME), row_of)
    units = {name: units_from_text(_texts(candles, key), name, row_of) for name, key in _PRICES.items()}
    return Rows(
        form="Upbit candles (JSON)",
        wall_ns=times.wall_ns,
        is_utc=True,
        dates_only=False,
        open_units=units["open"],
        high_units=units["high"],
        low_units=units["low"],
        close_units=units["close"],
        scale=DECIMALS_MAX,
        volume=floats_from_text(_texts(candles, _VOLUME), "volume", row_of),
        row_of=row_of,
        instrument=InstrumentId(f"UPBIT:{candles[0]['market']}"),
        timeframe=_timeframe(candles[0]),
        labels=Labels.OPEN,
    )


def _check(candle: Any, number: int) -> None:
    if not isinstance(candle, dict):
        raise RefusedFile(f"row {number}: expected a candle (a JSON object), found {str(candle)[:40]!r}")
    for key in ("market", _TIME, *_PRICES.values(), _VOLUME):
        if not isinstance(candle.get(key), str):
            raise RefusedFile(f"row {number}: expected {key!r} in every candle, found {candle.get(key)!r}")


def _texts(candles: list[dict[str, str]], key: str) -> Any:
    return pa.array([candle[key] for candle in candles], pa.string())


def _timeframe(candle: dict[str, str]) -> Timeframe | None:
    """Minute candles carry `unit`, day candles `prev_closing_price`; weeks and months are left to the
    spacing."""
    unit = candle.get("unit", "")
    if unit.isdigit() and 0 < int(unit) <= 240:
        minutes = int(unit)
        return Timeframe(minutes // 60, "h") if minutes % 60 == 0 else Timeframe(minutes, "m")
    return Timeframe(1, "d") if "prev_closing_price" in candle else None
