"""Strategy runs in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.values import AccountId, ClientOrderId, Nanos, RunId
from jts.ports.strategy_store import DecisionRecord, RunChange, RunRecord, SlotRecord

CLOSED_SLOTS_KEPT = 500
"""How many closed orders of a run are still known, so that a late fill finds its slot."""

_SAVE_RUN = """
INSERT INTO strategy_runs (run, epoch, account, text, plan, parameters, state, message, started_ns,
                           last_bar_ns, bars_seen, snapshot, by_whom)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run) DO UPDATE SET epoch = excluded.epoch, account = excluded.account, text = excluded.text,
    plan = excluded.plan, parameters = excluded.parameters, state = excluded.state,
    message = excluded.message, started_ns = excluded.started_ns, last_bar_ns = excluded.last_bar_ns,
    bars_seen = excluded.bars_seen,
    snapshot = excluded.snapshot, by_whom = excluded.by_whom
"""

_SAVE_SLOT = """
INSERT INTO strategy_slots (client_order, run, epoch, slot, is_open, is_exit, events_seen, wish,
                            decided_ns)
VALUES (?, ?, (SELECT epoch FROM strategy_runs WHERE run = ?), ?, ?, ?, ?, ?, ?)
ON CONFLICT (client_order) DO UPDATE SET is_open = excluded.is_open, events_seen = excluded.events_seen,
    wish = excluded.wish
"""


class SqliteStrategyStore:
    """`ports.strategy_store.StrategyStore` in the embedded database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def save(self, change: RunChange) -> None:
        def do(connection: sqlite3.Connection) -> None:
            record = change.record
            connection.execute(
                _SAVE_RUN,
                (
                    record.run, record.epoch, record.account, record.text, record.plan,
                    json.dumps(record.parameters, ensure_ascii=False), record.state, record.message,
                    record.started_ns, record.last_bar_ns, record.bars_seen, record.snapshot, record.by,
                ),
            )  # fmt: skip
            connection.executemany(_SAVE_SLOT, [_slot_row(slot) for slot in change.slots])
            connection.executemany(
                "INSERT OR IGNORE INTO strategy_decisions (run, sequence, at_ns, body) VALUES (?, ?, ?, ?)",
                [(each.run, each.sequence, each.at_ns, each.body) for each in change.decisions],
            )

        await self._database.write(do)

    async def runs(self) -> tuple[RunRecord, ...]:
        def do(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
            return connection.execute(
                "SELECT run, epoch, account, text, plan, parameters, state, message, started_ns, last_bar_ns,"
                " bars_seen, snapshot, by_whom FROM strategy_runs ORDER BY run"
            ).fetchall()

        return tuple(_run(row) for row in await self._database.read(do))

    async def slots(self, run: RunId, epoch: int) -> Sequence[SlotRecord]:
        def do(connection: sqlite3.Connection) -> list[SlotRecord]:
            rows = connection.execute(
                "SELECT client_order, run, slot, is_open, is_exit, events_seen, wish, decided_ns"
                " FROM strategy_slots"
                " WHERE run = ? AND epoch = ? AND (is_open OR slot > (SELECT max(slot) FROM strategy_slots"
                " WHERE run = ? AND epoch = ?) - ?) ORDER BY slot",
                (run, epoch, run, epoch, CLOSED_SLOTS_KEPT),
            )
            return [
                SlotRecord(
                    order=ClientOrderId(order),
                    run=RunId(name),
                    slot=slot,
                    is_open=bool(is_open),
                    is_exit=bool(is_exit),
                    events_seen=events_seen,
                    wish=wish,
                    decided_ns=Nanos(decided_ns),
                )
                for order, name, slot, is_open, is_exit, events_seen, wish, decided_ns in rows
            ]

        return await self._database.read(do)

    async def decisions(self, run: RunId, *, limit: int) -> Sequence[DecisionRecord]:
        def do(connection: sqlite3.Connection) -> list[DecisionRecord]:
            rows = connection.execute(
                "SELECT run, sequence, at_ns, body FROM strategy_decisions WHERE run = ?"
                " ORDER BY sequence DESC LIMIT ?",
                (run, limit),
            )
            return [
                DecisionRecord(run=RunId(name), sequence=sequence, at_ns=Nanos(at_ns), body=body)
                for name, sequence, at_ns, body in rows
            ]

        return await self._database.read(do)

    async def last_sequence(self, run: RunId) -> int:
        def do(connection: sqlite3.Connection) -> int:
            found = connection.execute(
                "SELECT max(sequence) FROM strategy_decisions WHERE run = ?", (run,)
            ).fetchone()
            return int(found[0] or 0)

        return await self._database.read(do)


def _slot_row(slot: SlotRecord) -> tuple[object, ...]:
    return (
        slot.order,
        slot.run,
        slot.run,
        slot.slot,
        int(slot.is_open),
        int(slot.is_exit),
        slot.events_seen,
        slot.wish,
        slot.decided_ns,
    )


def _run(row: tuple[object, ...]) -> RunRecord:
    (
        run, epoch, account, text, plan, parameters, state, message, started_ns, last_bar_ns, bars_seen,
        snapshot, by_whom,
    ) = row  # fmt: skip
    return RunRecord(
        run=RunId(str(run)),
        epoch=int(str(epoch)),
        account=AccountId(str(account)),
        text=str(text),
        plan=str(plan),
        parameters=json.loads(str(parameters)),
        state=str(state),
        message=str(message),
        started_ns=Nanos(int(str(started_ns))),
        last_bar_ns=Nanos(int(str(last_bar_ns))),
        bars_seen=int(str(bars_seen)),
        snapshot=bytes(snapshot) if isinstance(snapshot, bytes | memoryview) else b"",
        by=str(by_whom),
    )
