"""Orders in SQLite: events in the book, the newest state beside them, what is to be said in the outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from jts.adapters.sql.sqlite.chain import enqueue, record, stream_entries
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.contracts.json_form import from_json, from_json_as, to_json
from jts.contracts.topics import ORDER_EVENTS
from jts.domain.orders.events import AnyOrderEvent, OrderFilled, OrderLateFilled
from jts.domain.orders.order import Order
from jts.domain.orders.transitions import OrderLife, apply, rebuild
from jts.domain.values import AccountId, ClientOrderId, FillId, InstrumentId, Nanos, Provenance, RunId
from jts.ports.order_store import FillTaken
from jts.ports.outbox import Outgoing

STREAM = "order/"
FIND_MAX = 10_000
_RANGE = (STREAM, "order0")
"""Every stream that begins with `order/`: `0` is the character after `/`."""


class SqliteOrderStore:
    """`ports.order_store.OrderStore` over the embedded database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def append(
        self, after: OrderLife, events: Sequence[AnyOrderEvent], *, say: Sequence[Outgoing] = ()
    ) -> None:
        assert events, "an append writes at least one event"
        assert events[-1].version == after.order.version, "the state given is the one after the events"
        # The JSON is made here, on the caller's thread, so that the one writer thread only writes.
        bodies = [to_json(event).decode() for event in events]
        state = to_json(after.order).decode()

        def do(connection: sqlite3.Connection) -> None:
            for event, body in zip(events, bodies, strict=True):
                _write_event(connection, event, body)
            _write_state(connection, after.order, state)
            _queue(connection, say)

        await self._database.write(do)

    async def note(
        self, *, stream: str, kind: str, provenance: Provenance, body: str, say: Sequence[Outgoing] = ()
    ) -> None:
        def do(connection: sqlite3.Connection) -> None:
            record(connection, stream=stream, kind=kind, provenance=provenance, body=body)
            _queue(connection, say)

        await self._database.write(do)

    async def load(self, order: ClientOrderId) -> OrderLife | None:
        events = await self.life(order)
        return rebuild(events) if events else None

    async def load_open(self) -> tuple[OrderLife, ...]:
        def do(connection: sqlite3.Connection) -> list[tuple[AnyOrderEvent, ...]]:
            rows = connection.execute("SELECT id FROM orders WHERE is_open = 1 ORDER BY number").fetchall()
            return [_events(connection, ClientOrderId(id)) for (id,) in rows]

        return tuple(rebuild(events) for events in await self._database.read(do))

    async def get(self, order: ClientOrderId) -> Order | None:
        def do(connection: sqlite3.Connection) -> Any:
            return connection.execute("SELECT body FROM orders WHERE id = ?", (order,)).fetchone()

        row = await self._database.read(do)
        return from_json_as(row[0], Order) if row else None

    async def find(
        self,
        *,
        account: AccountId | None = None,
        instrument: InstrumentId | None = None,
        run: RunId | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: ClientOrderId | None = None,
    ) -> tuple[Order, ...]:
        assert 0 < limit <= FIND_MAX, f"a page has 1 to {FIND_MAX} orders, asked for {limit}"
        clauses, values = ["1 = 1"], list[Any]()
        for column, value in (("account", account), ("instrument", instrument), ("run", run)):
            if value is not None:
                clauses.append(f"{column} = ?")
                values.append(value)
        if open_only:
            clauses.append("is_open = 1")
        if before is not None:
            clauses.append("number < (SELECT number FROM orders WHERE id = ?)")
            values.append(before)
        sql = f"SELECT body FROM orders WHERE {' AND '.join(clauses)} ORDER BY number DESC LIMIT ?"  # noqa: S608

        def do(connection: sqlite3.Connection) -> list[Any]:
            return connection.execute(sql, (*values, limit)).fetchall()

        return tuple(from_json_as(body, Order) for (body,) in await self._database.read(do))

    async def life(self, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
        return await self._database.read(lambda connection: _events(connection, order))

    async def unbooked(self, fills: Sequence[FillId]) -> frozenset[FillId]:
        def do(connection: sqlite3.Connection) -> frozenset[FillId]:
            asked = "SELECT 1 FROM order_fills WHERE fill = ?"
            return frozenset(fill for fill in fills if connection.execute(asked, (fill,)).fetchone() is None)

        return await self._database.read(do)

    async def newest_ns(self) -> Nanos | None:
        def do(connection: sqlite3.Connection) -> Any:
            return connection.execute(
                "SELECT at_ns FROM events WHERE stream >= ? AND stream < ? ORDER BY seq DESC LIMIT 1", _RANGE
            ).fetchone()

        row = await self._database.read(do)
        return Nanos(row[0]) if row else None

    async def rebuild(self) -> int:
        return await self._database.write(_rebuild)


def _write_event(connection: sqlite3.Connection, event: AnyOrderEvent, body: str) -> None:
    record(
        connection,
        stream=STREAM + event.order,
        kind=type(event).__name__,
        provenance=event.provenance,
        body=body,
        version=event.version,
    )
    if isinstance(event, OrderFilled | OrderLateFilled):
        _book_fill(connection, event.fill.id, event.order)
    enqueue(connection, ORDER_EVENTS.name, body)


def _book_fill(connection: sqlite3.Connection, fill: FillId, order: ClientOrderId) -> None:
    there = connection.execute("SELECT order_id FROM order_fills WHERE fill = ?", (fill,)).fetchone()
    if there is not None:
        raise FillTaken(fill, there[0])
    connection.execute("INSERT INTO order_fills (fill, order_id) VALUES (?, ?)", (fill, order))


def _write_state(connection: sqlite3.Connection, order: Order, body: str) -> None:
    connection.execute(
        "INSERT INTO orders (id, account, instrument, run, is_open, version, body) VALUES (?,?,?,?,?,?,?)"
        " ON CONFLICT (id) DO UPDATE SET is_open = excluded.is_open, version = excluded.version,"
        " body = excluded.body",
        (
            order.id, order.account, order.terms.instrument, order.source.run, int(order.is_open),
            order.version, body,
        ),
    )  # fmt: skip


def _queue(connection: sqlite3.Connection, say: Sequence[Outgoing]) -> None:
    for message in say:
        enqueue(connection, message.topic, message.body)


def _events(connection: sqlite3.Connection, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
    return tuple(from_json(entry.body) for entry in stream_entries(connection, STREAM + order))


def _rebuild(connection: sqlite3.Connection) -> int:
    """Read all order events once, in the sequence of the book. Memory: the orders that have not ended."""
    connection.execute("DELETE FROM orders")
    connection.execute("DELETE FROM order_fills")
    lives: dict[ClientOrderId, OrderLife] = {}
    rows = connection.execute("SELECT body FROM events WHERE stream >= ? AND stream < ? ORDER BY seq", _RANGE)
    count = 0
    for (body,) in rows:
        event: AnyOrderEvent = from_json(body)
        life = lives.get(event.order)
        if life is None and event.version > 1:
            life = rebuild(_events(connection, event.order)[: event.version - 1])
        count += event.version == 1
        life = apply(life, event)
        if isinstance(event, OrderFilled | OrderLateFilled):
            _book_fill(connection, event.fill.id, event.order)
        _write_state(connection, life.order, to_json(life.order).decode())
        if life.order.is_open:
            lives[event.order] = life
        else:
            lives.pop(event.order, None)
    return count
