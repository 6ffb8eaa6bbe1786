"""A book of a few facts on a real file, and the tools of somebody who wants to change it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.chain import head_of, record
from jts.domain.audit import Anchor
from jts.domain.values import MessageId, Nanos, Provenance


def write_book(path: Path, entries: int = 5) -> None:
    """`entries` facts in two streams, each in its own transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'events'").fetchone()[0] == 0:
        for _, _, sql in migrations():
            connection.executescript(sql)
    for number in range(1, entries + 1):
        add(connection, number)
    connection.close()


def add(connection: sqlite3.Connection, number: int) -> int:
    return record(
        connection,
        stream=f"order/A{number % 2}",
        kind="OrderIntended",
        provenance=Provenance(
            id=MessageId(f"m{number}"),
            at_ns=Nanos(1_000 + number),
            correlation_id=f"click{number}",
            causation_id=f"cause{number}",
        ),
        body=f'{{"quantity":"{number}"}}',
    )


def head(path: Path) -> Anchor:
    connection = sqlite3.connect(path)
    try:
        return head_of(connection)
    finally:
        connection.close()


def tamper(path: Path, *statements: str) -> None:
    """Change the file as somebody with full access would: the guards are taken off first."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER events_are_never_edited")
    connection.execute("DROP TRIGGER events_are_never_deleted")
    for statement in statements:
        connection.execute(statement)
    connection.close()
