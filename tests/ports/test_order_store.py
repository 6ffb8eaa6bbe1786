"""What every keeper of orders promises, in memory and on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.order_store import SqliteOrderStore
from jts.adapters.sql.sqlite.outbox import SqliteOutbox
from jts.contracts.json_form import from_json, to_json
from jts.domain.orders.events import AnyOrderEvent, OrderIntended
from jts.domain.orders.transitions import (
    OrderLife,
    accepted,
    apply,
    cancelled,
    filled,
    intended,
    send_started,
)
from jts.domain.values import (
    AccountId,
    ClientOrderId,
    FillId,
    InstrumentId,
    IntentId,
    MessageId,
    Nanos,
    Provenance,
    RunId,
    VenueOrderId,
)
from jts.ports.audit_log import VersionTaken
from jts.ports.order_store import FillTaken, OrderStore
from jts.ports.outbox import Outgoing
from tests.domain.orders.makers import EVERY_STATE, NOW, fill, pending
from tests.ports.order_keepers import MemoryOrderStore


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    database = SqliteDatabase(tmp_path / "jts.db", synchronous="OFF")
    database.open(migrations())
    return database


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, database: SqliteDatabase) -> AsyncIterator[OrderStore]:
    yield MemoryOrderStore() if request.param == "memory" else SqliteOrderStore(database)
    database.close()


def begun(
    id: str,
    *,
    account: str = "paper",
    instrument: str = "KRX:005930",
    run: str | None = None,
    at_ns: int = 1_000,
) -> tuple[OrderLife, tuple[AnyOrderEvent, ...]]:
    """A fresh order and its one event."""
    like = pending().order
    cause = Provenance(
        id=MessageId(f"cmd-{id}"), at_ns=NOW, correlation_id=f"click-{id}", causation_id="click"
    )
    event = intended(
        order=ClientOrderId(id),
        intent=IntentId(f"intent-{id}"),
        account=AccountId(account),
        terms=replace(like.terms, instrument=InstrumentId(instrument)),
        source=replace(like.source, run=None if run is None else RunId(run)),
        approval_id=f"ok-{id}",
        cause=cause,
        at_ns=Nanos(at_ns),
    )
    return apply(None, event), (event,)


async def sent(store: OrderStore, id: str = "A1") -> OrderLife:
    """A stored order whose sending has begun."""
    life, events = begun(id)
    await store.append(life, events)
    (event,) = send_started(life, at_ns=NOW)
    life = apply(life, event)
    await store.append(life, (event,))
    return life


async def test_what_was_appended_is_read_back_event_by_event(store: OrderStore) -> None:
    life, events = begun("A1", run="cross")
    (started,) = send_started(life, at_ns=NOW)
    after = apply(life, started)

    await store.append(after, (*events, started))

    assert await store.life(ClientOrderId("A1")) == (*events, started)
    assert await store.load(ClientOrderId("A1")) == after
    assert await store.get(ClientOrderId("A1")) == after.order


async def test_nobody_knows_an_order_that_was_never_written(store: OrderStore) -> None:
    nobody = ClientOrderId("nobody")

    assert await store.get(nobody) is None and await store.load(nobody) is None
    assert await store.life(nobody) == () and await store.newest_ns() is None
    assert await store.load_open() == () and await store.find(before=nobody) == ()


async def test_a_version_is_written_once(store: OrderStore) -> None:
    life = await sent(store)
    (event,) = accepted(life, venue_order_id=VenueOrderId("V1"), at_ns=NOW)
    await store.append(apply(life, event), (event,))

    with pytest.raises(VersionTaken):
        await store.append(apply(life, event), (event,))
    with pytest.raises(VersionTaken):
        await store.append(*begun("A1"))

    assert len(await store.life(ClientOrderId("A1"))) == 3


async def test_of_twenty_writers_of_one_version_exactly_one_succeeds(store: OrderStore) -> None:
    answers = await asyncio.gather(*(store.append(*begun("A1")) for _ in range(20)), return_exceptions=True)

    assert answers.count(None) == 1
    assert sum(isinstance(answer, VersionTaken) for answer in answers) == 19


async def test_a_fill_is_booked_once_over_all_orders_and_nothing_else_is_written_with_it(
    store: OrderStore,
) -> None:
    first, second = await sent(store, "A1"), await sent(store, "A2")
    (one,) = filled(first, fill=fill(4), at_ns=NOW)
    await store.append(apply(first, one), (one,))

    (again,) = filled(second, fill=replace(fill(4), order=ClientOrderId("A2")), at_ns=NOW)
    with pytest.raises(FillTaken, match="A1"):
        await store.append(apply(second, again), (again,))

    assert len(await store.life(ClientOrderId("A2"))) == 2
    assert await store.unbooked([FillId("T/1"), FillId("T/2")]) == {FillId("T/2")}


async def test_orders_are_found_newest_first_and_page_by_page(store: OrderStore) -> None:
    for n in range(5):
        await store.append(*begun(f"A{n}"))

    first = await store.find(limit=2)
    second = await store.find(limit=2, before=first[-1].id)
    third = await store.find(limit=2, before=second[-1].id)

    assert [order.id for order in (*first, *second, *third)] == ["A4", "A3", "A2", "A1", "A0"]


async def test_orders_are_found_by_account_instrument_run_and_openness(store: OrderStore) -> None:
    await store.append(*begun("A1", account="paper", run="cross"))
    await store.append(*begun("A2", account="other"))
    await store.append(*begun("A3", instrument="UPBIT:KRW-BTC"))
    life, events = begun("A4")
    (end,) = cancelled(life, reason="r", at_ns=NOW)
    await store.append(apply(life, end), (*events, end))

    async def found(**wanted: object) -> list[str]:
        return [order.id for order in await store.find(**wanted)]  # type: ignore[arg-type]

    assert await found(account="other") == ["A2"]
    assert await found(instrument="UPBIT:KRW-BTC") == ["A3"]
    assert await found(run="cross") == ["A1"]
    assert await found(open_only=True) == ["A3", "A2", "A1"]
    assert await found(account="paper", instrument="KRX:005930", open_only=True) == ["A1"]


async def test_the_open_orders_are_loaded_oldest_first_as_they_were(store: OrderStore) -> None:
    lives = [await sent(store, f"A{n}") for n in range(3)]
    (end,) = cancelled(lives[1], reason="r", at_ns=NOW)
    await store.append(apply(lives[1], end), (end,))

    assert await store.load_open() == (lives[0], lives[2])


async def test_the_newest_states_can_be_thrown_away_and_read_again(store: OrderStore) -> None:
    for n in range(3):
        await sent(store, f"A{n}")
    before = await store.find()

    count = await store.rebuild()

    assert count == 3
    assert await store.find() == before and len(await store.load_open()) == 3


async def test_the_newest_event_tells_its_instant(store: OrderStore) -> None:
    await store.append(*begun("A1", at_ns=5_000))
    await store.append(*begun("A2", at_ns=7_000))

    assert await store.newest_ns() == 7_000


@pytest.mark.parametrize("name", EVERY_STATE)
async def test_every_state_survives_the_keeping(store: OrderStore, name: str) -> None:
    life = EVERY_STATE[name]()
    assert from_json(to_json(life.order)) == life.order, "the JSON form of an order names its state"


# ---- what only the keeper on disk has to promise ----


async def test_events_and_what_is_to_be_said_are_one_transaction(database: SqliteDatabase) -> None:
    store, outbox = SqliteOrderStore(database), SqliteOutbox(database)
    life, events = begun("A1")

    await store.append(life, events, say=(Outgoing(topic="notifications", body=b'{"n":1}'),))
    with pytest.raises(VersionTaken):
        await store.append(life, events, say=(Outgoing(topic="notifications", body=b'{"n":2}'),))
    queued = await outbox.after(0, limit=10)

    assert [(row.topic, row.body) for row in queued] == [
        ("orders.events", to_json(events[0]).decode()),
        ("notifications", '{"n":1}'),
    ]
    database.close()


async def test_a_forgotten_message_is_not_queued_any_more_and_its_number_never_returns(
    database: SqliteDatabase,
) -> None:
    store, outbox = SqliteOrderStore(database), SqliteOutbox(database)
    await store.append(*begun("A1"))
    (first,) = await outbox.after(0, limit=10)

    await outbox.forget([first.number])
    left = await outbox.after(0, limit=10)
    await store.append(*begun("A2"))
    (second,) = await outbox.after(0, limit=10, topic="orders.events")

    assert left == () and second.number == first.number + 1
    assert isinstance(from_json(second.body), OrderIntended)
    database.close()


def test_every_order_event_has_a_json_form() -> None:
    assert {kind.__name__ for kind in get_args(AnyOrderEvent)} >= {"OrderIntended", "OrderLateFilled"}
    (event,) = begun("A1")[1]
    assert from_json(to_json(event)) == event


@pytest.mark.slow
async def test_pages_of_many_orders_are_found_at_once(database: SqliteDatabase) -> None:
    """100,000 orders: a page by any filter reads an index, never the table."""
    store = SqliteOrderStore(database)
    body = to_json(begun("A1")[0].order).decode()

    def fill_table(connection: object) -> None:
        connection.executemany(  # type: ignore[attr-defined]
            "INSERT INTO orders (id, account, instrument, run, is_open, version, body)"
            " VALUES (?,?,?,?,?,1,?)",
            (
                (
                    f"X{n}",
                    f"acc{n % 7}",
                    f"KRX:{n % 50}",
                    f"run{n % 9}" if n % 3 else None,
                    n % 1000 == 0,
                    body,
                )
                for n in range(100_000)
            ),
        )

    await database.write(fill_table)
    plans = []
    for clause in ("account = 'acc1'", "instrument = 'KRX:7'", "run = 'run2'", "is_open = 1"):
        sql = f"EXPLAIN QUERY PLAN SELECT body FROM orders WHERE {clause} ORDER BY number DESC LIMIT 50"

        def explain(connection: object, sql: str = sql) -> str:
            rows = connection.execute(sql).fetchall()  # type: ignore[attr-defined]
            return " ".join(str(row[3]) for row in rows)

        plans.append(await database.read(explain))

    assert all("USING INDEX" in plan and "TEMP B-TREE" not in plan for plan in plans), plans
    assert len(await store.find(account=AccountId("acc1"), limit=50)) == 50
    database.close()
