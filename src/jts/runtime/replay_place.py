"""Where a recorded market of days was when we stopped, so that a start goes on behind it."""

from __future__ import annotations

from collections.abc import Sequence

from jts.domain.market.prices import MarketTrade
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, Nanos
from jts.ports.document_store import DocumentStore

COLLECTION = "replay_place"
DAY_NS = 86_400 * NANOS_PER_SECOND


class ReplayPlace:
    """Remembers, per instrument, the opening of the newest day whose closing print was seen."""

    def __init__(self, documents: DocumentStore, instruments: frozenset[InstrumentId]) -> None:
        self._documents = documents
        self._instruments = instruments

    async def on_trades(self, batch: Sequence[MarketTrade]) -> None:
        newest = {
            trade.instrument: trade.venue_ns // DAY_NS * DAY_NS
            for trade in batch
            if trade.closes_session and trade.instrument in self._instruments
        }
        for instrument, open_ns in newest.items():
            await self._documents.put(COLLECTION, instrument, str(open_ns))


async def places(documents: DocumentStore) -> dict[InstrumentId, Nanos]:
    return {InstrumentId(each.id): Nanos(int(each.body)) for each in await documents.all(COLLECTION)}
