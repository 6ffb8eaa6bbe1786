"""`ports.series_catalog.SeriesCatalog` in SQLite."""

from __future__ import annotations

import json
import sqlite3

from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos
from jts.ports.series_catalog import GradedSeries, ImportedFile


class SqliteSeriesCatalog:
    """Two small tables beside the orders'; the bars themselves are elsewhere."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def record(self, file: ImportedFile) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO series_files VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET name = excluded.name, at_ns = excluded.at_ns",
                (
                    file.instrument,
                    file.timeframe.text,
                    file.digest,
                    file.name,
                    file.form,
                    file.rows,
                    json.dumps(file.findings, sort_keys=True),
                    file.at_ns,
                ),
            )

        await self._database.write(write)

    async def files(self, instrument: InstrumentId, timeframe: Timeframe) -> tuple[ImportedFile, ...]:
        def read(connection: sqlite3.Connection) -> tuple[ImportedFile, ...]:
            found = connection.execute(
                "SELECT digest, name, form, row_count, findings, at_ns FROM series_files "
                "WHERE instrument = ? AND timeframe = ? ORDER BY at_ns, digest",
                (instrument, timeframe.text),
            )
            return tuple(
                ImportedFile(
                    instrument=instrument,
                    timeframe=timeframe,
                    digest=digest,
                    name=name,
                    form=form,
                    rows=rows,
                    findings=json.loads(findings),
                    at_ns=Nanos(at_ns),
                )
                for digest, name, form, rows, findings, at_ns in found
            )

        return await self._database.read(read)

    async def grade(self, graded: GradedSeries) -> None:
        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO series_grades VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "grade = excluded.grade, findings = excluded.findings, bar_count = excluded.bar_count, "
                "at_ns = excluded.at_ns",
                (
                    graded.instrument,
                    graded.timeframe.text,
                    graded.grade,
                    json.dumps(graded.findings, sort_keys=True),
                    graded.count,
                    graded.at_ns,
                ),
            )

        await self._database.write(write)

    async def graded(self) -> tuple[GradedSeries, ...]:
        def read(connection: sqlite3.Connection) -> tuple[GradedSeries, ...]:
            found = connection.execute(
                "SELECT instrument, timeframe, grade, findings, bar_count, at_ns FROM series_grades "
                "ORDER BY instrument, timeframe"
            )
            return tuple(
                GradedSeries(
                    instrument=InstrumentId(instrument),
                    timeframe=Timeframe.parse(timeframe),
                    grade=grade,
                    findings=json.loads(findings),
                    count=count,
                    at_ns=Nanos(at_ns),
                )
                for instrument, timeframe, grade, findings, count, at_ns in found
            )

        return await self._database.read(read)
