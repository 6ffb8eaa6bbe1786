"""Risk's books in SQLite: each decision, its reservation and its outgoing message in one transaction.

The single writer thread makes decisions serial. It keeps the exposures it has read, and asks before each use
whether the row's version is still the one it knows: a transaction that was taken back leaves a copy that is
never used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from jts.adapters.sql.sqlite import risk_rows
from jts.adapters.sql.sqlite.chain import enqueue, record
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.contracts import topics
from jts.contracts.json_form import from_json_as, to_json
from jts.contracts.risk import KillChanged, OrderRefused
from jts.domain.risk.exposure import Exposure, Fact, after, fact_key, new_day
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.verdict import Approved, Refused
from jts.domain.values import AccountId, InstrumentId, Nanos, Provenance
from jts.ports.risk_store import Answered, Asking, Ruling, Standing

T = TypeVar("T")

FORGET_MAX = 1_000
NOT_ENGAGED = KillState(engaged=False)


class SqliteRiskStore:
    """`ports.risk_store.RiskStore` in the embedded database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._known: dict[AccountId, tuple[int, Exposure]] = {}  # touched by the writer thread only

    async def decide(self, asking: Asking, rule: Callable[[Standing], Ruling]) -> Ruling:
        def do(connection: sqlite3.Connection) -> Ruling:
            version, exposure = self._exposure(connection, asking.account)
            ruling = rule(
                Standing(
                    exposure=exposure,
                    kill=_kill(connection),
                    answered=_answered(connection, asking),
                    same_order_ns=_same_order(connection, asking),
                    busy_ns=_busy(connection, asking),
                )
            )
            if ruling.is_repeat:
                return ruling
            _tell(connection, ruling)
            if ruling.is_answer:
                _keep(connection, asking, ruling)
            self._save(connection, version, exposure, ruling.exposure)
            return ruling

        return await self._database.write(do)

    async def follow(self, facts: Sequence[Fact]) -> Mapping[AccountId, Exposure]:
        def do(connection: sqlite3.Connection) -> Mapping[AccountId, Exposure]:
            before: dict[AccountId, tuple[int, Exposure]] = {}
            now: dict[AccountId, Exposure] = {}
            for fact in facts:
                if fact.account not in before:
                    before[fact.account] = self._exposure(connection, fact.account)
                    now[fact.account] = before[fact.account][1]
                key = fact_key(fact)
                if key is None or _is_first(connection, fact.account, key):
                    now[fact.account] = after(now[fact.account], fact)
            for account, (version, exposure) in before.items():
                self._save(connection, version, exposure, now[account])
            return now

        return await self._database.write(do)

    async def begin_day(self, day: str, marks: Mapping[InstrumentId, Decimal]) -> None:
        def do(connection: sqlite3.Connection) -> None:
            for account in risk_rows.accounts(connection):
                version, exposure = self._exposure(connection, account)
                self._save(connection, version, exposure, new_day(exposure, day, marks))

        await self._database.write(do)

    async def latch(
        self, change: Callable[[KillState], KillState], provenance: Provenance
    ) -> tuple[KillState, bool]:
        def do(connection: sqlite3.Connection) -> tuple[KillState, bool]:
            before = _kill(connection)
            state = change(before)
            if state == before:
                return state, False
            connection.execute(
                "INSERT INTO risk_kill (one, body) VALUES (1, ?)"
                " ON CONFLICT (one) DO UPDATE SET body = excluded.body",
                (to_json(state).decode(),),
            )
            body = to_json(KillChanged(provenance=provenance, state=state)).decode()
            record(connection, stream="risk/kill", kind="KillChanged", provenance=provenance, body=body)
            enqueue(connection, topics.KILL.name, body)
            return state, True

        return await self._database.write(do)

    async def kill_state(self) -> KillState:
        return await self._database.read(_kill)

    async def exposures(self) -> tuple[Exposure, ...]:
        def do(connection: sqlite3.Connection) -> tuple[Exposure, ...]:
            return tuple(risk_rows.read(connection, account)[1] for account in risk_rows.accounts(connection))

        return await self._database.read(lambda connection: _in_one_view(connection, do))

    async def exposure(self, account: AccountId) -> Exposure:
        def do(connection: sqlite3.Connection) -> Exposure:
            return risk_rows.read(connection, account)[1]

        return await self._database.read(lambda connection: _in_one_view(connection, do))

    async def approvals(self, account: AccountId, *, since_ns: Nanos) -> int:
        def do(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "SELECT count(*) FROM risk_decisions WHERE account = ? AND approved = 1 AND at_ns > ?",
                (account, since_ns),
            ).fetchone()
            return int(row[0])

        return await self._database.read(do)

    async def forget(self, *, before_ns: Nanos) -> int:
        def do(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "UPDATE risk_decisions SET body = NULL WHERE number IN (SELECT number FROM risk_decisions"
                " WHERE body IS NOT NULL AND at_ns < ? ORDER BY at_ns LIMIT ?)",
                (before_ns, FORGET_MAX),
            ).rowcount

        return await self._database.write(do)

    # ---- private: on the writer's thread ----

    def _exposure(self, connection: sqlite3.Connection, account: AccountId) -> tuple[int, Exposure]:
        known = self._known.get(account)
        if known is not None and known[0] == risk_rows.version(connection, account):
            return known
        read = risk_rows.read(connection, account)
        self._known[account] = read
        return read

    def _save(self, connection: sqlite3.Connection, version: int, before: Exposure, now: Exposure) -> None:
        if now is before:
            return
        risk_rows.write(connection, version + 1, before, now)
        self._known[now.account] = (version + 1, now)


