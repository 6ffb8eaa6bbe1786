"""The audit log of a running platform, its anchors, and `jts audit verify`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.anchor import AnchorFile, AnchorUnreadable
from jts.adapters.sql.sqlite.audit_log import EVERY_ENTRIES, SqliteAuditLog
from jts.adapters.sql.sqlite.chain import record
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.cli.main import main
from jts.domain.values import MessageId, Nanos, Provenance
from tests.audit.makers import head, tamper, write_book
from tests.services.orders.clock import HandClock, settle


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "jts.db", synchronous="OFF")
    database.open(migrations())
    yield database
    database.close()


async def write(database: SqliteDatabase, entries: int) -> None:
    provenance = Provenance(id=MessageId("m"), at_ns=Nanos(7), correlation_id="c", causation_id="c")

    def do(connection: object) -> None:
        for _ in range(entries):
            record(connection, stream="s", kind="K", provenance=provenance, body="{}")  # type: ignore[arg-type]

    await database.write(do)


async def test_the_log_tells_its_head_and_verifies_itself(database: SqliteDatabase, tmp_path: Path) -> None:
    log = SqliteAuditLog(database, AnchorFile(tmp_path / "anchor.jsonl"))
    empty = await log.head()

    await write(database, 3)
    verdict = await log.verify()

    assert empty.sequence == 0
    assert verdict.is_whole and verdict.head == await log.head() and verdict.head.sequence == 3


async def test_an_unchanged_head_is_anchored_once(database: SqliteDatabase, tmp_path: Path) -> None:
    anchors, clock = AnchorFile(tmp_path / "audit" / "anchor.jsonl"), HandClock()
    log = SqliteAuditLog(database, anchors)
    await write(database, 3)

    await log.anchor_now(clock)
    await log.anchor_now(clock)
    await write(database, 1)
    await log.anchor_now(clock)

    assert [anchor.sequence for anchor in anchors.read()] == [3, 4]


@pytest.mark.parametrize(
    ("entries", "anchored"), [(EVERY_ENTRIES - 1, [0]), (EVERY_ENTRIES, [0, EVERY_ENTRIES])]
)
async def test_a_thousand_entries_make_an_anchor(
    database: SqliteDatabase, tmp_path: Path, entries: int, anchored: list[int]
) -> None:
    anchors, clock = AnchorFile(tmp_path / "anchor.jsonl"), HandClock()
    keeping = asyncio.create_task(SqliteAuditLog(database, anchors).keep_anchored(clock))
    await settle(20)

    await write(database, entries)
    await clock.advance(1.5)
    await settle(20)
    keeping.cancel()

    assert [anchor.sequence for anchor in anchors.read()] == anchored


async def test_a_minute_makes_an_anchor_too(database: SqliteDatabase, tmp_path: Path) -> None:
    anchors, clock = AnchorFile(tmp_path / "anchor.jsonl"), HandClock()
    keeping = asyncio.create_task(SqliteAuditLog(database, anchors).keep_anchored(clock))
    await settle(20)

    await write(database, 1)
    await clock.advance(58)
    before = len(anchors.read())
    await clock.advance(4)
    keeping.cancel()

    assert before == 1 and [anchor.sequence for anchor in anchors.read()] == [0, 1]


def test_a_line_that_is_no_anchor_is_said_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "anchor.jsonl"
    path.write_text('{"seq": 1, "hash": "a", "at_ns": 1}\n{"seq": "many"}\n')

    with pytest.raises(AnchorUnreadable, match="line 2"):
        AnchorFile(path).read()


def test_verify_says_a_whole_book_is_whole(tmp_path: Path) -> None:
    write_book(tmp_path / "jts.db")
    AnchorFile(tmp_path / "audit" / "anchor.jsonl").write(head(tmp_path / "jts.db"))

    answer = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path), "--json"])
    found = json.loads(answer.output)

    assert answer.exit_code == 0
    assert found["whole"] is True and found["entries"] == 5 and found["anchors_checked"] == 1
    assert found["head"]["sequence"] == 5 and found["broken"] is None


def test_verify_exits_with_one_and_names_the_place_of_a_break(tmp_path: Path) -> None:
    write_book(tmp_path / "jts.db")
    tamper(tmp_path / "jts.db", "UPDATE events SET body = '{}' WHERE seq = 3")

    as_json = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path), "--json"])
    as_text = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path)])

    assert as_json.exit_code == as_text.exit_code == 1
    assert json.loads(as_json.output)["broken"]["sequence"] == 3
    assert "BROKEN at entry 3: edited" in as_text.output


def test_verify_works_while_somebody_writes(tmp_path: Path) -> None:
    write_book(tmp_path / "jts.db")
    database = SqliteDatabase(tmp_path / "jts.db", synchronous="OFF")
    connection = database._connect_writer()
    connection.execute("BEGIN IMMEDIATE")

    answer = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path)])
    connection.execute("ROLLBACK")
    connection.close()

    assert answer.exit_code == 0 and "Whole: 5 entries" in answer.output


def test_verify_without_a_store_says_what_to_do(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path)])

    assert answer.exit_code == 1 and "JTS_HOME" in answer.output


def test_verify_of_a_file_that_is_no_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "jts.db").write_bytes(b"this is not a database, and never was one" * 100)

    answer = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path)])

    assert answer.exit_code == 1 and "damaged" in answer.output
