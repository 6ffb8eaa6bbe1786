"""What is owned, in SQLite: bookings and what follows from them, in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from jts.adapters.sql.sqlite.chain import enqueue, record
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.ledger.cash_movement import CashMovement
from jts.domain.ledger.fill import Fill
from jts.domain.ledger.position import Position, apply_fill, flat
from jts.domain.ledger.postings import Balance, Book, Posting, deposit, imbalance
from jts.domain.values import AccountId, Currency, InstrumentId, Money, Nanos
from jts.ports.outbox import Outgoing
from jts.ports.portfolio_store import Booked, DayStart, EquitySample, Kept, Mark, Seen

_POSITION = "account, instrument, currency, quantity, cost, earned, fees, taxes, opened_ns, updated_ns"
_SAVE_POSITION = f"INSERT OR REPLACE INTO portfolio_positions ({_POSITION}) VALUES (?,?,?,?,?,?,?,?,?,?)"  # noqa: S608
_BALANCE = "account, currency, cash, deposits"
_SAVE_BALANCE = f"INSERT OR REPLACE INTO portfolio_balances ({_BALANCE}) VALUES (?,?,?,?)"  # noqa: S608


class SqlitePortfolioStore:
    """`ports.portfolio_store.PortfolioStore` in the embedded database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def book(self, fills: Sequence[Fill]) -> Booked:
        def do(connection: sqlite3.Connection) -> Booked:
            books = _Books(connection)
            new = tuple(fill for fill in fills if _insert_fill(connection, fill))
            for fill in new:
                _insert_postings(connection, fill.id, books.trade(fill))
            books.save()
            return Booked(
                fills=new, positions=tuple(books.positions.values()), balances=tuple(books.balances.values())
            )

        return await self._database.write(do)

    async def move(self, movement: CashMovement, *, say: Sequence[Outgoing] = ()) -> Balance | None:
        def do(connection: sqlite3.Connection) -> Balance | None:
            if not _insert_movement(connection, movement):
                return None
            books = _Books(connection)
            postings = books.move(movement.account, movement.money, movement.id)
            _insert_postings(connection, movement.id, postings)
            books.save()
            record(
                connection,
                stream=f"account/{movement.account}",
                kind="CashMoved",
                provenance=movement.provenance,
                body=_movement_json(movement),
            )
            for message in say:
                enqueue(connection, message.topic, message.body)
            return books.balance(movement.account, movement.money.currency)

        return await self._database.write(do)

    async def load(self) -> Kept:
        def do(connection: sqlite3.Connection) -> Kept:
            marks = connection.execute("SELECT instrument, price, at_ns FROM portfolio_marks")
            days = connection.execute("SELECT account, currency, day, equity, deposits FROM portfolio_days")
            return Kept(
                positions=_positions(connection),
                balances=_balances(connection),
                marks={
                    InstrumentId(row[0]): Mark(price=Decimal(row[1]), at_ns=Nanos(row[2])) for row in marks
                },
                days=tuple(
                    DayStart(
                        account=AccountId(row[0]),
                        currency=Currency(row[1]),
                        day=date.fromisoformat(row[2]),
                        equity=Decimal(row[3]),
                        deposits=Decimal(row[4]),
                    )
                    for row in days
                ),
            )

        return await self._database.read(do)

    async def fills(self, account: AccountId | None = None, *, limit: int) -> tuple[Fill, ...]:
        def do(connection: sqlite3.Connection) -> tuple[Fill, ...]:
            if account is None:
                rows = connection.execute(
                    "SELECT body FROM portfolio_fills ORDER BY number DESC LIMIT ?", (limit,)
                )
            else:
                rows = connection.execute(
                    "SELECT body FROM portfolio_fills WHERE account = ? ORDER BY number DESC LIMIT ?",
                    (account, limit),
                )
            return tuple(msgspec.json.decode(body, type=Fill) for (body,) in rows)

        return await self._database.read(do)

    async def postings(self, account: AccountId) -> tuple[Posting, ...]:
        def do(connection: sqlite3.Connection) -> tuple[Posting, ...]:
            rows = connection.execute(
                "SELECT book, amount, currency, source, instrument FROM portfolio_postings WHERE account = ?",
                (account,),
            )
            return tuple(
                Posting(
                    account=account,
                    book=Book(book),
                    amount=Decimal(amount),
                    currency=Currency(currency),
                    source=source,
                    instrument=instrument,
                )
                for book, amount, currency, source, instrument in rows
            )

        return await self._database.read(do)

    async def note(self, seen: Seen) -> None:
        def do(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT OR REPLACE INTO portfolio_marks (instrument, price, at_ns) VALUES (?,?,?)",
                [(name, str(mark.price), mark.at_ns) for name, mark in seen.marks.items()],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO portfolio_days (account, currency, day, equity, deposits)"
                " VALUES (?,?,?,?,?)",
                [
                    (d.account, d.currency, d.day.isoformat(), str(d.equity), str(d.deposits))
                    for d in seen.days
                ],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO portfolio_equity (account, currency, at_ns, equity) VALUES (?,?,?,?)",
                [(s.account, s.currency, s.at_ns, str(s.equity)) for s in seen.samples],
            )
            connection.executemany(
                "DELETE FROM portfolio_equity WHERE account = ? AND currency = ? AND at_ns = ?",
                [(s.account, s.currency, s.at_ns) for s in seen.dropped],
            )

        await self._database.write(do)

    async def samples(self, account: AccountId, currency: Currency) -> tuple[EquitySample, ...]:
        def do(connection: sqlite3.Connection) -> tuple[EquitySample, ...]:
            rows = connection.execute(
                "SELECT at_ns, equity FROM portfolio_equity WHERE account = ? AND currency = ?"
                " ORDER BY at_ns",
                (account, currency),
            )
            return tuple(
                EquitySample(account=account, currency=currency, at_ns=Nanos(at_ns), equity=Decimal(equity))
                for at_ns, equity in rows
            )

        return await self._database.read(do)

    async def rebuild(self) -> Booked:
        def do(connection: sqlite3.Connection) -> Booked:
            connection.execute("DELETE FROM portfolio_positions")
            connection.execute("DELETE FROM portfolio_balances")
            books = _Books(connection)
            for row in connection.execute("SELECT id, account, currency, amount FROM portfolio_movements"):
                money = Money(amount=Decimal(row[3]), currency=Currency(row[2]))
                books.move(AccountId(row[1]), money, row[0])
            fills = tuple(
                msgspec.json.decode(body, type=Fill)
                for (body,) in connection.execute("SELECT body FROM portfolio_fills ORDER BY number")
            )
            for fill in fills:
                books.trade(fill)
            books.save()
            return Booked(fills=fills, positions=_positions(connection), balances=_balances(connection))

        return await self._database.write(do)


