"""Health, part by part, over a real bus, a real store and markets that say what a test wants them to."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase, StoreUnavailable
from jts.adapters.sql.sqlite.outbox import OutboxRelay, SqliteOutbox
from jts.adapters.telemetry.metrics import PlatformMetrics
from jts.adapters.timeseries.memory_store import MemoryBarStore
from jts.contracts.market_data import FeedStatus
from jts.domain.market.prices import FeedState
from jts.domain.values import AccountId, Nanos
from jts.gateway.seams import ComponentHealth
from jts.runtime.health import PlatformHealth, of_disk, of_feeds

LIVE = FeedStatus(
    feed="tape", broker="recorded", instruments=(), state=FeedState.LIVE, is_recorded=True, description="",
    last_message_ns=None, messages=7,
)  # fmt: skip
SILENT = replace(LIVE, feed="other", state=FeedState.STALE)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "jts.db")
    database.open(migrations())
    yield database
    database.close()


@pytest.mark.parametrize(
    ("feeds", "state", "detail"),
    [
        ((), "ok", "no feed is set up"),
        ((LIVE,), "ok", ""),
        ((LIVE, SILENT), "degraded", "silent: other"),
        ((SILENT,), "down", "silent: other"),
        ((LIVE, replace(LIVE, feed="slow", state=FeedState.DELAYED)), "degraded", "late: slow"),
        ((replace(LIVE, state=FeedState.ENDED),), "ok", ""),
    ],
)
def test_feeds_are_as_well_as_the_worst_of_them(feeds: Sequence[FeedStatus], state: str, detail: str) -> None:
    assert of_feeds(feeds) == ComponentHealth(state=state, detail=detail)


@pytest.mark.parametrize(
    ("free_mib", "state"),
    [(15, "down"), (16, "degraded"), (255, "degraded"), (256, "ok"), (257, "ok")],
)
def test_a_disk_is_warned_of_while_there_is_time_to_act(free_mib: int, state: str) -> None:
    assert of_disk(free_mib * 2**20).state == state


async def test_the_whole_is_starting_then_well_and_says_when_an_account_is_not_compared_yet(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    compared: set[str] = set()
    health = _health(database, tmp_path, compared)

    starting = health.read()
    health.started()
    waiting = health.read()
    compared.add("paper")
    well = health.read()

    assert starting.status == "starting"
    assert (waiting.status, waiting.components["orders"].state) == ("degraded", "starting")
    assert well.components["orders"].state == "ok"
    assert "paper" not in str(waiting), "health is open to everybody: it names no account"


async def test_a_write_that_the_disk_refused_is_down_until_one_succeeds(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    health = _health(database, tmp_path, {"paper"})
    await database.write(_grow)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (tmp_path.joinpath("jts.db-wal").stat().st_size, before[1]))
    try:
        with pytest.raises(StoreUnavailable, match="refuses to be written"):
            await database.write(_grow)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    failing = health.read().components["database"]
    await database.write(_grow)
    mended = health.read().components["database"]

    assert failing.state == "down"
    assert str(tmp_path) not in failing.detail
    assert mended.state == "ok"
    assert (database.written, database.failed) == (2, 1)


async def test_the_figures_for_prometheus_count_what_happened(database: SqliteDatabase) -> None:
    await database.write(_grow)
    bus = InProcessBus(clock=SystemClock())
    metrics = PlatformMetrics(
        clock=SystemClock(),
        bus=bus,
        relay=OutboxRelay(outbox=SqliteOutbox(database), bus=bus, clock=SystemClock()),
        database=database,
        orders=_Counted(sent=3, fills=2),
        market=_market(),
    )

    text = metrics.text().decode()

    assert "jts_database_written_total 1.0" in text
    assert "jts_orders_sent_total 3.0" in text
    assert "jts_fills_total 2.0" in text
    held = float(text.split("\njts_resident_bytes ")[1].split("\n")[0])
    assert 10 * 2**20 < held < 10 * 2**30, "the memory of a Python process, in bytes"


class _Counted:
    def __init__(self, *, sent: int, fills: int) -> None:
        self.sent = sent
        self.fills = fills


class _Market:
    async def feeds(self) -> tuple[FeedStatus, ...]:
        return (LIVE,)


def _market() -> Any:
    return _Market()


def _grow(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS ballast (body BLOB)")
    connection.execute("INSERT INTO ballast VALUES (zeroblob(65536))")


def _health(database: SqliteDatabase, home: Path, compared: set[str]) -> PlatformHealth:
    clock = SystemClock()
    bus = InProcessBus(clock=clock)
    return PlatformHealth(
        version="0",
        started_ns=Nanos(1),
        home=home,
        clock=clock,
        database=database,
        bars=MemoryBarStore(),
        bus=bus,
        relay=OutboxRelay(outbox=SqliteOutbox(database), bus=bus, clock=clock),
        market=_market(),
        accounts=(AccountId("paper"),),
        is_ready=compared.__contains__,
    )