# ---- private: what is read and written beside the exposure ----


def _in_one_view(connection: sqlite3.Connection, do: Callable[[sqlite3.Connection], T]) -> T:
    """Several reads of one committed state: without this, a write between two of them would show half."""
    connection.execute("BEGIN")
    try:
        return do(connection)
    finally:
        connection.execute("COMMIT")


def _kill(connection: sqlite3.Connection) -> KillState:
    row = connection.execute("SELECT body FROM risk_kill WHERE one = 1").fetchone()
    return from_json_as(row[0], KillState) if row else NOT_ENGAGED


def _answered(connection: sqlite3.Connection, asking: Asking) -> Answered | None:
    row = connection.execute(
        "SELECT digest, approved, body FROM risk_decisions WHERE account = ? AND intent = ?",
        (asking.account, asking.intent),
    ).fetchone()
    if row is None:
        return None
    digest, approved, body = row
    if body is None:
        return Answered(digest=digest, verdict=None)
    verdict = from_json_as(body, Approved) if approved else from_json_as(body, Refused)
    return Answered(digest=digest, verdict=verdict)


def _same_order(connection: sqlite3.Connection, asking: Asking) -> Nanos | None:
    row = connection.execute(
        "SELECT max(at_ns) FROM risk_decisions WHERE account = ? AND fingerprint = ? AND approved = 1",
        (asking.account, asking.fingerprint),
    ).fetchone()
    return None if row[0] is None else Nanos(row[0])


def _busy(connection: sqlite3.Connection, asking: Asking) -> Nanos | None:
    row = connection.execute(
        "SELECT at_ns FROM risk_decisions WHERE account = ? AND approved = 1"
        " ORDER BY at_ns DESC LIMIT 1 OFFSET ?",
        (asking.account, asking.rate - 1),
    ).fetchone()
    return None if row is None else Nanos(row[0])


def _tell(connection: sqlite3.Connection, ruling: Ruling) -> None:
    """The fact in the book, and the message to whom it concerns."""
    if isinstance(ruling.verdict, Approved):
        kind, topic, body = "OrderApproved", topics.ORDER_COMMANDS.name, to_json(ruling.verdict).decode()
    else:
        refusal = OrderRefused(provenance=ruling.provenance, command=ruling.command, refused=ruling.verdict)
        kind, topic, body = "OrderRefused", topics.REFUSALS.name, to_json(refusal).decode()
    stream = f"risk/{ruling.command.account}"
    record(connection, stream=stream, kind=kind, provenance=ruling.provenance, body=body)
    enqueue(connection, topic, body)


def _keep(connection: sqlite3.Connection, asking: Asking, ruling: Ruling) -> None:
    connection.execute(
        "INSERT INTO risk_decisions (account, intent, digest, at_ns, approved, fingerprint, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            asking.account,
            asking.intent,
            ruling.digest,
            ruling.provenance.at_ns,
            isinstance(ruling.verdict, Approved),
            asking.fingerprint,
            to_json(ruling.verdict).decode(),
        ),
    )


def _is_first(connection: sqlite3.Connection, account: AccountId, key: str) -> bool:
    return (
        connection.execute(
            "INSERT OR IGNORE INTO risk_booked (account, fact) VALUES (?, ?)", (account, key)
        ).rowcount
        == 1
    )
