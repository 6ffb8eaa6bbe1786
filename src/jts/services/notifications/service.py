"""Tells people what they need to know, once, and remembers what was told."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from jts.contracts.json_form import Unreadable, from_json_as, to_json
from jts.contracts.notifications import Notice
from jts.ports.document_store import DocumentStore

NOTICES_KEPT = 500
COLLECTION = "notices"


class NotificationsService:
    """Keeps the newest notices over restarts; the page shows them. Other channels read the same topic."""

    def __init__(self, *, documents: DocumentStore) -> None:
        self._documents = documents
        self._recent: deque[Notice] = deque(maxlen=NOTICES_KEPT)
        self._known: set[str] = set()

    async def recover(self) -> None:
        """Bring back what was told. A notice that cannot be read any more is left out, not repaired."""
        for document in await self._documents.all(COLLECTION):
            try:
                notice = from_json_as(msgspec.json.decode(document.body, type=str), Notice)
            except (Unreadable, msgspec.MsgspecError):
                continue
            self._recent.append(notice)
            self._known.add(notice.provenance.id)

    async def on_notices(self, batch: Sequence[Notice]) -> None:
        for notice in batch:
            id = notice.provenance.id
            if id in self._known:
                continue
            if len(self._recent) == NOTICES_KEPT:
                oldest = self._recent[0].provenance.id
                await self._documents.delete(COLLECTION, oldest)
                self._known.discard(oldest)
            body = msgspec.json.encode(to_json(notice).decode()).decode()
            await self._documents.put(COLLECTION, id, body)
            self._recent.append(notice)
            self._known.add(id)

    async def recent(self, *, limit: int = 50) -> tuple[Notice, ...]:
        return tuple(reversed(self._recent))[:limit]
