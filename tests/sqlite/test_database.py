"""One file, one writer: durable when acknowledged, one failure never takes another with it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase, StoreCorrupt, StoreUnavailable

COUNTER = ((1, "counter", "CREATE TABLE counter (n INTEGER NOT NULL); INSERT INTO counter VALUES (0);"),)


def opened(path: Path) -> SqliteDatabase:
    database = SqliteDatabase(path)
    database.open(COUNTER)
    return database


def increment(connection: sqlite3.Connection) -> int:
    (n,) = connection.execute("SELECT n FROM counter").fetchone()
    connection.execute("UPDATE counter SET n = ?", (n + 1,))
    return int(n) + 1


async def test_concurrent_read_modify_writes_lose_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")

    await asyncio.gather(*(database.write(increment) for _ in range(320)))

    assert await database.read(lambda c: c.execute("SELECT n FROM counter").fetchone()[0]) == 320
    database.close()


async def test_a_unit_of_work_that_fails_takes_back_only_itself(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")

    def fails(connection: sqlite3.Connection) -> None:
        increment(connection)
        raise ValueError("no")

    answers = await asyncio.gather(
        database.write(increment), database.write(fails), database.write(increment), return_exceptions=True
    )

    assert [type(each) for each in answers] == [int, ValueError, int]
    assert await database.read(lambda c: c.execute("SELECT n FROM counter").fetchone()[0]) == 2
    database.close()


async def test_the_safe_settings_are_the_ones_in_force(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")

    in_force = await database.write(
        lambda c: [c.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    )

    assert in_force == ["wal", 2]
    database.close()


async def test_what_was_acknowledged_is_there_for_another_connection_at_once(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")

    await database.write(increment)

    other = sqlite3.connect(tmp_path / "a.db")
    assert other.execute("SELECT n FROM counter").fetchone() == (1,)
    other.close()
    database.close()


def test_a_file_that_is_no_database_is_refused_and_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database at all" * 100)

    with pytest.raises(StoreCorrupt, match="Nothing was changed"):
        SqliteDatabase(path).open(COUNTER)

    assert path.read_bytes() == b"not a database at all" * 100


def test_a_half_written_database_is_refused_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE t (x); CREATE INDEX i ON t (x);")
    connection.executemany("INSERT INTO t VALUES (?)", [(f"{n:0200d}",) for n in range(500)])
    connection.commit()
    connection.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises((StoreCorrupt, StoreUnavailable)) as refused:
        SqliteDatabase(path).open(COUNTER)

    assert str(path) in str(refused.value)


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreUnavailable, match="newer JTS"):
        SqliteDatabase(path).open(COUNTER)


def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = opened(path)
    database.close()

    with pytest.raises(StoreUnavailable):
        SqliteDatabase(path).open(
            (*COUNTER, (2, "broken", "CREATE TABLE half (x); CREATE TABLE counter (y);"))
        )

    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    connection.close()


def test_the_project_s_own_migrations_apply_to_an_empty_file(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    database.open(migrations())
    database.close()

    again = SqliteDatabase(tmp_path / "a.db")
    again.open(migrations())
    again.close()
