"""The paper venue's book in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.values import AccountId, ClientOrderId, Nanos
from jts.ports.paper_book import PaperOrder

_INSERT = "INTO paper_orders (account, id, is_open, placed_ns, touched_ns, body) VALUES (?,?,?,?,?,?)"


class SqlitePaperBook:
    """`ports.paper_book.PaperBook` in the embedded database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, order: PaperOrder) -> PaperOrder | None:
        def do(connection: sqlite3.Connection) -> PaperOrder | None:
            done = connection.execute(f"INSERT OR IGNORE {_INSERT}", _row(order))
            return None if done.rowcount == 1 else _find(connection, order.account, order.id)

        return await self._database.write(do)

    async def save(
        self, account: AccountId, orders: Sequence[PaperOrder], holdings: Mapping[str, Decimal]
    ) -> None:
        def do(connection: sqlite3.Connection) -> None:
            assert all(order.account == account for order in orders), f"orders of other accounts in {account}"
            connection.executemany(f"INSERT OR REPLACE {_INSERT}", [_row(order) for order in orders])
            connection.executemany(
                "INSERT OR REPLACE INTO paper_holdings (account, asset, amount) VALUES (?,?,?)",
                [(account, asset, str(amount)) for asset, amount in holdings.items()],
            )

        await self._database.write(do)

    async def get(self, account: AccountId, id: ClientOrderId) -> PaperOrder | None:
        return await self._database.read(lambda connection: _find(connection, account, id))

    async def open_orders(self, account: AccountId) -> tuple[PaperOrder, ...]:
        def do(connection: sqlite3.Connection) -> tuple[PaperOrder, ...]:
            return _orders(
                connection.execute(
                    "SELECT body FROM paper_orders WHERE account = ? AND is_open = 1 ORDER BY placed_ns, id",
                    (account,),
                )
            )

        return await self._database.read(do)

    async def touched(self, account: AccountId, *, since_ns: Nanos) -> tuple[PaperOrder, ...]:
        def do(connection: sqlite3.Connection) -> tuple[PaperOrder, ...]:
            return _orders(
                connection.execute(
                    "SELECT body FROM (SELECT placed_ns, id, body FROM paper_orders WHERE account = ?1"
                    " AND touched_ns >= ?2 UNION SELECT placed_ns, id, body FROM paper_orders"
                    " WHERE account = ?1 AND is_open = 1) ORDER BY placed_ns, id",
                    (account, since_ns),
                )
            )

        return await self._database.read(do)

    async def holdings(self, account: AccountId) -> dict[str, Decimal]:
        def do(connection: sqlite3.Connection) -> dict[str, Decimal]:
            rows = connection.execute(
                "SELECT asset, amount FROM paper_holdings WHERE account = ?", (account,)
            )
            return {asset: Decimal(amount) for asset, amount in rows}

        return await self._database.read(do)


def _row(order: PaperOrder) -> tuple[str, str, int, int, int, str]:
    body = msgspec.json.encode(order).decode()
    return order.account, order.id, int(order.is_open), order.placed_ns, order.touched_ns, body


def _find(connection: sqlite3.Connection, account: AccountId, id: ClientOrderId) -> PaperOrder | None:
    found = connection.execute("SELECT body FROM paper_orders WHERE account = ? AND id = ?", (account, id))
    orders = _orders(found)
    return orders[0] if orders else None


def _orders(rows: Iterable[tuple[str]]) -> tuple[PaperOrder, ...]:
    return tuple(msgspec.json.decode(body, type=PaperOrder) for (body,) in rows)
