"""A wish is checked, reserved for and signed in one step, or refused with its numbers."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from jts.contracts.notifications import Severity
from jts.contracts.risk import OrderRefused
from jts.domain.market.prices import SessionState
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.source import Origin
from jts.domain.risk.exposure import Heard
from jts.domain.risk.verdict import Approved, Refused, is_genuine
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    InstrumentId,
    Nanos,
    OutsideError,
    Side,
)
from jts.services.risk.answer import fingerprint, utc_day
from tests.domain.risk.makers import NOW, PAPER, SAMSUNG, price, wish
from tests.services.risk.makers import KEY, calm, cancelled, filled, house, intended, late, rejected


async def test_an_approval_is_signed_for_exactly_this_order_and_expires(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        verdict = await here.risk.check(wish(limit="70000"))

        assert isinstance(verdict, Approved)
        assert is_genuine(verdict, key=KEY)
        assert verdict.approval.expires_ns == NOW + 2 * NANOS_PER_SECOND


async def test_an_approval_leaves_for_orders_in_the_transaction_that_reserves(tmp_path: Path) -> None:
    async with house(tmp_path, fee_rate="0.001") as here:
        verdict = await here.risk.check(wish(quantity="10", limit="70000"))

        exposure = await here.store.exposure(PAPER)
        assert await here.outbox() == [verdict]
        assert exposure.reserved_cash(KRW) == 700_700
        assert exposure.free_cash(KRW) == 9_299_300


async def test_a_refusal_is_told_and_reserves_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, cash="699999") as here:
        command = wish(quantity="10", limit="70000")

        verdict = await here.risk.check(command)

        assert isinstance(verdict, Refused)
        assert (verdict.control, verdict.limit, verdict.value) == ("cash", "699,999 KRW", "700,000 KRW")
        (told,) = await here.outbox()
        assert isinstance(told, OrderRefused) and told.refused == verdict and told.command == command
        assert told.provenance.correlation_id == "click-1" and told.provenance.causation_id == "m-i-1"
        assert (await here.store.exposure(PAPER)).reservations == {}


async def test_the_same_intent_gets_the_first_answer_and_is_told_once(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        first = await here.risk.check(wish(limit="70000"))
        here.clock.now += 10 * NANOS_PER_SECOND

        again = await here.risk.check(wish(limit="70000"))

        assert again == first
        assert len(await here.outbox()) == 1
        assert len((await here.store.exposure(PAPER)).reservations) == 1


async def test_a_refused_intent_stays_refused(tmp_path: Path) -> None:
    async with house(tmp_path, cash="1") as here:
        first = await here.risk.check(wish(limit="70000"))
        await here.pay_in("10000000", id="d-2")

        again = await here.risk.check(wish(limit="70000"))

        assert isinstance(first, Refused) and again == first


async def test_the_same_intent_with_other_terms_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        first = await here.risk.check(wish(limit="70000"))

        other = await here.risk.check(wish(limit="69900"))

        assert isinstance(other, Refused) and other.control == "idempotency"
        assert await here.risk.check(wish(limit="70000")) == first
        assert len((await here.store.exposure(PAPER)).reservations) == 1


async def test_an_answer_is_remembered_over_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        first = await here.risk.check(wish(limit="70000"))

    async with house(tmp_path, cash=None) as here:
        assert await here.risk.check(wish(limit="70000")) == first
        assert len(await here.outbox()) == 1


async def test_a_hundred_copies_at_once_are_one_order(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        verdicts = await asyncio.gather(*(here.risk.check(wish(limit="70000")) for _ in range(100)))

        assert len({v.approval.id for v in verdicts if isinstance(v, Approved)}) == 1
        assert all(isinstance(v, Approved) for v in verdicts)
        assert len(await here.outbox()) == 1


async def test_a_late_wish_is_refused_and_may_be_asked_again_in_time(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        late_one = await here.risk.check(wish(limit="70000", deadline_ns=NOW - 1))

        again = await here.risk.check(wish(limit="70000"))

        assert isinstance(late_one, Refused) and late_one.control == "deadline"
        assert isinstance(again, Approved)


async def test_after_seven_days_the_answer_is_forgotten_but_the_intent_stays_used(tmp_path: Path) -> None:
    week_ns = 7 * 24 * 3600 * NANOS_PER_SECOND
    async with house(tmp_path) as here:
        first = await here.risk.check(wish(limit="70000"))
        here.clock.now = NOW + week_ns
        await here.risk.tend()
        on_the_last_day = await here.risk.check(wish(limit="70000", deadline_ns=NOW + 2 * week_ns))
        here.clock.now += 1
        await here.risk.tend()

        after = await here.risk.check(wish(limit="70000", deadline_ns=NOW + 2 * week_ns))

        assert on_the_last_day == first
        assert isinstance(after, Refused) and after.control == "idempotency"


async def test_what_nobody_knows_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        instrument = await here.risk.check(wish(instrument=InstrumentId("KRX:000660"), intent="a"))
        account = await here.risk.check(wish(account=AccountId("other"), intent="b"))
        unpriced = await here.risk.check(
            wish(quantity="0.001", instrument=InstrumentId("UPBIT:KRW-BTC"), intent="c")
        )
        switch = await here.risk.check(wish(origin=Origin.KILL_SWITCH, intent="d"))

        verdicts = (instrument, account, unpriced, switch)
        assert [v.control for v in verdicts if isinstance(v, Refused)] == [
            "instrument", "account", "reference_price", "authority",
        ]  # fmt: skip


async def test_a_market_service_that_fails_refuses_and_raises_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.market.trouble = OutsideError("no answer")

        verdict = await here.risk.check(wish())

        assert isinstance(verdict, Refused) and verdict.control == "reference_price"


async def test_the_session_is_asked_of_the_market(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.market.references[SAMSUNG] = price(session=SessionState.CLOSED)

        verdict = await here.risk.check(wish())

        assert isinstance(verdict, Refused) and verdict.control == "session"


async def test_the_same_order_of_the_same_run_twice_in_a_second_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path, limits={PAPER: calm(duplicate_window_ns=NANOS_PER_SECOND)}) as here:
        await here.risk.check(wish(intent="a", actor="cross"))
        twin = await here.risk.check(wish(intent="b", actor="cross"))
        other_actor = await here.risk.check(wish(intent="c", actor="owner"))
        other_size = await here.risk.check(wish(quantity="11", intent="d", actor="cross"))
        here.clock.now += NANOS_PER_SECOND

        later = await here.risk.check(wish(intent="e", actor="cross", deadline_ns=NOW + 2 * NANOS_PER_SECOND))

        assert isinstance(twin, Refused) and twin.control == "duplicate"
        assert all(isinstance(v, Approved) for v in (other_actor, other_size, later))


async def test_the_pace_counts_approvals_and_survives_a_restart(tmp_path: Path) -> None:
    limits = {PAPER: calm(orders_per_second=3)}
    async with house(tmp_path, limits=limits) as here:
        verdicts = [await here.risk.check(wish(quantity="1", intent=f"a{n}")) for n in range(4)]

    async with house(tmp_path, limits=limits, cash=None) as here:
        still = await here.risk.check(wish(quantity="1", intent="b"))
        here.clock.now += NANOS_PER_SECOND
        later = await here.risk.check(wish(quantity="1", intent="c", deadline_ns=NOW + 2 * NANOS_PER_SECOND))

        assert [isinstance(v, Approved) for v in verdicts] == [True, True, True, False]
        assert isinstance(still, Refused) and still.control == "orders_per_second"
        assert isinstance(later, Approved)


async def test_fills_ends_and_cash_are_booked_once_however_often_they_are_told(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        bought = await here.risk.check(wish(quantity="10", limit="70000", intent="a"))
        rested = await here.risk.check(wish(quantity="5", limit="69000", intent="b"))
        assert isinstance(bought, Approved) and isinstance(rested, Approved)
        batch: list[AnyOrderEvent] = [
            intended(bought),
            filled(bought.command, quantity="4", leaves="6"),
            filled(bought.command, quantity="6", n=2),
            cancelled(rested.command, "5"),
        ]

        for _ in range(3):
            await here.risk.on_order_events(batch)
            await here.pay_in("1000", id="d-2")

        exposure = await here.store.exposure(PAPER)
        assert exposure.cash == {KRW: 10_000_000 + 1_000 - 700_000}
        assert exposure.held(SAMSUNG) == 10
        assert exposure.reservations == {}


async def test_a_rejection_frees_and_a_fill_after_it_is_still_booked(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        verdict = await here.risk.check(wish(quantity="10", limit="70000"))
        assert isinstance(verdict, Approved)

        await here.risk.on_order_events([rejected(verdict.command)])
        freed = await here.store.exposure(PAPER)
        await here.risk.on_order_events([late(verdict.command), late(verdict.command)])

        exposure = await here.store.exposure(PAPER)
        assert freed.free_cash(KRW) == 10_000_000
        assert exposure.held(SAMSUNG) == 10 and exposure.cash[KRW] == 9_300_000


async def test_what_is_read_after_a_restart_equals_what_was_lived(tmp_path: Path) -> None:
    async with house(tmp_path, fee_rate="0.00015") as here:
        verdicts = [
            await here.risk.check(wish(quantity=str(n), limit="70000", intent=f"i{n}")) for n in range(1, 8)
        ]
        for n, verdict in enumerate(verdicts):
            assert isinstance(verdict, Approved)
            if n % 3 == 0:
                await here.fill_all(verdict)
            elif n % 3 == 1:
                await here.risk.on_order_events([cancelled(verdict.command)])
        await here.risk.check(wish(Side.SELL, "3", intent="s", reduce_only=True))
        nothing_new = Heard(account=PAPER, order=ClientOrderId("nobody's"))
        lived = (await here.store.follow([nothing_new]))[PAPER]

    async with house(tmp_path, cash=None) as here:
        (after,) = await here.store.exposures()

    assert after == lived
    assert len(after.reservations) == 3 and after.held(SAMSUNG) == 1 + 4 + 7


async def test_the_days_loss_is_measured_from_the_equity_at_its_start(tmp_path: Path) -> None:
    limits = {PAPER: calm(daily_loss={KRW: Decimal(100_000)})}
    day_ns = 24 * 3600 * NANOS_PER_SECOND
    async with house(tmp_path, limits=limits) as here:
        await here.buy("100", intent="a")
        here.clock.now += day_ns
        await here.risk.tend()
        at = {"deadline_ns": NOW + 2 * day_ns}

        here.market.references[SAMSUNG] = price(Decimal("69100"), stale_after_ns=10**18)
        almost = await here.risk.check(wish(quantity="1", intent="b", **at))  # type: ignore[arg-type]
        here.market.references[SAMSUNG] = price(Decimal("69000"), stale_after_ns=10**18)
        lost = await here.risk.check(wish(quantity="1", intent="c", **at))  # type: ignore[arg-type]
        leave = await here.risk.check(wish(Side.SELL, "100", intent="d", **at))  # type: ignore[arg-type]

        assert isinstance(almost, Approved)
        assert isinstance(lost, Refused) and (lost.control, lost.value) == ("daily_loss", "100,000 KRW")
        assert isinstance(leave, Approved)


async def test_an_approval_nobody_takes_up_is_shown_once_and_stays_reserved(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        lost = await here.risk.check(wish(quantity="1", limit="70000", intent="a"))
        heard = await here.risk.check(wish(quantity="2", limit="70000", intent="b"))
        assert isinstance(lost, Approved) and isinstance(heard, Approved)
        await here.risk.on_order_events([intended(heard)])

        here.clock.now = NOW + 62 * NANOS_PER_SECOND
        await here.risk.tend()
        on_time = list(here.notices)
        here.clock.now += 1
        await here.risk.tend()
        await here.risk.tend()

        assert on_time == []
        (notice,) = here.notices
        assert (notice.subject, notice.values["order"]) == ("approval_unheard", "o-a")
        assert notice.severity is Severity.WARNING
        assert len((await here.store.exposure(PAPER)).reservations) == 2


async def test_gauges_show_what_is_used_and_what_is_reserved(tmp_path: Path) -> None:
    limits = {PAPER: calm(max_position_value={KRW: Decimal(2_800_000)}, max_open_orders=4)}
    async with house(tmp_path, limits=limits) as here:
        await here.buy("10", intent="a")
        await here.risk.check(wish(quantity="20", limit="70000", intent="b"))

        rows = {(g.control, g.subject): g for g in await here.risk.gauges()}

        position = rows[("max_position", SAMSUNG)]
        assert (position.used, position.reserved, position.limit) == (
            "700,000 KRW", "1,400,000 KRW", "2,800,000 KRW",
        )  # fmt: skip
        assert position.share == Decimal("0.75")
        assert rows[("max_open_orders", PAPER)].share == Decimal("0.25")
        assert rows[("orders_per_second", PAPER)].used == "2 orders"
        assert rows[("cash", KRW)].reserved == "1,400,000 KRW"
        assert rows[("max_order_value", KRW)].share is None
        assert await here.risk.gauges(AccountId("other")) == ()


def test_a_fingerprint_is_blind_to_how_a_number_is_written() -> None:
    assert fingerprint(wish(quantity="1.50", intent="a")) == fingerprint(wish(quantity="1.5", intent="b"))
    assert fingerprint(wish(quantity="1.5")) != fingerprint(wish(quantity="1.5", limit="70000"))
    assert "NaN" in fingerprint(wish(quantity="NaN")) and "sNaN" in fingerprint(wish(quantity="sNaN"))


@pytest.mark.parametrize(
    ("seconds", "day"), [(1_795_391_999, "2026-11-22"), (1_795_392_000, "2026-11-23"), (0, "1970-01-01")]
)
def test_a_day_is_a_utc_date(seconds: int, day: str) -> None:
    assert utc_day(Nanos(seconds * NANOS_PER_SECOND)) == day
