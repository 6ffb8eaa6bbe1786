"""The two ways to the bars of a home: through the platform that runs on it, or straight to the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from jts.adapters.bar_files.bar_file import BarFile
from jts.adapters.bar_files.wire import CONTENT_TYPE, to_arrow
from jts.adapters.clock.system import SystemClock
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.series_catalog import SqliteSeriesCatalog
from jts.adapters.timeseries.chdb_store import ChdbBarStore
from jts.cli.client import Client
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId
from jts.runtime.home import Home
from jts.services.market_data.bar_columns import at_scale
from jts.services.market_data.keep_series import SeriesKeeper, known_instrument, stored_series
from jts.services.market_data.series_text import instant_text, series_row

Row = dict[str, Any]


class DataHome(Protocol):
    """What the verb needs of a home, whoever holds its store."""

    async def keep(self, file: BarFile, name: str) -> Row:
        """Store one file, whole or not at all: {added, unchanged, replaced}."""
        ...

    async def regrade(self, instrument: InstrumentId, timeframe: Timeframe) -> None: ...

    async def series(self) -> list[Row]: ...

    async def bars(self, instrument: InstrumentId, timeframe: Timeframe, last: int) -> Row: ...


@asynccontextmanager
async def open_data(home: Path) -> AsyncIterator[DataHome]:
    """The store belongs to the platform while one runs. Errors: BarStoreUnavailable, StoreUnavailable,
    BadInput."""
    client = Client.find(home)
    if client is not None:
        yield _Running(client)
        return
    place = Home(home)
    place.prepare()
    database = SqliteDatabase(place.database)
    database.open(migrations())
    store = ChdbBarStore(place.bars)
    try:
        await store.open()
        yield _Direct(store, SqliteSeriesCatalog(database))
    finally:
        await store.close()
        database.close()


class _Direct:
    """The store itself, in this process."""

    def __init__(self, store: ChdbBarStore, catalog: SqliteSeriesCatalog) -> None:
        self._store = store
        self._catalog = catalog
        self._keeper = SeriesKeeper(bars=store, catalog=catalog, clock=SystemClock())

    async def keep(self, file: BarFile, name: str) -> Row:
        stored = await self._keeper.keep(
            file.bars,
            name=name,
            form=file.understood.form,
            digest=file.digest,
            rows=file.rows,
            findings=file.findings,
        )
        return asdict(stored)

    async def regrade(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        await self._keeper.regrade(instrument, timeframe)

    async def series(self) -> list[Row]:
        return [series_row(info) for info in await stored_series(self._store, self._catalog)]

    async def bars(self, instrument: InstrumentId, timeframe: Timeframe, last: int) -> Row:
        bars = await self._store.read(instrument, timeframe, limit=last)
        if bars is None:
            raise BadInput(
                f"there are no bars of {instrument} {timeframe}, and none they could be built from. "
                "`jts data list` shows what there is",
                code="series",
            )
        known = known_instrument(instrument)
        bars = at_scale(bars, known.price_scale) if known is not None else bars
        columns = (bars.open_units, bars.high_units, bars.low_units, bars.close_units)
        step = 10**bars.price_scale
        rows = [
            [open_ns // 1_000_000, *(units / step for units in prices), volume]
            for open_ns, volume, *prices in zip(bars.open_ns, bars.volume, *columns, strict=True)
        ]
        return {
            "instrument": instrument,
            "timeframe": timeframe.text,
            "price_scale": bars.price_scale,
            "bars": rows,
        }


class _Running:
    """The platform that holds the store, asked over loopback."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def keep(self, file: BarFile, name: str) -> Row:
        answer = self._client.send_bytes("/series/import", to_arrow(file, name), CONTENT_TYPE)
        return {key: int(answer[key]) for key in ("added", "unchanged", "replaced")}

    async def regrade(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        """The platform grades as it imports."""

    async def series(self) -> list[Row]:
        rows: list[Row] = self._client.get("/series")["series"]
        return rows

    async def bars(self, instrument: InstrumentId, timeframe: Timeframe, last: int) -> Row:
        return self._client.get("/bars", instrument=instrument, timeframe=timeframe.text, limit=last)


def at_text(milliseconds: int) -> str:
    """An instant for people: 2024-03-05 00:00:00 UTC."""
    return instant_text(milliseconds * 1_000_000)[:19].replace("T", " ")
