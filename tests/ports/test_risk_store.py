"""One promise, one suite, every keeper of it: where risk keeps what it decided and reserved."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase, StoreUnavailable
from jts.adapters.sql.sqlite.risk_store import SqliteRiskStore
from jts.domain.risk.exposure import CashCame, Ended, Traded, reserve
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.verdict import Approval, Approved, Refused, SubmitOrder, order_digest
from jts.domain.values import KRW, AccountId, Money, Nanos, Side
from jts.ports.risk_store import Asking, RiskStore, Ruling, Standing
from tests.domain.risk.makers import NOW, PAPER, SAMSUNG, fill, reserved, wish
from tests.ports.in_memory_risk_store import InMemoryRiskStore

OTHER = AccountId("other")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RiskStore]:
    if request.param == "memory":
        yield InMemoryRiskStore()
        return
    database = opened(tmp_path)
    yield SqliteRiskStore(database)
    database.close()


def opened(folder: Path) -> SqliteDatabase:
    database = SqliteDatabase(folder / "jts.db")
    database.open(migrations())
    return database


def asking(command: SubmitOrder, *, fingerprint: str = "f", rate: int = 2) -> Asking:
    return Asking(account=command.account, intent=command.intent, fingerprint=fingerprint, rate=rate)


def approving(command: SubmitOrder, *, at_ns: int = NOW) -> Callable[[Standing], Ruling]:
    """A rule that says yes to everything and reserves 10 at 70,000."""
    digest = order_digest(command)
    approval = Approval(
        id=f"a-{command.intent}", order=command.order, account=command.account, order_digest=digest,
        expires_ns=Nanos(at_ns + 2), signature="signed",
    )  # fmt: skip

    def rule(standing: Standing) -> Ruling:
        return Ruling(
            command=command,
            digest=digest,
            verdict=Approved(command=command, approval=approval),
            exposure=reserve(standing.exposure, reserved(command.order)),
            provenance=replace(command.provenance, at_ns=Nanos(at_ns)),
        )

    return rule


def refusing(command: SubmitOrder, *, is_answer: bool = True) -> Callable[[Standing], Ruling]:
    refused = Refused(
        order=command.order, intent=command.intent, account=command.account, control="cash", limit="1 KRW",
        value="2 KRW", message="expected less; found more; order less", at_ns=NOW,
    )  # fmt: skip
    return lambda standing: Ruling(
        command=command, digest=order_digest(command), verdict=refused, exposure=standing.exposure,
        provenance=command.provenance, is_answer=is_answer,
    )  # fmt: skip


async def standing_of(store: RiskStore, look: Asking) -> Standing:
    """What a decision would see, without deciding anything."""
    seen: list[Standing] = []

    def rule(standing: Standing) -> Ruling:
        seen.append(standing)
        return replace(refusing(wish())(standing), is_repeat=True)

    await store.decide(look, rule)
    return seen[0]


def paid(amount: str, *, id: str = "d-1", account: AccountId = PAPER) -> CashCame:
    return CashCame(account=account, id=id, money=Money(amount=Decimal(amount), currency=KRW))


async def test_01_an_account_nobody_has_heard_of_is_empty(store: RiskStore) -> None:
    exposure = await store.exposure(PAPER)

    assert exposure.cash == {} and exposure.reservations == {}
    assert await store.exposures() == ()


async def test_02_a_decision_is_kept_with_its_reservation(store: RiskStore) -> None:
    command = wish()

    ruling = await store.decide(asking(command), approving(command))

    seen = await standing_of(store, asking(command))
    assert set((await store.exposure(PAPER)).reservations) == {command.order}
    assert seen.answered is not None
    assert (seen.answered.digest, seen.answered.verdict) == (order_digest(command), ruling.verdict)


async def test_03_a_refusal_is_kept_and_one_that_is_no_answer_is_not(store: RiskStore) -> None:
    kept, unkept = wish(intent="a"), wish(intent="b")

    ruling = await store.decide(asking(kept), refusing(kept))
    await store.decide(asking(unkept), refusing(unkept, is_answer=False))

    first, second = await standing_of(store, asking(kept)), await standing_of(store, asking(unkept))
    assert first.answered is not None and first.answered.verdict == ruling.verdict
    assert second.answered is None


async def test_04_a_rule_that_fails_leaves_nothing(store: RiskStore) -> None:
    def broken(standing: Standing) -> Ruling:
        raise AssertionError("we are wrong")

    await store.follow([paid("100")])
    before = await store.exposure(PAPER)

    with pytest.raises(AssertionError, match="we are wrong"):
        await store.decide(asking(wish()), broken)

    assert await store.exposure(PAPER) == before
    assert (await standing_of(store, asking(wish()))).answered is None


async def test_05_pace_and_likeness_see_approvals_of_this_account_only(store: RiskStore) -> None:
    for n, account in enumerate([PAPER, PAPER, OTHER]):
        command = wish(intent=f"i{n}", account=account)
        await store.decide(asking(command, fingerprint=f"f{n}"), approving(command, at_ns=NOW + n))
    refused = wish(intent="no")
    await store.decide(asking(refused, fingerprint="f9"), refusing(refused))

    second_newest = await standing_of(store, asking(wish(intent="x"), fingerprint="f1", rate=2))
    third_newest = await standing_of(store, asking(wish(intent="x"), fingerprint="f9", rate=3))

    assert (second_newest.busy_ns, second_newest.same_order_ns) == (NOW, NOW + 1)
    assert (third_newest.busy_ns, third_newest.same_order_ns) == (None, None)
    assert await store.approvals(PAPER, since_ns=NOW) == 1
    assert await store.approvals(PAPER, since_ns=Nanos(NOW - 1)) == 2


async def test_06_a_fact_with_a_key_counts_once_for_ever(store: RiskStore) -> None:
    command = wish()
    await store.decide(asking(command), approving(command))
    bought = Traded(fill=fill(command.order, Side.BUY, "4", "70000"))

    first = await store.follow([paid("1000000"), bought, bought])
    again = await store.follow([bought, paid("1000000"), paid("5", id="d-2")])

    assert first[PAPER].cash == {KRW: 720_000} and first[PAPER].held(SAMSUNG) == 4
    assert again[PAPER].cash == {KRW: 720_005} and again[PAPER].held(SAMSUNG) == 4
    assert [r.leaves for r in again[PAPER].reservations.values()] == [6]


async def test_07_facts_of_several_accounts_are_told_in_one_call(store: RiskStore) -> None:
    after = await store.follow([paid("1"), paid("2", account=OTHER), paid("3", id="d-2")])

    assert {account: e.cash[KRW] for account, e in after.items()} == {PAPER: 4, OTHER: 2}
    assert [e.account for e in await store.exposures()] == [OTHER, PAPER]


async def test_08_an_end_frees_the_reservation(store: RiskStore) -> None:
    command = wish()
    await store.decide(asking(command), approving(command))

    end = Ended(account=PAPER, order=command.order)
    await store.follow([end])
    await store.follow([end])

    assert (await store.exposure(PAPER)).reservations == {}


async def test_09_the_latch_says_whether_it_moved(store: RiskStore) -> None:
    engaged = KillState(engaged=True, acts=(KillAct.FREEZE,), account=PAPER, by="owner", at_ns=NOW)

    first = await store.latch(lambda before: engaged, wish().provenance)
    second = await store.latch(lambda before: replace(before), wish().provenance)

    assert first == (engaged, True) and second == (engaged, False)
    assert await store.kill_state() == engaged
    assert (await standing_of(store, asking(wish()))).kill == engaged


async def test_10_a_day_begins_once(store: RiskStore) -> None:
    await store.follow([paid("1000000"), Traded(fill=fill("a", Side.BUY, "10", "70000"))])

    await store.begin_day("2026-11-23", {SAMSUNG: Decimal("71000")})
    await store.begin_day("2026-11-23", {SAMSUNG: Decimal("1")})

    exposure = await store.exposure(PAPER)
    assert exposure.day == "2026-11-23" and exposure.day_start == {KRW: 1_010_000}


async def test_11_a_forgotten_answer_leaves_its_intent_used(store: RiskStore) -> None:
    old, new = wish(intent="old"), wish(intent="new")
    await store.decide(asking(old), approving(old, at_ns=NOW))
    await store.decide(asking(new), approving(new, at_ns=NOW + 1))

    dropped = [await store.forget(before_ns=Nanos(NOW + 1)) for _ in range(2)]

    first, second = await standing_of(store, asking(old)), await standing_of(store, asking(new))
    assert dropped == [1, 0]
    assert first.answered is not None and first.answered.verdict is None
    assert second.answered is not None and second.answered.verdict is not None


# ---- the embedded database alone: what a failing disk and a restart may do ----


async def test_a_decision_whose_commit_fails_is_forgotten_with_its_reservation(tmp_path: Path) -> None:
    database = opened(tmp_path)
    store = SqliteRiskStore(database)
    await store.follow([paid("1000000")])
    gate = threading.Event()
    command, next_one = wish(intent="a"), wish(intent="b")

    def disk_full(connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    # All three wait behind the gate, so they share a commit; the last makes it fail.
    held = asyncio.create_task(database.write(lambda connection: gate.wait(10)))
    await asyncio.sleep(0.05)
    lost = asyncio.create_task(store.decide(asking(command), approving(command)))
    failing = asyncio.create_task(database.write(disk_full))
    await asyncio.sleep(0.05)
    gate.set()
    outcomes = await asyncio.gather(held, lost, failing, return_exceptions=True)
    await store.decide(asking(next_one), approving(next_one))

    assert outcomes[0] is True
    assert isinstance(outcomes[1], StoreUnavailable) and "full" in str(outcomes[1])
    seen = await standing_of(store, asking(command))
    assert set((await store.exposure(PAPER)).reservations) == {next_one.order}
    assert set(seen.exposure.reservations) == {next_one.order}, "a decision saw what was taken back"
    assert seen.answered is None
    database.close()


async def test_what_was_kept_is_read_back_equal_by_another_process(tmp_path: Path) -> None:
    database = opened(tmp_path)
    store = SqliteRiskStore(database)
    command = wish()
    await store.follow([paid("1000000.10"), paid("7", account=OTHER)])
    await store.begin_day("2026-11-23", {})
    await store.decide(asking(command), approving(command))
    lived = await store.follow([Traded(fill=fill(command.order, Side.BUY, "4", "70000.5"))])
    database.close()

    again = opened(tmp_path)
    read = await SqliteRiskStore(again).exposures()

    assert read == ((await store_exposure(again, OTHER)), lived[PAPER])
    again.close()


async def store_exposure(database: SqliteDatabase, account: AccountId) -> object:
    return await SqliteRiskStore(database).exposure(account)


async def test_the_book_and_the_outbox_hold_every_decision_and_every_move_of_the_latch(
    tmp_path: Path,
) -> None:
    database = opened(tmp_path)
    store = SqliteRiskStore(database)
    yes, no = wish(intent="yes"), wish(intent="no")
    await store.decide(asking(yes), approving(yes))
    await store.decide(asking(no), refusing(no))
    await store.latch(lambda before: KillState(engaged=True, by="owner"), wish().provenance)

    def rows(connection: sqlite3.Connection) -> tuple[list[tuple[str, str]], list[str]]:
        facts = connection.execute("SELECT stream, kind FROM events ORDER BY seq").fetchall()
        topics = connection.execute("SELECT topic FROM outbox ORDER BY number").fetchall()
        return facts, [topic for (topic,) in topics]

    facts, topics = await database.read(rows)

    assert facts == [
        ("risk/paper", "OrderApproved"),
        ("risk/paper", "OrderRefused"),
        ("risk/kill", "KillChanged"),
    ]
    assert topics == ["orders.commands", "risk.refusals", "risk.kill"]
    database.close()
