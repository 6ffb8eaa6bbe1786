"""Small makers for the access tests: a clock set by hand, seeded names, a store in a temporary file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.access_store import SqliteAccessStore
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.domain.values import NANOS_PER_SECOND, MessageId, Nanos
from jts.services.access.service import AccessService

NOON_NS = Nanos(1_763_812_800_000_000_000)
"""2025-11-22 12:00:00 UTC."""


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at_ns: Nanos = NOON_NS) -> None:
        self.at_ns = at_ns

    def now_ns(self) -> Nanos:
        return self.at_ns

    def monotonic_ns(self) -> int:
        return self.at_ns

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        self.at_ns = Nanos(self.at_ns + int(seconds * NANOS_PER_SECOND))


class CountedNames:
    """Names that are the same in every run of a test."""

    def __init__(self) -> None:
        self._count = 0

    def message_id(self) -> MessageId:
        self._count += 1
        return MessageId(f"message-{self._count}")

    def secret(self, size_bytes: int = 32) -> str:
        self._count += 1
        return sha256(f"secret {self._count}".encode()).hexdigest()[: size_bytes * 4 // 3]


@asynccontextmanager
async def store_in(folder: Path) -> AsyncIterator[SqliteAccessStore]:
    database = SqliteDatabase(folder / "jts.sqlite", synchronous="OFF")
    database.open(migrations())
    try:
        yield SqliteAccessStore(database)
    finally:
        database.close()


@asynccontextmanager
async def access_in(folder: Path, clock: HandClock) -> AsyncIterator[AccessService]:
    async with store_in(folder) as store:
        yield AccessService(store=store, clock=clock, names=CountedNames())
