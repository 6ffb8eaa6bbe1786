"""What market data says: instruments, prices, bars, and how far each feed can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bar, Bars
from jts.domain.market.prices import FeedState, MarketTrade, ReferencePrice
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class BarClosed:
    """A bar is finished. `is_late`: a correction of a bar told before; strategies ignore it."""

    provenance: Provenance
    bar: Bar
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """One stream: its state, the age of its last message, and what it truly is.

    `is_recorded`: the market is a recording or a simulation, never the present one; `description` says which.
    `speed` is the replay's speed, None for a live market. `last_message_ns` is by our clock.
    """

    feed: str
    broker: str
    instruments: tuple[InstrumentId, ...]
    state: FeedState
    is_recorded: bool
    description: str
    last_message_ns: Nanos | None
    messages: int
    speed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChanged:
    provenance: Provenance
    feed: str
    status: FeedStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInfo:
    """One stored series of bars. `grade` is A to F; `findings` are counted defects by kind."""

    instrument: InstrumentId
    timeframe: Timeframe
    count: int
    first_ns: Nanos
    last_ns: Nanos
    grade: str
    findings: dict[str, int]
    source: str


class MarketData(Protocol):
    async def instruments(self) -> tuple[Instrument, ...]: ...

    async def instrument(self, id: InstrumentId) -> Instrument | None: ...

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        """The newest print and session state; None if nothing was heard yet."""
        ...

    async def last_trades(self, id: InstrumentId, *, limit: int = 50) -> tuple[MarketTrade, ...]: ...

    async def bars(
        self, id: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos | None = None, limit: int = 500
    ) -> Bars:
        """The newest finished bars that opened before `before_ns` (None: now), oldest first. Empty if there
        are none.

        Errors: BadInput if the timeframe is neither stored nor an aggregate of a stored one.
        """
        ...

    async def series(self) -> tuple[SeriesInfo, ...]: ...

    async def feeds(self) -> tuple[FeedStatus, ...]: ...

    async def follow(self, id: InstrumentId, timeframe: Timeframe) -> None:
        """Build and publish bars of this instrument and timeframe from now on. Repeats change nothing."""
        ...
