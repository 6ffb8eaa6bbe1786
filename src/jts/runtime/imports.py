"""Bars that another process read from a file, taken into the store that this process holds."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from jts.adapters.bar_files.wire import from_arrow
from jts.ports.clock import Clock
from jts.runtime.stores import Stores
from jts.services.market_data.keep_series import SeriesKeeper


class Imports:
    """What stands behind POST /series/import."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._keeper = SeriesKeeper(bars=stores.bars, catalog=stores.series, clock=clock)

    async def take(self, body: bytes) -> dict[str, Any]:
        """One file, whole or not at all; then its series is graded anew. Errors: BadInput, OutsideError."""
        file, name = await asyncio.to_thread(from_arrow, body)
        stored = await self._keeper.keep(
            file.bars,
            name=name,
            form=file.understood.form,
            digest=file.digest,
            rows=file.rows,
            findings=file.findings,
        )
        await self._keeper.regrade(file.bars.instrument, file.bars.timeframe)
        return asdict(stored)
