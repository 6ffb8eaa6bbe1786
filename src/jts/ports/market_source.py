"""What we need from a market to see it: instruments, history, and the stream of prints and quotes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, TypeAlias

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade, Quote
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos

MarketEvent: TypeAlias = MarketTrade | Quote


class MarketSource(Protocol):
    """One stream of market data. Recorded and simulated sources say so in `is_recorded` and `description`."""

    @property
    def feed(self) -> str: ...
    @property
    def broker(self) -> str: ...
    @property
    def is_recorded(self) -> bool: ...
    @property
    def description(self) -> str: ...
    @property
    def speed(self) -> float | None: ...
    @property
    def heartbeat_s(self) -> float:
        """How often something is expected at the latest; twice this without a message is stale."""
        ...

    async def instruments(self) -> tuple[Instrument, ...]: ...

    async def history(
        self, instrument: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos, limit: int
    ) -> Bars | None:
        """Finished bars that opened before the instant, oldest first; None if this source has none of that
        length."""
        ...

    def stream(self) -> AsyncIterator[MarketEvent]:
        """Prints and quotes as they come. Ends when the source has ended."""
        ...
