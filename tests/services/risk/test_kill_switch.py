"""The kill switch: latched before anything else, kept over restarts, and every position closed by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from jts.contracts.notifications import Severity
from jts.contracts.risk import KillChanged
from jts.domain.market.prices import SessionState
from jts.domain.orders.source import Origin
from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.risk.kill_switch import KillAct
from jts.domain.risk.verdict import Approved, Refused
from jts.domain.values import AccountId, BadInput, Side
from tests.domain.risk.makers import NOW, PAPER, SAMSUNG, price, wish
from tests.services.risk.makers import (
    House,
    calm,
    cancelled,
    engage,
    filled,
    house,
    intended,
    rejected,
    reset,
)

OTHER = AccountId("other")


async def test_the_latch_is_told_in_the_transaction_that_sets_it(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        state = await here.risk.engage(engage(KillAct.CANCEL, KillAct.FREEZE))

        (told,) = await here.outbox()
        assert state.engaged and state.acts == (KillAct.FREEZE, KillAct.CANCEL)
        assert (state.by, state.reason, state.at_ns) == ("owner", "news", NOW)
        assert isinstance(told, KillChanged) and told.state == state
        assert (told.provenance.causation_id, told.provenance.correlation_id) == ("kill", "kill")
        assert told.provenance.id != "kill"
        assert await here.risk.kill_state() == state


async def test_once_frozen_nothing_is_approved_until_a_person_resets_it(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.risk.engage(engage(KillAct.FREEZE))
        frozen = await here.risk.check(wish(intent="a"))
        exit_too = await here.risk.check(wish(Side.SELL, reduce_only=True, intent="b"))

        await here.risk.reset(reset())
        free = await here.risk.check(wish(intent="c"))

        assert isinstance(frozen, Refused) and frozen.control == "kill_switch"
        assert isinstance(exit_too, Refused) and exit_too.control == "kill_switch"
        assert isinstance(free, Approved)


async def test_the_latch_survives_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        before = await here.risk.engage(engage(KillAct.FREEZE))

    async with house(tmp_path, cash=None) as here:
        assert await here.risk.kill_state() == before
        verdict = await here.risk.check(wish())
        assert isinstance(verdict, Refused) and verdict.control == "kill_switch"


async def test_a_repeat_changes_nothing_and_another_act_is_added(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        first = await here.risk.engage(engage(KillAct.FREEZE))
        here.clock.now += 5
        again = await here.risk.engage(engage(KillAct.FREEZE))
        more = await here.risk.engage(engage(KillAct.CANCEL))

        assert again == first
        assert more.acts == (KillAct.FREEZE, KillAct.CANCEL) and more.at_ns == first.at_ns
        assert len(await here.outbox()) == 2


async def test_one_account_is_frozen_alone_and_a_second_one_freezes_all(tmp_path: Path) -> None:
    limits = {PAPER: calm(), OTHER: calm(), AccountId("third"): calm()}
    async with house(tmp_path, limits=limits) as here:
        for name in (OTHER, AccountId("third")):
            await here.pay_in("10000000", id=f"d-{name}", account=name)

        await here.risk.engage(engage(KillAct.FREEZE, account=PAPER))
        here_no = await here.risk.check(wish(intent="a"))
        there_yes = await here.risk.check(wish(account=OTHER, intent="b"))
        widened = await here.risk.engage(engage(KillAct.FREEZE, account=OTHER))
        third_no = await here.risk.check(wish(account=AccountId("third"), intent="c"))

        assert isinstance(here_no, Refused) and isinstance(there_yes, Approved)
        assert widened.account is None
        assert isinstance(third_no, Refused)


async def test_a_kill_without_an_act_and_a_reset_without_a_reason_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        with pytest.raises(BadInput, match="freeze, cancel, flatten"):
            await here.risk.engage(engage())
        await here.risk.engage(engage(KillAct.FREEZE))
        with pytest.raises(BadInput, match="reason"):
            await here.risk.reset(reset(" "))

        assert (await here.risk.kill_state()).engaged


async def test_a_reset_of_what_is_not_engaged_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        state = await here.risk.reset(reset())

        assert not state.engaged and await here.outbox() == []


@pytest.mark.slow
async def test_after_engage_has_returned_no_check_is_approved(tmp_path: Path) -> None:
    # Forty rounds: fifty clients ask without a pause while the switch is pulled in their midst.
    async with house(tmp_path, cash="1000000000000", limits={PAPER: calm(max_open_orders=1_000)}) as here:
        rounds_cut_in_two = 0
        for round_ in range(40):
            pulled = asyncio.Event()
            clients = [asyncio.create_task(_ask_often(here, f"r{round_}-{n}", pulled)) for n in range(50)]
            await asyncio.sleep(0.002 * (round_ % 8))
            await here.risk.engage(engage(KillAct.FREEZE))
            pulled.set()
            approved_by_then = await _approvals(here)
            asked = [pair for own in await asyncio.gather(*clients) for pair in own]
            asked += await _ask_often(here, f"r{round_}-late", pulled)

            assert await _approvals(here) == approved_by_then
            assert all(isinstance(verdict, Refused) for after, verdict in asked if after)
            approved = [v for _, v in asked if isinstance(v, Approved)]
            rounds_cut_in_two += 0 < len(approved) < len(asked) - 4
            await here.risk.reset(reset())
            await here.risk.on_order_events([rejected(v.command) for v in approved])

        assert rounds_cut_in_two >= 10, "the switch was hardly ever pulled in the midst of the asking"


async def _ask_often(here: House, name: str, pulled: asyncio.Event) -> list[tuple[bool, Approved | Refused]]:
    """Four wishes, one after the other: (asked after the switch was pulled, verdict)."""
    asked: list[tuple[bool, Approved | Refused]] = []
    for n in range(4):
        after = pulled.is_set()
        asked.append((after, await here.risk.check(wish(quantity="1", intent=f"{name}-{n}"))))
    return asked


async def _approvals(here: House) -> int:
    def do(connection: sqlite3.Connection) -> int:
        row = connection.execute("SELECT count(*) FROM events WHERE kind = 'OrderApproved'").fetchone()
        return int(row[0])

    return await here.database.read(do)


# ---- flatten ----

Answer = Callable[[Approved], Awaitable[None]]


async def _flattened(here: House, answer: Answer, *, rounds: int = 400) -> list[Approved]:
    """Run risk, and be orders: answer each closing order once, until its notice has come. The orders asked
    for."""
    seen: list[Approved] = []
    running = asyncio.create_task(here.risk.run())
    for _ in range(rounds):
        for message in await here.outbox():
            if not isinstance(message, Approved) or message in seen:
                continue
            if message.command.source.origin is Origin.KILL_SWITCH:
                seen.append(message)
                await answer(message)
        if any(n.subject.startswith("kill_flatten") for n in here.notices):
            break
        await asyncio.sleep(0.002)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return seen


async def test_flatten_sells_every_position_at_market_though_frozen(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.CANCEL, KillAct.FLATTEN))

        (sold,) = await _flattened(here, here.fill_all)

        terms = sold.command.terms
        assert (terms.side, terms.kind, terms.quantity, terms.reduce_only) == (
            Side.SELL, OrderKind.MARKET, Decimal(10), True,
        )  # fmt: skip
        assert (await here.store.exposure(PAPER)).holdings == {}
        assert [(n.subject, n.severity) for n in here.notices] == [("kill_flatten_done", Severity.INFO)]


async def test_flatten_waits_for_the_cancels_and_then_sells_all(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        working = await here.risk.check(wish(Side.SELL, "4", limit="75000", intent="b"))
        assert isinstance(working, Approved)
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.CANCEL, KillAct.FLATTEN))

        async def end_working() -> None:
            await asyncio.sleep(0.02)
            await here.risk.on_order_events([cancelled(working.command, "4")])

        ending = asyncio.create_task(end_working())
        sold = await _flattened(here, here.fill_all)
        await ending

        assert [s.command.terms.quantity for s in sold] == [10]


async def test_an_order_that_never_ends_does_not_keep_the_rest_from_being_sold(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        unknown = await here.risk.check(wish(Side.SELL, "4", limit="75000", intent="b"))
        assert isinstance(unknown, Approved)
        await here.risk.on_order_events([intended(unknown)])
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.CANCEL, KillAct.FLATTEN))

        sold = await _flattened(here, here.fill_all, rounds=4_000)

        assert [s.command.terms.quantity for s in sold] == [6]
        assert [n.subject for n in here.notices] == ["kill_flatten_left"]


async def test_what_was_partly_sold_is_ordered_again_under_another_name(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))

        async def partly(sold: Approved) -> None:
            if sold.command.terms.quantity == 10:
                await here.risk.on_order_events(
                    [filled(sold.command, quantity="7", leaves="3"), cancelled(sold.command, "3")]
                )
            else:
                await here.fill_all(sold)

        sold = await _flattened(here, partly)

        assert [s.command.terms.quantity for s in sold] == [10, 3]
        assert len({s.command.order for s in sold}) == 2


async def test_flatten_goes_on_after_a_restart_and_sells_nothing_twice(tmp_path: Path) -> None:
    async def nobody_answers(sold: Approved) -> None:
        return None

    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))
        (sold,) = await _flattened(here, nobody_answers, rounds=20)

    async with house(tmp_path, cash=None) as here:
        seen_again = await _flattened(here, here.fill_all)

        assert seen_again == [sold]
        assert [n.subject for n in here.notices] == ["kill_flatten_done"]
        assert (await here.store.exposure(PAPER)).holdings == {}


async def test_a_second_flatten_while_the_first_is_out_orders_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))

        async def pull_again(sold: Approved) -> None:
            await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))
            await asyncio.sleep(0.02)
            await here.fill_all(sold)

        sold = await _flattened(here, pull_again)

        assert len(sold) == 1


async def test_in_a_closed_market_the_position_is_closed_at_the_open(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        here.market.references[SAMSUNG] = price(session=SessionState.CLOSED, stale_after_ns=10**18)
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))

        (sold,) = await _flattened(here, here.fill_all)

        assert sold.command.terms.timing is Timing.AT_OPEN


async def test_without_any_price_the_position_is_still_closed(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        here.market.references.clear()
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))

        (sold,) = await _flattened(here, here.fill_all)

        assert sold.command.terms.quantity == 10


async def test_a_flatten_that_keeps_failing_gives_up_aloud(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="a")
        await here.risk.engage(engage(KillAct.FREEZE, KillAct.FLATTEN))

        async def refuse(sold: Approved) -> None:
            await here.risk.on_order_events([rejected(sold.command)])

        sold = await _flattened(here, refuse)

        assert len(sold) == 5
        (notice,) = here.notices
        assert notice.severity is Severity.CRITICAL and "still held after 5 orders" in notice.text


async def test_flatten_alone_does_not_touch_other_accounts(tmp_path: Path) -> None:
    limits = {PAPER: calm(), OTHER: calm()}
    async with house(tmp_path, limits=limits) as here:
        await here.pay_in("10000000", id="d-2", account=OTHER)
        await here.buy("10", intent="a")
        theirs = await here.risk.check(wish(quantity="5", limit="70000", account=OTHER, intent="b"))
        assert isinstance(theirs, Approved)
        await here.fill_all(theirs)
        await here.risk.engage(engage(KillAct.FLATTEN, account=PAPER))

        sold = await _flattened(here, here.fill_all)

        assert [s.command.account for s in sold] == [PAPER]
        assert (await here.store.exposure(OTHER)).held(SAMSUNG) == Decimal(5)
