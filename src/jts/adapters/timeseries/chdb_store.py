"""Bars in the embedded ClickHouse: `ports.bar_store.BarStore` for one process on one machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jts.adapters.timeseries import bar_queries as sql
from jts.adapters.timeseries.chdb_engine import ChdbEngine
from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos
from jts.ports.bar_store import Stored, StoredSeries

T = TypeVar("T")
Columns = dict[str, npt.NDArray[Any]]

BLOCK_ROWS_MAX = 1_000_000  # one block is one part: all there or not at all
READERS = 2
UNLIMITED = 2**62
_FOREVER_NS = 2**62
_LONGEST_MONTH_NS = 31 * 86_400 * 1_000_000_000
_PRICES = ("open_units", "high_units", "low_units", "close_units")
_COLUMNS = ("open_ns", *_PRICES, "volume")


@dataclass(frozen=True, slots=True)
class _Key:
    instrument: str
    timeframe: str


class ChdbBarStore:
    """Keeps bars under `folder`. Open it once per process; a second process is told who has it.

    Writing is one at a time, in its own thread; reading goes on meanwhile and sees whole appends only.
    Bars of 5m, 1h, 1d and so on are computed from the coarsest stored length that divides them, on
    reading: a corrected minute corrects its hour, and nothing is ever counted twice.
    """

    def __init__(self, folder: Path, *, database: str = "jts") -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", database), f"a plain database name, was {database!r}"
        self._engine = ChdbEngine(folder)
        self._database = database
        self._series: dict[_Key, StoredSeries] = {}
        self._settled = 0
        self._writer: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """Errors: BarStoreUnavailable, saying who has it, or what is damaged and what to do."""
        assert self._writer is None, "the bar store is open already"
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bars-write")
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="bars-read")
        try:
            await self._in(self._writer, self._open)
        except BaseException:
            await self.close()
            raise

    async def append(self, bars: Bars) -> Stored:
        return await self._in(self._writer, lambda: self._append(bars))

    async def read(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        *,
        from_ns: Nanos | None = None,
        before_ns: Nanos | None = None,
        limit: int | None = None,
    ) -> Bars | None:
        return await self._in(
            self._readers, lambda: self._read(instrument, timeframe, from_ns, before_ns, limit)
        )

    async def series(self) -> tuple[StoredSeries, ...]:
        return tuple(
            sorted(self._series.values(), key=lambda s: (s.instrument, s.timeframe.unit, s.timeframe.count))
        )

    async def close(self) -> None:
        """Waits for what is being written; nothing acknowledged needs it."""
        if self._writer is not None:
            await self._in(self._writer, self._engine.close)
            self._writer.shutdown(wait=True)
            self._writer = None
        if self._readers is not None:
            self._readers.shutdown(wait=True)
            self._readers = None

    # ---- private, in the order they are called ----

    async def _in(self, pool: ThreadPoolExecutor | None, do: Callable[[], T]) -> T:
        assert pool is not None, "open the bar store before use"
        return await asyncio.get_running_loop().run_in_executor(pool, do)

    def _sql(self, text: str) -> str:
        return text.format(database=self._database)

    def _open(self) -> None:
        self._engine.open()
        self._engine.run(f"CREATE DATABASE IF NOT EXISTS {self._database}")
        self._engine.run(self._sql(sql.CREATE_BARS))
        self._engine.run(self._sql(sql.CREATE_LARGE_APPENDS))
        for row in self._engine.table(self._sql(sql.UNSETTLED)).to_pylist():
            version = int(row["version"])
            self._engine.run(self._sql(sql.TAKE_BACK), version=version)
            self._engine.run(self._sql(sql.SETTLE_LARGE), version=version)
        self._settled = self._engine.table(self._sql(sql.NEWEST_VERSION)).column("version")[0].as_py()
        for row in self._engine.table(self._sql(sql.SERIES)).to_pylist():
            self._series[_Key(row["instrument"], row["timeframe"])] = StoredSeries(
                instrument=InstrumentId(row["instrument"]),
                timeframe=Timeframe.parse(row["timeframe"]),
                price_scale=row["price_scale"],
                count=row["count"],
                first_ns=Nanos(row["first_ns"]),
                last_ns=Nanos(row["last_ns"]),
            )

    def _append(self, bars: Bars) -> Stored:
        if len(bars) == 0:
            return Stored(added=0, unchanged=0, replaced=0)
        key = _Key(bars.instrument, bars.timeframe.text)
        columns: Columns = {name: np.asarray(getattr(bars, name)) for name in _COLUMNS}
        assert bool(np.all(np.diff(columns["open_ns"]) > 0)), "bars ascend strictly in open_ns"
        told, changed = self._compare(key, columns, bars.price_scale)
        fresh = ~told
        write = fresh | changed
        if write.any():
            self._write(key, {name: column[write] for name, column in columns.items()}, bars.price_scale)
        added = int(fresh.sum())
        self._remember(bars, columns["open_ns"], added)
        replaced = int(changed.sum())
        return Stored(added=added, unchanged=len(bars) - added - replaced, replaced=replaced)

    def _compare(
        self, key: _Key, columns: Columns, price_scale: int
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """For each row: is it stored already, and if so with other values?"""
        open_ns = columns["open_ns"]
        nothing = np.zeros(len(open_ns), dtype=np.bool_)
        known = self._series.get(key)
        if known is None or open_ns[0] > known.last_ns or open_ns[-1] < known.first_ns:
            return nothing, nothing
        stored = self._rows(key, int(open_ns[0]), int(open_ns[-1]) + 1, UNLIMITED)
        if len(stored["open_ns"]) == 0:
            return nothing, nothing
        at = np.minimum(np.searchsorted(stored["open_ns"], open_ns), len(stored["open_ns"]) - 1)
        told = stored["open_ns"][at] == open_ns
        scale = max(known.price_scale, price_scale)
        raise_stored, raise_new = 10 ** (scale - known.price_scale), 10 ** (scale - price_scale)
        same = stored["volume"][at] == columns["volume"]
        for name in _PRICES:
            same &= stored[name][at] * raise_stored == columns[name] * raise_new
        return told, told & ~same

    def _write(self, key: _Key, columns: Columns, price_scale: int) -> None:
        version = self._settled + 1
        rows = len(columns["open_ns"])
        large = rows > BLOCK_ROWS_MAX
        if large:
            self._engine.run(self._sql(sql.BEGIN_LARGE), version=version)
        for start in range(0, rows, BLOCK_ROWS_MAX):
            block = {name: column[start : start + BLOCK_ROWS_MAX] for name, column in columns.items()}
            self._engine.insert(
                self._sql(sql.INSERT),
                pa.table(block),
                instrument=key.instrument,
                timeframe=key.timeframe,
                price_scale=price_scale,
                version=version,
            )
        if large:
            self._engine.run(self._sql(sql.SETTLE_LARGE), version=version)
        self._settled = version

    def _remember(self, bars: Bars, open_ns: npt.NDArray[np.int64], added: int) -> None:
        key = _Key(bars.instrument, bars.timeframe.text)
        first, last = Nanos(int(open_ns[0])), Nanos(int(open_ns[-1]))
        known = self._series.get(key)
        if known is None:
            self._series[key] = StoredSeries(
                instrument=bars.instrument,
                timeframe=bars.timeframe,
                price_scale=bars.price_scale,
                count=added,
                first_ns=first,
                last_ns=last,
            )
            return
        self._series[key] = replace(
            known,
            price_scale=max(known.price_scale, bars.price_scale),
            count=known.count + added,
            first_ns=min(known.first_ns, first),
            last_ns=max(known.last_ns, last),
        )

    def _read(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        from_ns: Nanos | None,
        before_ns: Nanos | None,
        limit: int | None,
    ) -> Bars | None:
        base = self._base(instrument, timeframe)
        if base is None:
            return None
        rows_max = UNLIMITED if limit is None else limit
        step_ns = None if base.timeframe == timeframe else timeframe.nanos
        earliest = base.first_ns if from_ns is None else max(base.first_ns, from_ns)
        end = Nanos(base.last_ns + 1 if before_ns is None else min(base.last_ns + 1, before_ns))
        if step_ns is not None:  # whole buckets only: by the instants at which the buckets open
            earliest = Nanos(-(-from_ns // step_ns) * step_ns if from_ns is not None else earliest)
            bound = base.last_ns + 1 if before_ns is None else -(-before_ns // step_ns) * step_ns
            end = Nanos(min(base.last_ns + 1, bound))
        found = self._newest(base, step_ns, _length_ns(timeframe), earliest, end, rows_max)
        return Bars.of(
            instrument=instrument, timeframe=timeframe, price_scale=base.price_scale, **_buffers(found)
        )

    def _base(self, instrument: InstrumentId, timeframe: Timeframe) -> StoredSeries | None:
        """The stored series itself, or the coarsest shorter one that divides its length."""
        exact = self._series.get(_Key(instrument, timeframe.text))
        if exact is not None:
            return exact
        if timeframe.unit not in "smhd":
            return None
        parts = [
            s
            for s in self._series.values()
            if s.instrument == instrument
            and s.timeframe.is_intraday
            and s.timeframe.nanos < timeframe.nanos
            and timeframe.nanos % s.timeframe.nanos == 0
        ]
        return max(parts, key=lambda s: s.timeframe.nanos, default=None)

    def _newest(
        self, base: StoredSeries, step_ns: int | None, length_ns: int, earliest: int, end: int, rows_max: int
    ) -> Columns:
        """The newest `rows_max` bars with earliest <= open_ns < end, oldest first.

        Looks in a window just long enough and widens it where the market rested: a bounded range is what
        makes the newest 500 of 10M fast.
        """
        key = _Key(base.instrument, base.timeframe.text)
        # Twice what is asked for covers nights and weekends; computed bars cost their whole window, so
        # begin tight.
        spare = 2.0 if step_ns is None else 1.1
        window = int(length_ns * rows_max * spare) if rows_max < UNLIMITED else _FOREVER_NS
        while True:
            start = max(earliest, end - window)
            if step_ns is not None and start > earliest:
                start = -(-start // step_ns) * step_ns
            found = self._rows(key, start, end, rows_max, step_ns)
            if len(found["open_ns"]) >= rows_max or start <= earliest:
                return found
            window *= 4

    def _rows(
        self, key: _Key, from_ns: int, before_ns: int, limit: int, step_ns: int | None = None
    ) -> Columns:
        known = self._series[key]
        parameters: dict[str, str | int] = {
            "instrument": key.instrument,
            "timeframe": key.timeframe,
            "from_ns": from_ns,
            "before_ns": before_ns,
            "settled": self._settled,
        }
        if step_ns is None:
            table = self._engine.table(self._sql(sql.READ), **parameters)
            return _newest_versions(table, known.price_scale, limit)
        table = self._engine.table(
            self._sql(sql.AGGREGATE), **parameters, scale=known.price_scale, limit=limit, step_ns=step_ns
        )
        columns = (table.column(i).to_numpy() for i in range(len(_COLUMNS)))
        # Asked for newest first; a bar is read oldest first.
        return {name: np.ascontiguousarray(c[::-1]) for name, c in zip(_COLUMNS, columns, strict=True)}


def _newest_versions(table: pa.Table, price_scale: int, limit: int) -> Columns:
    """The last version of each bar, oldest bar first, the newest `limit`, all at one scale."""
    columns: Columns = {name: table.column(name).to_numpy() for name in table.column_names}
    if not np.all(np.diff(columns["open_ns"]) > 0):
        order = np.lexsort((columns["version"], columns["open_ns"]))
        ascending = columns["open_ns"][order]
        is_last = np.append(ascending[1:] != ascending[:-1], True)
        columns = {name: column[order][is_last] for name, column in columns.items()}
    first = max(0, len(columns["open_ns"]) - limit)
    columns = {name: np.ascontiguousarray(column[first:]) for name, column in columns.items()}
    scales = columns.pop("price_scale")
    del columns["version"]
    if np.any(scales != price_scale):
        factor = 10 ** (price_scale - scales.astype(np.int64))
        columns |= {name: columns[name] * factor for name in _PRICES}
    return columns


def _buffers(columns: Columns) -> dict[str, Any]:
    return dict(columns)


def _length_ns(timeframe: Timeframe) -> int:
    return _LONGEST_MONTH_NS * timeframe.count if timeframe.unit == "mo" else timeframe.nanos
