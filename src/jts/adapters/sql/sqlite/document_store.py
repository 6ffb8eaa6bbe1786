"""Versioned JSON documents in SQLite."""

from __future__ import annotations

import sqlite3

from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.values import Nanos
from jts.ports.clock import Clock
from jts.ports.document_store import Document, VersionConflict

_FIELDS = "collection, id, version, body, at_ns"


class SqliteDocumentStore:
    """`ports.document_store.DocumentStore` in the embedded database."""

    def __init__(self, database: SqliteDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, collection: str, id: str) -> Document | None:
        def do(connection: sqlite3.Connection) -> Document | None:
            row = connection.execute(
                f"SELECT {_FIELDS} FROM documents WHERE collection = ? AND id = ?",  # noqa: S608 constant text
                (collection, id),
            ).fetchone()
            return _document(row) if row else None

        return await self._database.read(do)

    async def put(
        self, collection: str, id: str, body: str, *, expected_version: int | None = None
    ) -> Document:
        at_ns = self._clock.now_ns()

        def do(connection: sqlite3.Connection) -> Document:
            row = connection.execute(
                "SELECT version FROM documents WHERE collection = ? AND id = ?", (collection, id)
            ).fetchone()
            here = int(row[0]) if row else 0
            if expected_version is not None and here != expected_version:
                raise VersionConflict(
                    f"{collection}/{id} is at version {here}, expected {expected_version}: read it again"
                )
            connection.execute(
                "INSERT INTO documents (collection, id, version, body, at_ns) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (collection, id) DO UPDATE SET version = excluded.version,"
                " body = excluded.body, at_ns = excluded.at_ns",
                (collection, id, here + 1, body, at_ns),
            )
            return Document(collection=collection, id=id, version=here + 1, body=body, at_ns=at_ns)

        return await self._database.write(do)

    async def all(self, collection: str) -> tuple[Document, ...]:
        def do(connection: sqlite3.Connection) -> tuple[Document, ...]:
            rows = connection.execute(
                f"SELECT {_FIELDS} FROM documents WHERE collection = ? ORDER BY id",  # noqa: S608 constant text
                (collection,),
            )
            return tuple(_document(row) for row in rows)

        return await self._database.read(do)

    async def delete(self, collection: str, id: str) -> bool:
        def do(connection: sqlite3.Connection) -> bool:
            return (
                connection.execute(
                    "DELETE FROM documents WHERE collection = ? AND id = ?", (collection, id)
                ).rowcount
                > 0
            )

        return await self._database.write(do)


def _document(row: tuple[str, str, int, str, int]) -> Document:
    collection, id, version, body, at_ns = row
    return Document(collection=collection, id=id, version=version, body=body, at_ns=Nanos(at_ns))