class _Books:
    """The positions and balances that one transaction touches: read when first needed, saved together."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.positions: dict[tuple[AccountId, InstrumentId], Position] = {}
        self.balances: dict[tuple[AccountId, Currency], Balance] = {}

    def trade(self, fill: Fill) -> tuple[Posting, ...]:
        """Book one execution and return its postings."""
        key = (fill.account, fill.instrument)
        position = self.positions.get(key) or self._read_position(fill)
        self.positions[key], postings = apply_fill(position, fill)
        self._settle(fill.account, fill.notional.currency, postings)
        return postings

    def move(self, account: AccountId, money: Money, source: str) -> tuple[Posting, ...]:
        postings = deposit(account, money, source)
        self._settle(account, money.currency, postings)
        return postings

    def balance(self, account: AccountId, currency: Currency) -> Balance:
        return self.balances[account, currency]

    def save(self) -> None:
        self._connection.executemany(
            _SAVE_POSITION,
            [
                (
                    p.account, p.instrument, p.currency, str(p.quantity), str(p.cost), str(p.earned),
                    str(p.fees), str(p.taxes), p.opened_ns, p.updated_ns,
                )
                for p in self.positions.values()
            ],
        )  # fmt: skip
        self._connection.executemany(
            _SAVE_BALANCE,
            [(b.account, b.currency, str(b.cash), str(b.deposits)) for b in self.balances.values()],
        )

    def _settle(self, account: AccountId, currency: Currency, postings: tuple[Posting, ...]) -> None:
        off = imbalance(postings)
        assert not off, f"postings sum to zero, these are off by {off}"
        key = (account, currency)
        balance = self.balances.get(key) or self._read_balance(account, currency)
        self.balances[key] = balance.after(postings)

    def _read_position(self, fill: Fill) -> Position:
        row = self._connection.execute(
            f"SELECT {_POSITION} FROM portfolio_positions WHERE account = ? AND instrument = ?",  # noqa: S608
            (fill.account, fill.instrument),
        ).fetchone()
        return _position(row) if row else flat(fill.account, fill.instrument, fill.notional.currency)

    def _read_balance(self, account: AccountId, currency: Currency) -> Balance:
        row = self._connection.execute(
            f"SELECT {_BALANCE} FROM portfolio_balances WHERE account = ? AND currency = ?",  # noqa: S608
            (account, currency),
        ).fetchone()
        return _balance(row) if row else Balance(account=account, currency=currency)


def _insert_fill(connection: sqlite3.Connection, fill: Fill) -> bool:
    """Whether it was new."""
    done = connection.execute(
        "INSERT OR IGNORE INTO portfolio_fills (id, account, instrument, body) VALUES (?,?,?,?)",
        (fill.id, fill.account, fill.instrument, msgspec.json.encode(fill).decode()),
    )
    return done.rowcount == 1


def _insert_movement(connection: sqlite3.Connection, movement: CashMovement) -> bool:
    """Whether it was new."""
    done = connection.execute(
        "INSERT OR IGNORE INTO portfolio_movements (id, account, currency, amount, reason, at_ns)"
        " VALUES (?,?,?,?,?,?)",
        (
            movement.id,
            movement.account,
            movement.money.currency,
            str(movement.money.amount),
            movement.reason,
            movement.provenance.at_ns,
        ),
    )
    return done.rowcount == 1


def _insert_postings(connection: sqlite3.Connection, source: str, postings: Iterable[Posting]) -> None:
    connection.executemany(
        "INSERT INTO portfolio_postings (source, line, account, book, currency, amount, instrument)"
        " VALUES (?,?,?,?,?,?,?)",
        [
            (source, line, p.account, p.book.value, p.currency, str(p.amount), p.instrument)
            for line, p in enumerate(postings)
        ],
    )


def _movement_json(movement: CashMovement) -> str:
    return json.dumps(
        {
            "id": movement.id,
            "account": movement.account,
            "amount": str(movement.money.amount),
            "currency": movement.money.currency,
            "reason": movement.reason,
        },
        ensure_ascii=False,
    )


def _positions(connection: sqlite3.Connection) -> tuple[Position, ...]:
    rows = connection.execute(f"SELECT {_POSITION} FROM portfolio_positions ORDER BY account, instrument")  # noqa: S608
    return tuple(_position(row) for row in rows)


def _balances(connection: sqlite3.Connection) -> tuple[Balance, ...]:
    rows = connection.execute(f"SELECT {_BALANCE} FROM portfolio_balances ORDER BY account, currency")  # noqa: S608
    return tuple(_balance(row) for row in rows)


def _position(row: tuple[str, str, str, str, str, str, str, str, int | None, int]) -> Position:
    return Position(
        account=AccountId(row[0]),
        instrument=InstrumentId(row[1]),
        currency=Currency(row[2]),
        quantity=Decimal(row[3]),
        cost=Decimal(row[4]),
        earned=Decimal(row[5]),
        fees=Decimal(row[6]),
        taxes=Decimal(row[7]),
        opened_ns=None if row[8] is None else Nanos(row[8]),
        updated_ns=Nanos(row[9]),
    )


def _balance(row: tuple[str, str, str, str]) -> Balance:
    return Balance(
        account=AccountId(row[0]), currency=Currency(row[1]), cash=Decimal(row[2]), deposits=Decimal(row[3])
    )
