"""The book of facts in SQLite: append under the chain's hash, and hand on to the bus, in the caller's
transaction.

Every store of the embedded profile writes its facts with `record` and what is to be said about them with
`enqueue`, both inside one unit of work of `SqliteDatabase.write`, so that a fact and its message are kept or
lost together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from jts.domain.audit import GENESIS_HASH, Anchor, AuditEntry, entry_hash
from jts.domain.values import Nanos, Provenance
from jts.ports.audit_log import VersionTaken

_COLUMNS = (
    "seq, stream, version, kind, at_ns, message_id, correlation_id, causation_id, body, previous_hash, hash"
)


def record(
    connection: sqlite3.Connection,
    *,
    stream: str,
    kind: str,
    provenance: Provenance,
    body: str,
    version: int | None = None,
) -> int:
    """Write one fact at the end of the book and return its sequence, inside the caller's transaction.

    `stream` names what the fact is about, such as `order/ab12` or `account/paper`; `body` is its JSON text.
    With `version` the fact must be exactly that one of its stream, counted from 1; without, it is the next.
    Errors: VersionTaken when that version is there already; AssertionError when it would leave a gap.
    """
    newest = newest_version(connection, stream)
    if version is None:
        version = newest + 1
    if version <= newest:
        raise VersionTaken(stream, version, newest)
    assert version == newest + 1, f"{stream} is at version {newest}; version {version} would leave a gap"
    last = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    sequence, previous = (last[0] + 1, last[1]) if last else (1, GENESIS_HASH)
    sealed = entry_hash(
        previous_hash=previous,
        sequence=sequence,
        stream=stream,
        version=version,
        kind=kind,
        at_ns=provenance.at_ns,
        message_id=provenance.id,
        correlation_id=provenance.correlation_id,
        causation_id=provenance.causation_id,
        body=body,
    )
    connection.execute(
        f"INSERT INTO events ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - column names only
        (
            sequence, stream, version, kind, provenance.at_ns, provenance.id, provenance.correlation_id,
            provenance.causation_id, body, previous, sealed,
        ),
    )  # fmt: skip
    return sequence


def enqueue(connection: sqlite3.Connection, topic: str, message_json: str | bytes) -> int:
    """Have a message said on the bus after the caller's transaction is durable. Returns its place in the
    queue.

    `message_json` is `contracts.json_form.to_json(message)`. The relay says what is queued in this sequence,
    at least once, and forgets a row only when the bus has taken it over.
    """
    text = message_json.decode() if isinstance(message_json, bytes) else message_json
    row = connection.execute("INSERT INTO outbox (topic, body) VALUES (?, ?)", (topic, text))
    assert row.lastrowid is not None, "SQLite names every inserted row"
    return row.lastrowid


def newest_version(connection: sqlite3.Connection, stream: str) -> int:
    """How many facts this stream has; 0 if nobody has written of it."""
    row = connection.execute("SELECT max(version) FROM events WHERE stream = ?", (stream,)).fetchone()
    return row[0] or 0


def head_of(connection: sqlite3.Connection) -> Anchor:
    """The newest fact of the book; sequence 0 while it is empty."""
    row = connection.execute("SELECT seq, hash, at_ns FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        return Anchor(sequence=0, hash=GENESIS_HASH, at_ns=Nanos(0))
    return Anchor(sequence=row[0], hash=row[1], at_ns=Nanos(row[2]))


def stream_entries(connection: sqlite3.Connection, stream: str) -> tuple[AuditEntry, ...]:
    """Every fact of one stream, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM events WHERE stream = ? ORDER BY version",  # noqa: S608 - column names only
        (stream,),
    )
    return tuple(_entry(row) for row in rows)


def all_entries(connection: sqlite3.Connection, *, after: int = 0) -> Iterator[AuditEntry]:
    """Every fact after a sequence, in the sequence of the book, one at a time."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq",  # noqa: S608 - column names only
        (after,),
    )
    return (_entry(row) for row in rows)


def _entry(row: tuple[int, str, int, str, int, str, str, str, str, str, str]) -> AuditEntry:
    return AuditEntry(
        sequence=row[0],
        stream=row[1],
        version=row[2],
        kind=row[3],
        at_ns=Nanos(row[4]),
        message_id=row[5],
        correlation_id=row[6],
        causation_id=row[7],
        body=row[8],
        previous_hash=row[9],
        hash=row[10],
    )
