"""The audit log in SQLite: the book's head, its verification, and its anchors outside."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from jts.adapters.sql.sqlite.anchor import AnchorFile
from jts.adapters.sql.sqlite.chain import all_entries, head_of
from jts.adapters.sql.sqlite.database import SqliteDatabase, explain
from jts.domain.audit import Anchor, Verdict, verify
from jts.ports.clock import Clock

EVERY_ENTRIES = 1_000
EVERY_NS = 60_000_000_000
LOOK_S = 1.0


class SqliteAuditLog:
    """`ports.audit_log.AuditLog` over the embedded database and its anchor file."""

    def __init__(self, database: SqliteDatabase, anchors: AnchorFile) -> None:
        self._database = database
        self._anchors = anchors
        self._anchored = 0
        self._anchored_monotonic_ns: int | None = None

    async def head(self) -> Anchor:
        return await self._database.read(head_of)

    async def verify(self) -> Verdict:
        anchors = self._anchors.read()
        return await self._database.read(lambda connection: verify(all_entries(connection), anchors))

    async def anchor_now(self, clock: Clock) -> Anchor:
        """Write the head to the anchor file, unless it is the one written last. Returns it.
        Errors: OSError.
        """
        head = await self.head()
        if self._anchored_monotonic_ns is None or head.sequence != self._anchored:
            self._anchors.write(Anchor(sequence=head.sequence, hash=head.hash, at_ns=clock.now_ns()))
            self._anchored = head.sequence
        self._anchored_monotonic_ns = clock.monotonic_ns()
        return head

    async def keep_anchored(self, clock: Clock) -> None:
        """Until cancelled: an anchor at once, then every thousand entries or every minute, whichever is
        first.
        """
        while True:
            with contextlib.suppress(OSError):  # a full disk is the store's to report; this tries again
                if await self._is_due(clock):
                    await self.anchor_now(clock)
            await clock.sleep(LOOK_S)

    async def _is_due(self, clock: Clock) -> bool:
        if self._anchored_monotonic_ns is None:
            return True
        if clock.monotonic_ns() - self._anchored_monotonic_ns >= EVERY_NS:
            return True
        return (await self.head()).sequence - self._anchored >= EVERY_ENTRIES


def verify_file(store: Path, anchors: AnchorFile) -> Verdict:
    """Verify a store from outside, read-only, whether the platform is running or not.

    Errors: StoreUnavailable, StoreCorrupt, AnchorUnreadable, each with the next step.
    """
    kept = anchors.read()
    try:
        connection = sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.DatabaseError as error:
        raise explain(error, store) from error
    try:
        connection.execute("BEGIN")  # one picture of the book, however long the reading takes
        return verify(all_entries(connection), kept)
    except sqlite3.DatabaseError as error:
        raise explain(error, store) from error
    finally:
        connection.close()
