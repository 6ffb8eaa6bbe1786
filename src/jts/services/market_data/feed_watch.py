"""How far one stream can be trusted just now, and since when."""

from __future__ import annotations

from jts.contracts.market_data import FeedStatus
from jts.domain.market.prices import FeedState
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, Nanos
from jts.ports.market_source import MarketSource

# A live print that arrives this long after it happened is delayed data. Clocks of exchanges and of ours
# differ by up to two seconds in recordings, so less than that means nothing.
DELAYED_AFTER_NS = 5 * NANOS_PER_SECOND


class FeedWatch:
    """The state of one source, from what it said and how long ago. `look` decides; the service tells."""

    def __init__(self, source: MarketSource, instruments: tuple[InstrumentId, ...]) -> None:
        self._source = source
        self._instruments = instruments
        self._state = FeedState.DOWN
        self._last_message_ns: Nanos | None = None
        self._heard_monotonic_ns = 0
        self._messages = 0

    def heard(self, *, venue_ns: Nanos, received_ns: Nanos, monotonic_ns: int) -> bool:
        """A message came. True if that changes the state."""
        self._last_message_ns = received_ns
        self._heard_monotonic_ns = monotonic_ns
        self._messages += 1
        is_late = not self._source.is_recorded and received_ns - venue_ns > DELAYED_AFTER_NS
        return self._to(FeedState.DELAYED if is_late else FeedState.LIVE)

    def failed(self) -> bool:
        return self._to(FeedState.DOWN)

    def ended(self) -> bool:
        return self._to(FeedState.ENDED)

    def look(self, monotonic_ns: int) -> bool:
        """Silence for twice the heartbeat makes a feed stale. True if that changes the state."""
        silent_ns = monotonic_ns - self._heard_monotonic_ns
        is_talking = self._state in (FeedState.LIVE, FeedState.DELAYED)
        if is_talking and silent_ns > 2 * self._source.heartbeat_s * NANOS_PER_SECOND:
            return self._to(FeedState.STALE)
        return False

    def status(self) -> FeedStatus:
        return FeedStatus(
            feed=self._source.feed,
            broker=self._source.broker,
            instruments=self._instruments,
            state=self._state,
            is_recorded=self._source.is_recorded,
            description=self._source.description,
            last_message_ns=self._last_message_ns,
            messages=self._messages,
            speed=self._source.speed,
        )

    def _to(self, state: FeedState) -> bool:
        changed = state is not self._state
        self._state = state
        return changed
