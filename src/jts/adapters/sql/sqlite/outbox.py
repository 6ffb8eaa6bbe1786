"""The outbox in SQLite, and the relay that says what is in it on the bus."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any

from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.contracts import topics
from jts.contracts.json_form import Unreadable, from_json
from jts.domain.values import OutsideError
from jts.ports.bus import Bus, BusClosed
from jts.ports.clock import Clock
from jts.ports.outbox import Outbox, Queued

READ_MAX = 512
LANE_WAITING_MAX = 4096
FORGET_AFTER_S = 0.02
TRY_AGAIN_S = 0.5


class SqliteOutbox:
    """`ports.outbox.Outbox` over the embedded database. Rows are written with `chain.enqueue`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def after(self, number: int, *, limit: int, topic: str | None = None) -> tuple[Queued, ...]:
        def do(connection: sqlite3.Connection) -> list[Any]:
            if topic is None:
                return connection.execute(
                    "SELECT number, topic, body FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
                    (number, limit),
                ).fetchall()
            return connection.execute(
                "SELECT number, topic, body FROM outbox WHERE topic = ? AND number > ?"
                " ORDER BY number LIMIT ?",
                (topic, number, limit),
            ).fetchall()

        rows = await self._database.read(do)
        return tuple(Queued(number=row[0], topic=row[1], body=row[2]) for row in rows)

    async def forget(self, numbers: Sequence[int]) -> None:
        def do(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM outbox WHERE number = ?", [(number,) for number in numbers])

        await self._database.write(do)


class OutboxRelay:
    """Says everything in the outbox on the bus: at least once, and each topic in its sequence.

    A row is forgotten after the bus has taken it over, so a crash in between says it again. Topics do not
    wait for each other. Give `wake` to `SqliteDatabase.after_commit`. `said` counts messages; `unreadable`
    those that no version of this program can read: they stay in the outbox, and are passed over.
    """

    def __init__(self, *, outbox: Outbox, bus: Bus, clock: Clock) -> None:
        self._outbox = outbox
        self._bus = bus
        self._clock = clock
        self._lanes = {topic.name: _Lane(topic) for topic in topics.ALL}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._committed = asyncio.Event()
        self._to_forget: list[int] = []
        self._forgetting = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.said = 0
        self.unreadable = 0

    async def start(self) -> None:
        """Say what an earlier run left behind, then whatever comes."""
        assert not self._tasks, "the relay was started twice"
        self._loop = asyncio.get_running_loop()
        start = self._loop.create_task
        self._tasks = [start(self._say(lane), name=f"outbox {name}") for name, lane in self._lanes.items()]
        self._tasks += [start(self._read(), name="outbox read"), start(self._forget(), name="outbox forget")]
        self._committed.set()

    async def stop(self) -> None:
        """Stop at once. What was not said, or not yet forgotten, stays in the outbox and is said next
        time.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._to_forget:
            numbers, self._to_forget = self._to_forget, []
            await self._outbox.forget(numbers)

    @property
    def waiting(self) -> int:
        """Messages read from the outbox that the bus has not taken over yet."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    def wake(self) -> None:
        """Something was committed: look. Callable from any thread, at any time."""
        loop = self._loop
        if loop is None or loop.is_closed() or self._committed.is_set():
            return
        loop.call_soon_threadsafe(self._committed.set)

    # ---- private, in the order they are called ----

    async def _read(self) -> None:
        """Deal what was committed out to the lanes. A lane that is full will read for itself later."""
        newest = 0
        while True:
            await self._committed.wait()
            self._committed.clear()
            try:
                rows = await self._outbox.after(newest, limit=READ_MAX)
            except OutsideError:
                await self._clock.sleep(TRY_AGAIN_S)
                self._committed.set()
                continue
            for row in rows:
                newest = row.number
                lane = self._lanes.get(row.topic)
                if lane is None:
                    self.unreadable += 1
                else:
                    lane.deal(row)
            if len(rows) == READ_MAX:
                self._committed.set()

    async def _say(self, lane: _Lane) -> None:
        while True:
            rows = await self._next(lane)
            messages, numbers = self._readable(rows)
            try:
                await self._bus.publish_all(lane.topic, messages)
            except BusClosed:
                return
            self.said += len(messages)
            self._to_forget += numbers
            self._forgetting.set()

    async def _next(self, lane: _Lane) -> tuple[Queued, ...]:
        while True:
            if lane.waiting:
                return lane.take()
            if not lane.is_behind:
                lane.dealt.clear()
                await lane.dealt.wait()
                continue
            lane.is_behind = False
            try:
                rows = await self._outbox.after(lane.newest, limit=READ_MAX, topic=lane.topic.name)
            except OutsideError:
                lane.is_behind = True
                await self._clock.sleep(TRY_AGAIN_S)
                continue
            lane.catch_up(rows, is_all=len(rows) < READ_MAX)

    def _readable(self, rows: Sequence[Queued]) -> tuple[list[Any], list[int]]:
        messages, numbers = [], []
        for row in rows:
            try:
                messages.append(from_json(row.body))
                numbers.append(row.number)
            except Unreadable:
                self.unreadable += 1
        return messages, numbers

    async def _forget(self) -> None:
        """Forget a few at a time, off the path of those who wait for the disk."""
        while True:
            await self._forgetting.wait()
            await self._clock.sleep(FORGET_AFTER_S)
            self._forgetting.clear()
            numbers, self._to_forget = self._to_forget, []
            try:
                await self._outbox.forget(numbers)
            except OutsideError:
                self._to_forget += numbers
                await self._clock.sleep(TRY_AGAIN_S)
                self._forgetting.set()
            except asyncio.CancelledError:
                self._to_forget += numbers
                raise


class _Lane:
    """One topic's messages between the outbox and the bus. `newest` is the last number that was taken in."""

    def __init__(self, topic: topics.Topic[Any]) -> None:
        self.topic = topic
        self.waiting: deque[Queued] = deque()
        self.dealt = asyncio.Event()
        self.newest = 0
        self.is_behind = False

    def deal(self, row: Queued) -> None:
        if row.number <= self.newest:
            return
        if self.is_behind or len(self.waiting) >= LANE_WAITING_MAX:
            self.is_behind = True
        else:
            self.waiting.append(row)
            self.newest = row.number
        self.dealt.set()

    def catch_up(self, rows: Sequence[Queued], *, is_all: bool) -> None:
        """What was read replaces what was dealt meanwhile: it begins earlier and has the same in it."""
        dealt = [row for row in self.waiting if not rows or row.number > rows[-1].number]
        self.waiting = deque(rows)
        if is_all:
            self.waiting.extend(dealt)
        else:
            self.is_behind = True
        if self.waiting:
            self.newest = self.waiting[-1].number

    def take(self) -> tuple[Queued, ...]:
        rows = tuple(self.waiting)
        self.waiting.clear()
        return rows
