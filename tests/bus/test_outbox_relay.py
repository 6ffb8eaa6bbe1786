"""The relay: what was written with a fact is said on the bus, at least once, each topic in its sequence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.chain import enqueue
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.outbox import LANE_WAITING_MAX, OutboxRelay, SqliteOutbox
from jts.contracts.json_form import to_json
from jts.contracts.notifications import Notice, Severity
from jts.contracts.portfolio import CashMoved
from jts.contracts.topics import CASH, NOTICES
from jts.domain.values import KRW, AccountId, MessageId, Money, Nanos, Provenance

BEGUN = Provenance(id=MessageId("m"), at_ns=Nanos(1), correlation_id="c", causation_id="c")


def cash(number: int) -> CashMoved:
    money = Money(amount=Decimal(number), currency=KRW)
    return CashMoved(provenance=BEGUN, id=str(number), account=AccountId("paper"), money=money, reason="test")


NOTICE = Notice(provenance=BEGUN, severity=Severity.INFO, subject="s", text="t", values={})


class Platform:
    """A database, a bus and a relay between them."""

    def __init__(self, path: Path) -> None:
        self.database = SqliteDatabase(path, synchronous="OFF")
        self.database.open(migrations())
        self.bus = InProcessBus(clock=SystemClock(), drain_max_s=0.1)
        self.outbox = SqliteOutbox(self.database)
        self.relay = OutboxRelay(outbox=self.outbox, bus=self.bus, clock=SystemClock())
        self.database.after_commit(self.relay.wake)
        self.heard: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def start(self) -> None:
        self.bus.subscribe(CASH, self.on_cash, reader="test")
        await self.bus.start()
        await self.relay.start()

    async def on_cash(self, batch: Sequence[CashMoved]) -> None:
        await self.gate.wait()
        self.heard.extend(moved.id for moved in batch)

    async def say(self, *numbers: int) -> None:
        bodies = [to_json(cash(number)) for number in numbers]

        def do(connection: object) -> None:
            for body in bodies:
                enqueue(connection, CASH.name, body)  # type: ignore[arg-type]

        await self.database.write(do)

    async def until_heard(self, count: int) -> None:
        for _ in range(2000):
            if len(self.heard) >= count:
                return
            await asyncio.sleep(0.002)
        raise AssertionError(f"heard {len(self.heard)} of {count}")

    async def until_empty(self) -> None:
        for _ in range(2000):
            if not await self.outbox.after(0, limit=1):
                return
            await asyncio.sleep(0.002)
        raise AssertionError("the outbox is not empty")

    async def stop(self) -> None:
        await self.relay.stop()
        await self.bus.stop()
        self.database.close()


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    platform = Platform(tmp_path / "jts.db")
    yield platform
    await platform.stop()


async def test_what_is_committed_is_said_in_its_sequence_and_then_forgotten(platform: Platform) -> None:
    await platform.start()

    await asyncio.gather(*(platform.say(number) for number in range(50)))
    await platform.until_heard(50)
    await platform.until_empty()

    assert platform.heard == [str(number) for number in range(50)]
    assert platform.relay.said == 50


async def test_what_an_earlier_run_left_is_said_at_the_start(platform: Platform) -> None:
    await platform.say(1, 2, 3)

    await platform.start()
    await platform.until_heard(3)

    assert platform.heard == ["1", "2", "3"]


async def test_more_than_a_lane_holds_is_said_completely_and_once(platform: Platform) -> None:
    count = LANE_WAITING_MAX * 2 + 17
    platform.gate.clear()
    await platform.say(*range(count))
    await platform.start()
    await asyncio.sleep(0.2)
    was_behind = platform.relay._lanes[CASH.name].is_behind

    platform.gate.set()
    await platform.until_heard(count)

    assert was_behind, "the lane was meant to overflow"
    assert platform.heard == [str(number) for number in range(count)]


async def test_a_topic_whose_reader_hangs_does_not_hold_up_another(platform: Platform) -> None:
    async def hang(batch: Sequence[Notice]) -> None:
        await asyncio.get_running_loop().create_future()

    platform.bus.subscribe(NOTICES, hang, reader="hung")
    await platform.start()
    await platform.database.write(lambda connection: enqueue(connection, NOTICES.name, to_json(NOTICE)))

    await platform.say(1)
    await platform.until_heard(1)

    assert [row.topic for row in await platform.outbox.after(0, limit=9, topic=NOTICES.name)] == [
        NOTICES.name
    ]


async def test_a_message_nobody_can_read_stays_and_holds_up_nothing(platform: Platform) -> None:
    await platform.database.write(
        lambda connection: enqueue(connection, CASH.name, '{"kind":"Future","v":9}')
    )
    await platform.start()

    await platform.say(1)
    await platform.until_heard(1)
    await asyncio.sleep(0.1)

    assert platform.relay.unreadable == 1
    assert len(await platform.outbox.after(0, limit=9)) == 1


async def test_a_write_that_failed_says_nothing(platform: Platform) -> None:
    await platform.start()

    def fail(connection: object) -> None:
        enqueue(connection, CASH.name, to_json(cash(1)))  # type: ignore[arg-type]
        raise ValueError("the fact was refused")

    with pytest.raises(ValueError, match="refused"):
        await platform.database.write(fail)
    await platform.say(2)
    await platform.until_heard(1)

    assert platform.heard == ["2"]
