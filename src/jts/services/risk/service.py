"""Risk: checks every order against its account, reserves what it may take, and holds the kill switch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from jts.contracts import topics
from jts.contracts.market_data import MarketData
from jts.contracts.notifications import Notice, Severity
from jts.contracts.portfolio import CashMoved
from jts.contracts.risk import EngageKill, Gauge, ResetKill
from jts.domain.instruments.instrument import Instrument
from jts.domain.market.prices import ReferencePrice
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.risk.controls.first_breach import CONTROLS, WHILE_FLATTENING, Control
from jts.domain.risk.exposure import CashCame, Exposure, Fact
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.limits import Limits
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder
from jts.domain.values import (
    NANOS_PER_SECOND,
    AccountId,
    BadInput,
    ClientOrderId,
    InstrumentId,
    Nanos,
    OutsideError,
)
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, begin, caused_by
from jts.ports.risk_store import Asking, RiskStore, Ruling, Standing
from jts.services.risk.answer import Wish, answer, fingerprint, utc_day
from jts.services.risk.facts import facts_of
from jts.services.risk.flatten import Flattening
from jts.services.risk.gauges import gauges

TEND_EVERY_S = 1.0
ANSWERS_KEPT_NS = 7 * 24 * 3600 * NANOS_PER_SECOND
# An approval that orders has said nothing about this long after it ran out is shown to a person. It stays
# reserved: the command waits in the outbox or the bus, and orders will end it; guessing here could free
# what is still live.
UNHEARD_AFTER_NS = 60 * NANOS_PER_SECOND
_NO_FEE = Decimal(0)
_UNKNOWN_ACCOUNT_RATE = 1


class RiskService:
    """`contracts.risk.Risk`. Nothing trades without its signature.

    `limits`: an account that is not in it may not trade. `fees`: the worst fee rate of an account on an
    instrument, as a share, for the reserve. `approval_key`: shared with orders, which verifies.
    Call `start` before the bus starts, and keep `run` running.
    """

    def __init__(
        self,
        *,
        store: RiskStore,
        market: MarketData,
        bus: Bus,
        clock: Clock,
        names: Names,
        limits: Mapping[AccountId, Limits],
        approval_key: bytes,
        fees: Callable[[AccountId, Instrument], Decimal],
    ) -> None:
        assert len(approval_key) >= 32, "an approval key has at least 32 bytes"
        self._store = store
        self._market = market
        self._bus = bus
        self._clock = clock
        self._names = names
        self._limits = dict(limits)
        self._approval_key = approval_key
        self._fees = fees
        self._held: dict[AccountId, tuple[InstrumentId, ...]] = {}
        self._shown_unheard: set[ClientOrderId] = set()
        self._flatten_wanted = asyncio.Event()
        self._flattening = Flattening(
            ask=self._ask_while_flattening,
            store=store,
            market=market,
            bus=bus,
            clock=clock,
            names=names,
        )

    async def start(self) -> None:
        """Read what was there, and follow orders and cash from now on. Nothing else remembers anything:
        start and recovery are one path."""
        for exposure in await self._store.exposures():
            self._remember(exposure)
        if KillAct.FLATTEN in (await self._store.kill_state()).acts:
            self._flatten_wanted.set()
        self._bus.subscribe(topics.ORDER_EVENTS, self.on_order_events, reader="risk")
        self._bus.subscribe(topics.CASH, self.on_cash, reader="risk")

    async def run(self) -> None:
        """Tend the accounts and flatten when asked, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tend_forever())
            tasks.create_task(self._flatten_when_wanted())

    # ---- the contract ----

    async def check(self, command: SubmitOrder) -> Approved | Refused:
        """Check and reserve in one transaction.

        An approval is true even if it comes after the deadline (the disk was slow): who stopped waiting asks
        again with the same intent and hears it. Errors: OutsideError if the store fails; then nothing was
        approved.
        """
        return (await self._ask(command, CONTROLS)).verdict

    async def engage(self, command: EngageKill) -> KillState:
        """Latch first; the acts follow from the latch. Errors: BadInput if there is no act."""
        if not command.acts:
            raise BadInput(
                "expected at least one of freeze, cancel, flatten; found none; say what it shall do",
                code="kill_acts",
            )
        now_ns = self._clock.now_ns()
        state, moved = await self._store.latch(
            lambda before: _engaged(before, command, now_ns),
            caused_by(command.provenance, self._names, now_ns),
        )
        if KillAct.FLATTEN in state.acts and (moved or KillAct.FLATTEN in command.acts):
            self._flatten_wanted.set()
        return state

    async def reset(self, command: ResetKill) -> KillState:
        """Errors: BadInput if no reason is given."""
        if not command.reason.strip():
            raise BadInput(
                "expected the reason why trading may begin again; found none; say it, it is kept",
                code="kill_reset_reason",
            )
        now_ns = self._clock.now_ns()
        released = KillState(engaged=False, by=command.by, reason=command.reason, at_ns=now_ns)
        state, _ = await self._store.latch(
            lambda before: released if before.engaged else before,
            caused_by(command.provenance, self._names, now_ns),
        )
        return state

    async def kill_state(self) -> KillState:
        return await self._store.kill_state()

    async def gauges(self, account: AccountId | None = None) -> tuple[Gauge, ...]:
        """Every account with limits, or the one named (none if it has no limits)."""
        kill = await self._store.kill_state()
        second_ago = Nanos(self._clock.now_ns() - NANOS_PER_SECOND)
        rows: list[Gauge] = []
        for name in sorted(self._limits):
            if account not in (None, name):
                continue
            exposure = await self._store.exposure(name)
            rows += gauges(
                exposure,
                self._limits[name],
                kill,
                marks=await self._marks(exposure.holdings),
                last_second=await self._store.approvals(name, since_ns=second_ago),
            )
        return tuple(rows)

    # ---- what happened ----

    async def on_order_events(self, events: Sequence[AnyOrderEvent]) -> None:
        await self._follow([fact for event in events for fact in facts_of(event)])

    async def on_cash(self, moved: Sequence[CashMoved]) -> None:
        await self._follow([CashCame(account=m.account, id=m.id, money=m.money) for m in moved])

    # ---- private, in the order they are called ----

    def _remember(self, exposure: Exposure) -> None:
        self._held[exposure.account] = tuple(exposure.holdings)

    async def _follow(self, facts: Sequence[Fact]) -> None:
        for exposure in (await self._store.follow(facts)).values():
            self._remember(exposure)

    async def _ask_while_flattening(self, command: SubmitOrder) -> Ruling:
        return await self._ask(command, WHILE_FLATTENING)

    async def _ask(self, command: SubmitOrder, controls: tuple[Control, ...]) -> Ruling:
        wish = await self._wish(command, controls)

        def rule(standing: Standing) -> Ruling:
            # The clock is read inside the transaction: time spent waiting for it counts against the deadline.
            return answer(wish, standing, now_ns=self._clock.now_ns(), key=self._approval_key)

        limits = wish.limits
        asking = Asking(
            account=command.account,
            intent=command.intent,
            fingerprint=fingerprint(command),
            rate=limits.orders_per_second if limits else _UNKNOWN_ACCOUNT_RATE,
        )
        return await self._store.decide(asking, rule)

    async def _wish(self, command: SubmitOrder, controls: tuple[Control, ...]) -> Wish:
        """Everything that is asked of others, before the transaction begins. Nothing is asked for a wish
        that is late already."""
        instrument: Instrument | None = None
        reference: ReferencePrice | None = None
        marks: Mapping[InstrumentId, Decimal] = {}
        fee_rate = _NO_FEE
        if self._clock.now_ns() <= command.deadline_ns:
            try:
                instrument = await self._market.instrument(command.terms.instrument)
                reference = await self._market.reference(command.terms.instrument)
            except OutsideError:
                pass  # what could not be asked is unknown, and unknown refuses
            marks = await self._marks(self._held.get(command.account, ()))
            fee_rate = self._fees(command.account, instrument) if instrument else _NO_FEE
        return Wish(
            command=command,
            limits=self._limits.get(command.account),
            instrument=instrument,
            reference=reference,
            marks=marks,
            fee_rate=fee_rate,
            message_id=self._names.message_id(),
            approval_id=self._names.message_id(),
            controls=controls,
        )

    async def _marks(
        self, instruments: Sequence[InstrumentId] | Mapping[InstrumentId, object]
    ) -> Mapping[InstrumentId, Decimal]:
        """The newest price of each; one that has none is marked at our newest fill by the exposure itself."""
        marks: dict[InstrumentId, Decimal] = {}
        for id in instruments:
            try:
                reference = await self._market.reference(id)
            except OutsideError:
                continue
            if reference is not None:
                marks[id] = reference.price
        return marks

    async def _tend_forever(self) -> None:
        while True:
            await self._clock.sleep(TEND_EVERY_S)
            try:
                await self.tend()
            except OutsideError as error:
                await self._notice(
                    Severity.CRITICAL, "risk_store", f"risk cannot keep its books: {error}", {}
                )

    async def tend(self) -> None:
        """What is due by the clock: the day's start, answers past their keeping time, approvals nobody has
        heard of."""
        now_ns = self._clock.now_ns()
        exposures = await self._store.exposures()
        day = utc_day(now_ns)
        if any(exposure.day < day for exposure in exposures):
            held = {id: None for exposure in exposures for id in exposure.holdings}
            await self._store.begin_day(day, await self._marks(held))
        await self._store.forget(before_ns=Nanos(now_ns - ANSWERS_KEPT_NS))
        for exposure in exposures:
            for reservation in exposure.reservations.values():
                is_due = not reservation.heard and now_ns > reservation.expires_ns + UNHEARD_AFTER_NS
                if is_due and reservation.order not in self._shown_unheard:
                    self._shown_unheard.add(reservation.order)
                    await self._show_unheard(exposure.account, reservation.order)

    async def _show_unheard(self, account: AccountId, order: ClientOrderId) -> None:
        await self._notice(
            Severity.WARNING,
            "approval_unheard",
            f"expected orders to take up {order} of {account}; found no word of it a minute after its "
            "approval ran out; its reservation stays until orders ends it: look at the orders service",
            {"order": order, "account": account},
        )

    async def _notice(self, severity: Severity, subject: str, text: str, values: dict[str, str]) -> None:
        provenance = begin(self._names, self._clock.now_ns())
        await self._bus.publish(
            topics.NOTICES,
            Notice(provenance=provenance, severity=severity, subject=subject, text=text, values=values),
        )

    async def _flatten_when_wanted(self) -> None:
        while True:
            await self._flatten_wanted.wait()
            self._flatten_wanted.clear()
            try:
                await self._flattening.close_all()
            except OutsideError as error:
                self._flatten_wanted.set()
                await self._notice(
                    Severity.CRITICAL, "kill_flatten_left", f"flatten is held up and goes on: {error}", {}
                )
                await self._clock.sleep(TEND_EVERY_S)


def _engaged(before: KillState, command: EngageKill, now_ns: Nanos) -> KillState:
    """The latch with these acts too. A second account widens it to all: two kills in one day are no time for
    fine distinctions. The instant stays that of the first: it names the orders that flatten."""
    acts = tuple(act for act in KillAct if act in command.acts or (before.engaged and act in before.acts))
    if not before.engaged:
        return KillState(
            engaged=True,
            acts=acts,
            account=command.account,
            by=command.by,
            reason=command.reason,
            at_ns=now_ns,
        )
    account = before.account if before.account == command.account else None
    if acts == before.acts and account == before.account:
        return before
    return replace(before, acts=acts, account=account, by=command.by, reason=command.reason or before.reason)
