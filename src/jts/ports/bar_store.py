"""Where bars are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos, OutsideError


class BarStoreUnavailable(OutsideError):
    """The store cannot be opened or read: locked by another process, full, or damaged. The text says
    which."""

    retry_is_safe = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What one append did. `unchanged` rows were there already, equal; `replaced` were there with other
    values."""

    added: int
    unchanged: int
    replaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeries:
    instrument: InstrumentId
    timeframe: Timeframe
    price_scale: int
    count: int
    first_ns: Nanos
    last_ns: Nanos


class BarStore(Protocol):
    """Bars by (instrument, timeframe, open_ns). Writing the same bars twice equals writing them once."""

    async def append(self, bars: Bars) -> Stored: ...

    async def read(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        *,
        from_ns: Nanos | None = None,
        before_ns: Nanos | None = None,
        limit: int | None = None,
    ) -> Bars | None:
        """Bars with from_ns <= open_ns < before_ns, oldest first; with `limit`, the newest that many. None:
        no such series.

        1m bars are also readable as 5m, 1h and 1d, kept up by the store itself.
        """
        ...

    async def series(self) -> tuple[StoredSeries, ...]: ...

    async def close(self) -> None: ...
