"""One account's exposure as rows, and back: what was read and written again is equal to what was there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from jts.domain.risk.exposure import Exposure, Holding, reserve
from jts.domain.risk.reservation import Reservation
from jts.domain.values import AccountId, ClientOrderId, Currency, InstrumentId, Nanos, Side

K = TypeVar("K")
V = TypeVar("V")


def accounts(connection: sqlite3.Connection) -> tuple[AccountId, ...]:
    rows = connection.execute("SELECT account FROM risk_accounts ORDER BY account")
    return tuple(AccountId(row[0]) for row in rows)


def version(connection: sqlite3.Connection, account: AccountId) -> int:
    """How often this account was written; 0 if never."""
    row = connection.execute("SELECT version FROM risk_accounts WHERE account = ?", (account,)).fetchone()
    return int(row[0]) if row else 0


def read(connection: sqlite3.Connection, account: AccountId) -> tuple[int, Exposure]:
    """(version, exposure); version 0 and an empty exposure if nothing was written."""
    row = connection.execute(
        "SELECT version, day FROM risk_accounts WHERE account = ?", (account,)
    ).fetchone()
    if row is None:
        return 0, Exposure(account=account)
    cash = connection.execute("SELECT currency, amount FROM risk_cash WHERE account = ?", (account,))
    start = connection.execute("SELECT currency, equity FROM risk_day_start WHERE account = ?", (account,))
    read = Exposure(
        account=account,
        cash={Currency(currency): Decimal(amount) for currency, amount in cash},
        holdings=_holdings(connection, account),
        day=row[1],
        day_start={Currency(currency): Decimal(equity) for currency, equity in start},
    )
    for reservation in _reservations(connection, account):
        read = reserve(read, reservation)
    return int(row[0]), read


def write(connection: sqlite3.Connection, version: int, before: Exposure, now: Exposure) -> None:
    """Write what differs, and the account's new version."""
    account = now.account
    connection.execute(
        "INSERT INTO risk_accounts (account, version, day) VALUES (?, ?, ?)"
        " ON CONFLICT (account) DO UPDATE SET version = excluded.version, day = excluded.day",
        (account, version, now.day),
    )
    _put(
        connection,
        "INSERT OR REPLACE INTO risk_cash (account, currency, amount) VALUES (?, ?, ?)",
        ((account, currency, str(amount)) for currency, amount in _changed(before.cash, now.cash)),
    )
    _drop(connection, "risk_day_start", "currency", account, before.day_start, now.day_start)
    _put(
        connection,
        "INSERT OR REPLACE INTO risk_day_start (account, currency, equity) VALUES (?, ?, ?)",
        ((account, currency, str(equity)) for currency, equity in _changed(before.day_start, now.day_start)),
    )
    _drop(connection, "risk_holdings", "instrument", account, before.holdings, now.holdings)
    _put(
        connection,
        "INSERT OR REPLACE INTO risk_holdings (account, instrument, currency, quantity, last_price)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            (account, id, holding.currency, str(holding.quantity), str(holding.last_price))
            for id, holding in _changed(before.holdings, now.holdings)
        ),
    )
    _drop(connection, "risk_reservations", "order_id", account, before.reservations, now.reservations)
    _put(
        connection,
        "INSERT OR REPLACE INTO risk_reservations (account, order_id, instrument, currency, side, leaves,"
        " price, fee_rate, value, cash, reduce_only, expires_ns, heard)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            _reservation_row(account, reservation)
            for _, reservation in _changed(before.reservations, now.reservations)
        ),
    )


# ---- private, in the order they are called ----


def _holdings(connection: sqlite3.Connection, account: AccountId) -> dict[InstrumentId, Holding]:
    rows = connection.execute(
        "SELECT instrument, currency, quantity, last_price FROM risk_holdings WHERE account = ?", (account,)
    )
    return {
        InstrumentId(id): Holding(
            currency=Currency(currency), quantity=Decimal(quantity), last_price=Decimal(last_price)
        )
        for id, currency, quantity, last_price in rows
    }


def _reservations(connection: sqlite3.Connection, account: AccountId) -> tuple[Reservation, ...]:
    rows = connection.execute(
        "SELECT order_id, instrument, currency, side, leaves, price, fee_rate, value, cash, reduce_only,"
        " expires_ns, heard FROM risk_reservations WHERE account = ?",
        (account,),
    )
    return tuple(
        Reservation(
            order=ClientOrderId(row[0]),
            instrument=InstrumentId(row[1]),
            currency=Currency(row[2]),
            side=Side(row[3]),
            leaves=Decimal(row[4]),
            price=Decimal(row[5]),
            fee_rate=Decimal(row[6]),
            value=Decimal(row[7]),
            cash=Decimal(row[8]),
            reduce_only=bool(row[9]),
            expires_ns=Nanos(row[10]),
            heard=bool(row[11]),
        )
        for row in rows
    )


def _changed(before: Mapping[K, V], now: Mapping[K, V]) -> Iterable[tuple[K, V]]:
    """Entries that are new or another value; identity tells, since values are frozen and steps share them."""
    if now is before:
        return ()
    return ((key, value) for key, value in now.items() if before.get(key) is not value)


def _put(connection: sqlite3.Connection, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        connection.execute(sql, row)


def _drop(
    connection: sqlite3.Connection,
    table: str,
    column: str,
    account: AccountId,
    before: Mapping[K, V],
    now: Mapping[K, V],
) -> None:
    if now is before:
        return
    for key in before.keys() - now.keys():
        connection.execute(
            f"DELETE FROM {table} WHERE account = ? AND {column} = ?",  # noqa: S608 - constant names
            (account, key),
        )


def _reservation_row(account: AccountId, reservation: Reservation) -> tuple[Any, ...]:
    return (
        account,
        reservation.order,
        reservation.instrument,
        reservation.currency,
        reservation.side,
        str(reservation.leaves),
        str(reservation.price),
        str(reservation.fee_rate),
        str(reservation.value),
        str(reservation.cash),
        reservation.reduce_only,
        reservation.expires_ns,
        reservation.heard,
    )
