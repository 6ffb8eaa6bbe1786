"""Bars in memory: `ports.bar_store.BarStore` for simulations and tests. Plain on purpose; nothing outlives
the process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos
from jts.ports.bar_store import Stored, StoredSeries

_PRICES = ("open_units", "high_units", "low_units", "close_units")


@dataclass(frozen=True, slots=True)
class _Row:
    """One bar at the scale it came with."""

    open_ns: int
    prices: tuple[int, int, int, int]
    volume: float
    scale: int

    def at(self, scale: int) -> tuple[int, ...]:
        factor = 10 ** (scale - self.scale)
        return tuple(price * factor for price in self.prices)


class MemoryBarStore:
    """A dictionary per series."""

    def __init__(self) -> None:
        self._rows: dict[tuple[InstrumentId, Timeframe], dict[int, _Row]] = {}

    async def append(self, bars: Bars) -> Stored:
        rows = self._rows.setdefault((bars.instrument, bars.timeframe), {}) if len(bars) else {}
        added = unchanged = replaced = 0
        columns = (bars.open_units, bars.high_units, bars.low_units, bars.close_units)
        for open_ns, volume, *prices in zip(bars.open_ns, bars.volume, *columns, strict=True):
            first, high, low, last = prices
            row = _Row(open_ns, (first, high, low, last), volume, bars.price_scale)
            known = rows.get(open_ns)
            if known is None:
                added += 1
            elif known.volume == volume and known.at(8) == row.at(8):
                unchanged += 1
                continue
            else:
                replaced += 1
            rows[open_ns] = row
        return Stored(added=added, unchanged=unchanged, replaced=replaced)

    async def read(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        *,
        from_ns: Nanos | None = None,
        before_ns: Nanos | None = None,
        limit: int | None = None,
    ) -> Bars | None:
        base = self._base(instrument, timeframe)
        if base is None:
            return None
        rows = self._rows[instrument, base]
        scale = max(row.scale for row in rows.values())
        told: Iterable[tuple[Any, ...]] = ((ns, *rows[ns].at(scale), rows[ns].volume) for ns in sorted(rows))
        if base != timeframe:
            told = _buckets(told, timeframe.nanos)
        kept = [
            row
            for row in told
            if (from_ns is None or row[0] >= from_ns) and (before_ns is None or row[0] < before_ns)
        ]
        kept = kept if limit is None else kept[max(0, len(kept) - limit) :]
        columns: dict[str, Any] = {
            name: np.array([row[place] for row in kept], dtype=np.int64)
            for place, name in enumerate(("open_ns", *_PRICES))
        }
        columns["volume"] = np.array([row[5] for row in kept], dtype=np.float64)
        return Bars.of(instrument=instrument, timeframe=timeframe, price_scale=scale, **columns)

    async def series(self) -> tuple[StoredSeries, ...]:
        return tuple(
            StoredSeries(
                instrument=instrument,
                timeframe=timeframe,
                price_scale=max(row.scale for row in rows.values()),
                count=len(rows),
                first_ns=Nanos(min(rows)),
                last_ns=Nanos(max(rows)),
            )
            for (instrument, timeframe), rows in sorted(
                self._rows.items(), key=lambda item: (item[0][0], item[0][1].unit, item[0][1].count)
            )
        )

    async def close(self) -> None:
        """Nothing to close."""

    def _base(self, instrument: InstrumentId, timeframe: Timeframe) -> Timeframe | None:
        if (instrument, timeframe) in self._rows:
            return timeframe
        if timeframe.unit not in "smhd":
            return None
        parts = [
            part
            for id, part in self._rows
            if id == instrument and part.is_intraday and timeframe.nanos % part.nanos == 0
        ]
        return max(
            (part for part in parts if part.nanos < timeframe.nanos), key=lambda t: t.nanos, default=None
        )


def _buckets(rows: Iterable[tuple[Any, ...]], length: int) -> list[tuple[Any, ...]]:
    found: dict[int, tuple[Any, ...]] = {}
    for open_ns, first, high, low, last, volume in rows:
        bucket = open_ns // length * length
        known = found.get(bucket)
        if known is None:
            found[bucket] = (bucket, first, high, low, last, volume)
        else:
            _, begun, top, bottom, _, so_far = known
            found[bucket] = (bucket, begun, max(top, high), min(bottom, low), last, so_far + volume)
    return list(found.values())
