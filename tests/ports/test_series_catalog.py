"""What every catalogue of series promises, run against memory and SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.series_catalog import SqliteSeriesCatalog
from jts.domain.values import Nanos
from jts.ports.series_catalog import GradedSeries, ImportedFile, SeriesCatalog
from tests.services.market_data.makers import BTC, DAY, SAMSUNG, MemoryCatalog


@pytest.fixture(params=["memory", "sqlite"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SeriesCatalog]:
    if request.param == "memory":
        yield MemoryCatalog()
        return
    database = SqliteDatabase(tmp_path / "jts.db")
    database.open(migrations())
    yield SqliteSeriesCatalog(database)
    database.close()


FILE = ImportedFile(
    instrument=SAMSUNG,
    timeframe=DAY,
    digest="d1",
    name="삼성전자.csv",
    form="CSV (cp949, Korean)",
    rows=10,
    findings={"duplicates": 1},
    at_ns=Nanos(100),
)
GRADED = GradedSeries(
    instrument=SAMSUNG, timeframe=DAY, grade="B", findings={"missing": 2}, count=9, at_ns=Nanos(100)
)


async def test_files_are_remembered_oldest_import_first(catalog: SeriesCatalog) -> None:
    later = replace(FILE, digest="d0", at_ns=Nanos(200))
    await catalog.record(later)
    await catalog.record(FILE)

    assert await catalog.files(SAMSUNG, DAY) == (FILE, later)
    assert await catalog.files(BTC, DAY) == ()


async def test_the_same_file_again_is_one_file(catalog: SeriesCatalog) -> None:
    await catalog.record(FILE)

    await catalog.record(replace(FILE, name="copy.csv", at_ns=Nanos(300)))

    (only,) = await catalog.files(SAMSUNG, DAY)
    assert (only.name, only.at_ns, only.findings) == ("copy.csv", 300, {"duplicates": 1})


async def test_the_newest_grade_replaces_the_one_before(catalog: SeriesCatalog) -> None:
    await catalog.grade(GRADED)
    better = replace(GRADED, grade="A", findings={}, at_ns=Nanos(200))

    await catalog.grade(better)

    assert await catalog.graded() == (better,)
