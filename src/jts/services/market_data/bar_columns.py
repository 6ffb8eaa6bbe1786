"""Joining columns of bars: one scale, one line of time, each instant once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from jts.domain.market.bars import Bar, Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos

_PRICES = ("open_units", "high_units", "low_units", "close_units")


def no_bars(instrument: InstrumentId, timeframe: Timeframe, price_scale: int) -> Bars:
    nothing: Any = np.zeros(0, dtype=np.int64)
    columns: dict[str, Any] = dict.fromkeys(("open_ns", *_PRICES, "volume"), nothing)
    return Bars.of(instrument=instrument, timeframe=timeframe, price_scale=price_scale, **columns)


def one_bar(bar: Bar, price_scale: int) -> Bars:
    """A column of one."""
    columns: dict[str, Any] = {
        name: np.array([getattr(bar, name)], dtype=np.int64) for name in ("open_ns", *_PRICES)
    }
    columns["volume"] = np.array([float(bar.volume)])
    return Bars.of(instrument=bar.instrument, timeframe=bar.timeframe, price_scale=price_scale, **columns)


def at_scale(bars: Bars, price_scale: int) -> Bars:
    """The same prices at another scale; unchanged where that would cost a decimal."""
    if bars.price_scale == price_scale:
        return bars
    columns: dict[str, Any] = {name: np.asarray(getattr(bars, name)) for name in _PRICES}
    if bars.price_scale < price_scale:
        factor = 10 ** (price_scale - bars.price_scale)
        columns = {name: column * factor for name, column in columns.items()}
    else:
        factor = 10 ** (bars.price_scale - price_scale)
        if any((column % factor).any() for column in columns.values()):
            return bars
        columns = {name: column // factor for name, column in columns.items()}
    return Bars.of(
        instrument=bars.instrument,
        timeframe=bars.timeframe,
        price_scale=price_scale,
        open_ns=bars.open_ns,
        volume=bars.volume,
        **columns,
    )


def join(first: Bars, second: Bars) -> Bars:
    """Both on one line of time, oldest first. Where both have a bar, the first's counts."""
    if len(second) == 0:
        return first
    if len(first) == 0:
        return second
    scale = max(first.price_scale, second.price_scale)
    first, second = at_scale(first, scale), at_scale(second, scale)
    fresh = ~np.isin(np.asarray(second.open_ns), np.asarray(first.open_ns))
    open_ns = np.concatenate([np.asarray(first.open_ns), np.asarray(second.open_ns)[fresh]])
    order = np.argsort(open_ns, kind="stable")
    columns: dict[str, Any] = {"open_ns": open_ns[order]}
    for name in (*_PRICES, "volume"):
        both = [np.asarray(getattr(first, name)), np.asarray(getattr(second, name))[fresh]]
        columns[name] = np.concatenate(both)[order]
    return Bars.of(instrument=first.instrument, timeframe=first.timeframe, price_scale=scale, **columns)


def newest(bars: Bars, limit: int, *, before_ns: int) -> Bars:
    """The newest `limit` that open before the instant."""
    end = int(np.searchsorted(np.asarray(bars.open_ns), before_ns, side="left"))
    columns: dict[str, Any] = {
        name: np.asarray(getattr(bars, name))[max(0, end - limit) : end]
        for name in ("open_ns", *_PRICES, "volume")
    }
    return Bars.of(
        instrument=bars.instrument, timeframe=bars.timeframe, price_scale=bars.price_scale, **columns
    )


def last_bar(bars: Bars, close_ns: Nanos) -> Bar:
    """The newest of them as a value. Errors: IndexError if there is none."""
    return Bar(
        instrument=bars.instrument,
        timeframe=bars.timeframe,
        open_ns=Nanos(bars.open_ns[-1]),
        close_ns=close_ns,
        open_units=bars.open_units[-1],
        high_units=bars.high_units[-1],
        low_units=bars.low_units[-1],
        close_units=bars.close_units[-1],
        volume=Decimal(repr(float(bars.volume[-1]))),  # a float's shortest text is what the venue wrote
    )
