"""Access in SQLite: links, sessions, keys and first answers, each change with its fact in the audit chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from jts.adapters.sql.sqlite.chain import record
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.access.principal import ApiKey, Scope
from jts.domain.values import Nanos
from jts.ports.access_store import AccessFact, KeptAnswer, KeptApiKey, KeptLink, KeptSession, NameTaken

_SESSION = "id, digest, name, scope, created_ns, expires_ns, last_seen_ns"
_API_KEY = "id, name, scope, created_ns, expires_ns, last_used_ns, revoked_ns, digest"
ANSWERS_FORGOTTEN_MAX = 200
"""Rows one write may forget: a long pause must not make the next write slow."""


class SqliteAccessStore:
    """`ports.access_store.AccessStore` and `AnswerStore` over one SQLite file."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def put_link(self, link: KeptLink, fact: AccessFact) -> None:
        def do(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE sign_in_links SET is_usable = 0 WHERE is_usable = 1")
            connection.execute("DELETE FROM sign_in_links WHERE expires_ns < ?", (link.created_ns,))
            connection.execute(
                "INSERT INTO sign_in_links (id, digest, created_ns, expires_ns, is_usable) "
                "VALUES (?,?,?,?,?)",
                (link.id, link.digest, link.created_ns, link.expires_ns, int(link.is_usable)),
            )
            _record(connection, fact)

        await self._database.write(do)

    async def link(self, id: str) -> KeptLink | None:
        row = await self._row(
            "SELECT id, digest, created_ns, expires_ns, is_usable FROM sign_in_links WHERE id = ?", id
        )
        if row is None:
            return None
        return KeptLink(
            id=row[0],
            digest=row[1],
            created_ns=Nanos(row[2]),
            expires_ns=Nanos(row[3]),
            is_usable=bool(row[4]),
        )

    async def use_link(self, id: str, session: KeptSession, fact: AccessFact) -> bool:
        def do(connection: sqlite3.Connection) -> bool:
            used = connection.execute(
                "UPDATE sign_in_links SET is_usable = 0 WHERE id = ? AND is_usable = 1", (id,)
            )
            if used.rowcount != 1:
                return False
            connection.execute(
                f"INSERT INTO sessions ({_SESSION}) VALUES (?,?,?,?,?,?,?)",  # noqa: S608 - column names only
                (
                    session.id, session.digest, session.name, session.scope, session.created_ns,
                    session.expires_ns, session.last_seen_ns,
                ),
            )  # fmt: skip
            _record(connection, fact)
            return True

        return await self._database.write(do)

    async def session(self, id: str) -> KeptSession | None:
        row = await self._row(
            f"SELECT {_SESSION} FROM sessions WHERE id = ? AND ended_ns IS NULL",  # noqa: S608
            id,
        )
        return None if row is None else _session(row)

    async def sessions(self) -> tuple[KeptSession, ...]:
        rows = await self._rows(
            f"SELECT {_SESSION} FROM sessions WHERE ended_ns IS NULL ORDER BY created_ns DESC"  # noqa: S608
        )
        return tuple(_session(row) for row in rows)

    async def saw_session(self, id: str, at_ns: Nanos) -> None:
        await self._change("UPDATE sessions SET last_seen_ns = max(last_seen_ns, ?) WHERE id = ?", at_ns, id)

    async def end_session(self, id: str, at_ns: Nanos, fact: AccessFact) -> bool:
        return await self._end(
            "UPDATE sessions SET ended_ns = ? WHERE id = ? AND ended_ns IS NULL", id, at_ns, fact
        )

    async def put_api_key(self, key: KeptApiKey, fact: AccessFact) -> None:
        made = key.key

        def do(connection: sqlite3.Connection) -> None:
            found = connection.execute("SELECT 1 FROM api_keys WHERE id = ?", (made.id,)).fetchone()
            if found is not None:
                raise NameTaken(f"there is an API key {made.id} already")
            connection.execute(
                f"INSERT INTO api_keys ({_API_KEY}) VALUES (?,?,?,?,?,?,?,?)",  # noqa: S608 - column names only
                (
                    made.id, made.name, made.scope, made.created_ns, made.expires_ns, made.last_used_ns,
                    made.revoked_ns, key.digest,
                ),
            )  # fmt: skip
            _record(connection, fact)

        await self._database.write(do)

    async def api_key(self, id: str) -> KeptApiKey | None:
        row = await self._row(f"SELECT {_API_KEY} FROM api_keys WHERE id = ?", id)  # noqa: S608
        return None if row is None else KeptApiKey(key=_api_key(row), digest=row[7])

    async def api_keys(self) -> tuple[ApiKey, ...]:
        rows = await self._rows(f"SELECT {_API_KEY} FROM api_keys ORDER BY created_ns DESC")  # noqa: S608
        return tuple(_api_key(row) for row in rows)

    async def used_api_key(self, id: str, at_ns: Nanos) -> None:
        await self._change(
            "UPDATE api_keys SET last_used_ns = max(coalesce(last_used_ns, 0), ?) WHERE id = ?", at_ns, id
        )

    async def revoke_api_key(self, id: str, at_ns: Nanos, fact: AccessFact) -> bool:
        return await self._end(
            "UPDATE api_keys SET revoked_ns = ? WHERE id = ? AND revoked_ns IS NULL", id, at_ns, fact
        )

    async def note(self, fact: AccessFact) -> None:
        await self._database.write(lambda connection: _record(connection, fact))

    async def find_answer(self, *, principal: str, key: str, since_ns: int) -> KeptAnswer | None:
        row = await self._row(
            "SELECT route, body_digest, status, body FROM answers "
            "WHERE principal = ? AND key = ? AND at_ns >= ?",
            principal,
            key,
            since_ns,
        )
        if row is None:
            return None
        return KeptAnswer(route=row[0], body_digest=row[1], status=row[2], body=bytes(row[3]))

    async def keep_answer(
        self,
        *,
        principal: str,
        key: str,
        route: str,
        body_digest: str,
        status: int,
        body: bytes,
        at_ns: int,
        forget_before_ns: int,
    ) -> None:
        def do(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM answers WHERE (principal, key) IN "
                "(SELECT principal, key FROM answers WHERE at_ns < ? LIMIT ?)",
                (forget_before_ns, ANSWERS_FORGOTTEN_MAX),
            )
            connection.execute(
                "INSERT INTO answers (principal, key, route, body_digest, status, body, at_ns) "
                "VALUES (?,?,?,?,?,?,?) ON CONFLICT (principal, key) DO UPDATE SET route = excluded.route, "
                "body_digest = excluded.body_digest, status = excluded.status, body = excluded.body, "
                "at_ns = excluded.at_ns WHERE answers.at_ns < ?",
                (principal, key, route, body_digest, status, body, at_ns, forget_before_ns),
            )

        await self._database.write(do)

    # ---- private ----

    async def _row(self, sql: str, *values: Any) -> Any:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchone())

    async def _rows(self, sql: str) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql).fetchall())

    async def _change(self, sql: str, *values: Any) -> None:
        do: Callable[[sqlite3.Connection], object] = lambda connection: connection.execute(sql, values)  # noqa: E731
        await self._database.write(do)

    async def _end(self, sql: str, id: str, at_ns: Nanos, fact: AccessFact) -> bool:
        def do(connection: sqlite3.Connection) -> bool:
            if connection.execute(sql, (at_ns, id)).rowcount != 1:
                return False
            _record(connection, fact)
            return True

        return await self._database.write(do)


def _record(connection: sqlite3.Connection, fact: AccessFact) -> None:
    record(connection, stream=fact.stream, kind=fact.kind, provenance=fact.provenance, body=fact.body)


def _session(row: Any) -> KeptSession:
    return KeptSession(
        id=row[0],
        digest=row[1],
        name=row[2],
        scope=Scope(row[3]),
        created_ns=Nanos(row[4]),
        expires_ns=Nanos(row[5]),
        last_seen_ns=Nanos(row[6]),
    )


def _api_key(row: Any) -> ApiKey:
    return ApiKey(
        id=row[0],
        prefix=row[0],
        name=row[1],
        scope=Scope(row[2]),
        created_ns=Nanos(row[3]),
        expires_ns=None if row[4] is None else Nanos(row[4]),
        last_used_ns=None if row[5] is None else Nanos(row[5]),
        revoked_ns=None if row[6] is None else Nanos(row[6]),
    )
