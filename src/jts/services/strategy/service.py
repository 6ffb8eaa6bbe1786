"""Runs plans: bars and fills in, order wishes out, through the same risk as everybody else's.

Every instant is written down whole (the program's memory, its decisions, its wishes) before a wish leaves.
Order ids
are functions of run, epoch and slot: after a crash the same wish is said again under the same name, and risk
answers
it as it did before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from jts.contracts.json_form import from_json_as, to_json
from jts.contracts.market_data import BarClosed, MarketData
from jts.contracts.orders import CancelOrder, Orders
from jts.contracts.risk import Risk
from jts.contracts.strategy import (
    Decision,
    DiagnosticView,
    NotStarted,
    RunState,
    RunView,
    StartStrategy,
    StopStrategy,
    StrategyChanged,
    StrategyDecided,
)
from jts.contracts.topics import DECISIONS, STRATEGIES
from jts.domain.instruments.instrument import Instrument
from jts.domain.market.prices import MarketTrade
from jts.domain.orders.events import (
    AnyOrderEvent,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderLateFilled,
    OrderRejected,
)
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder
from jts.domain.values import AccountId, BadInput, ClientOrderId, Nanos, Provenance, RunId
from jts.language.check import check
from jts.language.evaluate.live import Place, Step, Why, Withdraw
from jts.language.plan import View
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, begin, caused_by
from jts.ports.strategy_store import RunChange, RunRecord, SlotRecord, StrategyStore
from jts.services.strategy import decisions, programs, wishes
from jts.services.strategy.run import PendingOpen, Run

RISK_ANSWER_MAX_NS = 100_000_000
"""How long risk may take to begin answering (design 5): later means refused."""

WISH_STALE_AFTER_NS = 10_000_000_000
"""A wish that risk never answered is said again after a restart only while it is younger than this."""

OPEN_WAITS_MAX_NS = 1_000_000_000
"""How long a bar's open waits for the close of the bar before it."""


class StrategyService:
    """Every strategy of this process; the only writer of runs."""

    def __init__(
        self,
        *,
        store: StrategyStore,
        risk: Risk,
        orders: Orders,
        market: MarketData,
        bus: Bus,
        clock: Clock,
        names: Names,
        fee_bps: Callable[[AccountId, Instrument], Decimal],
        accounts: frozenset[AccountId],
    ) -> None:
        self._store = store
        self._risk = risk
        self._orders = orders
        self._market = market
        self._bus = bus
        self._clock = clock
        self._names = names
        self._fee_bps = fee_bps
        self._accounts = accounts
        self._runs: dict[RunId, Run] = {}
        self._of_order: dict[ClientOrderId, Run] = {}

    # ---- the contract ----

    async def check(self, text: str) -> tuple[DiagnosticView, ...]:
        return programs.views(check(text).diagnostics)

    async def start(self, command: StartStrategy) -> RunView | NotStarted:
        """A stopped run of the same meaning goes on where it was; another meaning begins anew, if it holds
        nothing."""
        if command.account not in self._accounts:
            known = ", ".join(sorted(self._accounts))
            return NotStarted(
                run=command.run, reason=f"there is no account {command.account}; known: {known}"
            )
        found = check(command.text)
        if found.plan is None:
            return NotStarted(
                run=command.run,
                reason="the program has errors; see the diagnostics",
                diagnostics=programs.views(found.diagnostics),
            )
        before = self._runs.get(command.run)
        if before is not None and before.is_deciding:
            return NotStarted(run=command.run, reason=f"{command.run} is running already; stop it first")
        try:
            parameters = programs.parameters(found.plan, command.parameters)
            instrument = await programs.instrument(found.plan, self._market)
        except BadInput as error:
            return NotStarted(run=command.run, reason=str(error))
        stored = before.record() if before is not None else None
        goes_on = stored is not None and decisions.is_same_program(
            stored, found.plan.hash, command.parameters
        )
        if before is not None and not goes_on and before.program.position != 0:
            return NotStarted(
                run=command.run,
                reason=f"{command.run} still holds {before.program.position} {before.instrument.id} of its "
                "former program; stop it with flatten first, or give the new program another name",
            )
        now_ns = self._clock.now_ns()
        run = Run(
            run=command.run,
            epoch=(stored.epoch if goes_on else stored.epoch + 1) if stored else 1,
            account=command.account,
            plan=found.plan,
            text=command.text,
            parameters=dict(command.parameters),
            program=programs.live(
                found.plan, instrument, parameters, self._fee_bps(command.account, instrument)
            ),
            instrument=instrument,
            state=RunState.WARMING,
            message="",
            started_ns=now_ns,
            last_bar_ns=Nanos(0),
            bars_seen=0,
            by=command.by,
            sequence=await self._store.last_sequence(command.run),
        )
        await self._warm(run)
        if goes_on and stored is not None:
            run.program.restore(stored.snapshot)
            await self._load_slots(run)
        async with run.lock:
            self._runs[run.run] = run
            await self._store.save(RunChange(record=run.record()))
        await self._market.follow(instrument.id, found.plan.timeframe)
        await self._told(run, command.provenance)
        return run.view()

    async def stop(self, command: StopStrategy) -> RunView | None:
        run = self._runs.get(command.run)
        if run is None:
            return None
        async with run.lock:
            run.state = RunState.STOPPED
            run.message = f"stopped by {command.by}"
            for slot in run.open_orders():
                await self._cancel(slot.order, command.provenance, by=command.by)
            await self._store.save(RunChange(record=run.record()))
            if command.flatten and run.program.position != 0:
                step = run.program.flatten()
                await self._act(run, step, Nanos(run.last_bar_ns), command.provenance)
        await self._told(run, command.provenance)
        return run.view()

    async def runs(self) -> tuple[RunView, ...]:
        return tuple(run.view() for _, run in sorted(self._runs.items()))

    async def decisions(self, run: RunId, *, limit: int = 100) -> tuple[Decision, ...]:
        return tuple(decisions.read(each) for each in await self._store.decisions(run, limit=limit))

    # ---- recovery: the only way to begin ----

    async def recover(self) -> None:
        """Bring every stored run back: history, memory, orders; then ask again what risk never answered."""
        for record in await self._store.runs():
            run = await self._restored(record)
            if run is None:
                continue
            self._runs[run.run] = run
            if run.is_deciding:
                await self._market.follow(run.instrument.id, run.plan.timeframe)

    async def resume(self) -> None:
        """After orders and risk have recovered: say again the wishes that were written down but never
        answered."""
        for run in self._runs.values():
            async with run.lock:
                for slot in [each for each in run.open_orders() if each.wish is not None]:
                    await self._ask_again(run, slot)

    async def _restored(self, record: RunRecord) -> Run | None:
        found = check(record.text)
        if found.plan is None:
            return None  # the text of a stored run always checked once; a newer language may refuse it
        instrument = await programs.instrument(found.plan, self._market)
        parameters = programs.parameters(found.plan, record.parameters)
        run = Run(
            run=record.run,
            epoch=record.epoch,
            account=record.account,
            plan=found.plan,
            text=record.text,
            parameters=record.parameters,
            program=programs.live(
                found.plan, instrument, parameters, self._fee_bps(record.account, instrument)
            ),
            instrument=instrument,
            state=RunState(record.state),
            message=record.message,
            started_ns=record.started_ns,
            last_bar_ns=record.last_bar_ns,
            bars_seen=record.bars_seen,
            by=record.by,
            sequence=await self._store.last_sequence(record.run),
        )
        seen, last = run.bars_seen, run.last_bar_ns
        await self._warm(run)
        run.program.restore(record.snapshot)
        run.bars_seen, run.last_bar_ns = max(seen, run.bars_seen), max(last, run.last_bar_ns)
        await self._load_slots(run)
        newest = await self._store.decisions(run.run, limit=1)
        run.last_decision = decisions.read(newest[0]) if newest else None
        return run

    async def _load_slots(self, run: Run) -> None:
        for slot in await self._store.slots(run.run, run.epoch):
            run.slots[slot.order] = slot
            self._of_order[slot.order] = run

    async def _ask_again(self, run: Run, slot: SlotRecord) -> None:
        assert slot.wish is not None
        now_ns = self._clock.now_ns()
        if now_ns - slot.decided_ns > WISH_STALE_AFTER_NS:
            if await self._orders.get(slot.order) is None:
                run.program.ended(slot.slot)
                await self._set_slot(run, slot, is_open=False)
            else:
                await self._set_slot(run, slot, is_open=True)
            return
        wished = from_json_as(slot.wish, SubmitOrder)
        again = SubmitOrder(
            provenance=wished.provenance,
            intent=wished.intent,
            order=wished.order,
            account=wished.account,
            terms=wished.terms,
            source=wished.source,
            deadline_ns=Nanos(now_ns + RISK_ANSWER_MAX_NS),
        )
        verdict = await self._risk.check(again)
        if isinstance(verdict, Refused):
            run.program.ended(slot.slot)
        await self._set_slot(run, slot, is_open=isinstance(verdict, Approved))

    async def _warm(self, run: Run) -> None:
        """Give the program its history. Bars that closed while we were away advance it, and nothing is
        decided on them."""
        wanted = max(run.program.bars_needed * 2, 200)
        bars = await self._market.bars(run.instrument.id, run.plan.timeframe, limit=wanted)
        if len(bars):
            run.program.warm(bars)
            run.last_bar_ns = Nanos(bars.open_ns[-1])
            run.bars_seen = len(bars)
        if run.is_deciding:
            run.state = RunState.RUNNING if run.bars_seen >= run.program.bars_needed else RunState.WARMING

    # ---- instants ----

    async def on_bars(self, batch: Sequence[BarClosed]) -> None:
        for closed in batch:
            if closed.is_late:
                continue
            for run in self._following(closed):
                async with run.lock:
                    await self._close_bar(run, closed)

    async def on_trades(self, batch: Sequence[MarketTrade]) -> None:
        """The first print of a new bar is the open view's instant."""
        for trade in batch:
            for run in list(self._runs.values()):
                if not run.is_deciding or run.instrument.id != trade.instrument:
                    continue
                if not any(rule.view is View.OPEN for rule in run.plan.rules):
                    continue
                open_ns = programs.bar_open_ns(run.plan.timeframe, trade)
                async with run.lock:
                    if open_ns is not None and open_ns > max(run.open_bar_ns, run.last_bar_ns):
                        run.open_bar_ns = open_ns
                        units = run.instrument.price_units(trade.price)
                        run.pending_open = PendingOpen(open_ns, units, trade.received_ns)
                    await self._open_if_due(run, trade.received_ns)

    async def on_order_events(self, batch: Sequence[AnyOrderEvent]) -> None:
        for event in batch:
            run = self._of_order.get(event.order)
            if run is None:
                continue
            async with run.lock:
                await self._follow_order(run, event)

    async def _open_if_due(self, run: Run, now_ns: int) -> None:
        """A bar opens for the program only after the bar before it has closed for it.

        A minute without trades has no bar: then the wait for it ends by time.
        """
        pending = run.pending_open
        if pending is None:
            return
        timeframe = run.plan.timeframe
        is_next = not timeframe.is_intraday or run.last_bar_ns + timeframe.nanos >= pending.open_ns
        if is_next or now_ns - pending.since_ns > OPEN_WAITS_MAX_NS:
            run.pending_open = None
            step = run.program.open_bar(open_ns=pending.open_ns, open_units=pending.open_units)
            await self._act(run, step, Nanos(pending.open_ns), begin(self._names, self._clock.now_ns()))

    def _following(self, closed: BarClosed) -> list[Run]:
        bar = closed.bar
        return [
            run
            for run in self._runs.values()
            if run.is_deciding
            and run.instrument.id == bar.instrument
            and run.plan.timeframe == bar.timeframe
            and bar.open_ns > run.last_bar_ns
        ]

    async def _close_bar(self, run: Run, closed: BarClosed) -> None:
        step = run.program.close_bar(closed.bar)
        run.last_bar_ns = closed.bar.open_ns
        run.bars_seen += 1
        if run.state is RunState.WARMING and run.bars_seen >= run.program.bars_needed:
            run.state = RunState.RUNNING
        await self._act(run, step, closed.bar.open_ns, closed.provenance)
        await self._open_if_due(run, self._clock.now_ns())
        await self._told(run, closed.provenance)

    async def _follow_order(self, run: Run, event: AnyOrderEvent) -> None:
        slot = run.slots[event.order]
        if event.version <= slot.events_seen:
            return
        step = Step(wishes=(), decisions=())
        is_open = slot.is_open
        match event:
            case OrderFilled() | OrderLateFilled():
                fill = event.fill
                step = run.program.fill(
                    slot=slot.slot,
                    side=fill.side,
                    quantity=fill.quantity,
                    price=fill.price,
                    fee=fill.fee.amount + fill.tax.amount,
                    at_ns=fill.venue_ns,
                )
                if isinstance(event, OrderFilled) and event.leaves == 0:
                    is_open = False
            case OrderCancelled() | OrderExpired() | OrderRejected():
                run.program.ended(slot.slot)
                is_open = False
            case _:
                pass
        changed = programs.moved(slot, is_open=is_open, events_seen=event.version, wish=None)
        run.slots[slot.order] = changed
        await self._act(run, step, run.last_bar_ns, event.provenance, also=(changed,))
        if not isinstance(event, OrderFilled) or event.leaves == 0:
            await self._told(run, event.provenance)

    # ---- acting on a step ----

    async def _act(
        self, run: Run, step: Step, bar_ns: Nanos, cause: Provenance, also: tuple[SlotRecord, ...] = ()
    ) -> None:
        """Write the instant down, then let its wishes out: withdrawals, then exits, then entries."""
        now_ns = self._clock.now_ns()
        places = sorted(
            (wish for wish in step.wishes if isinstance(wish, Place)), key=lambda wish: not wish.reduce_only
        )
        commands: list[tuple[Place, SubmitOrder]] = []
        slots: list[SlotRecord] = list(also)
        for wish in places:
            command = wishes.submit(
                run,
                wish,
                provenance=caused_by(cause, self._names, now_ns),
                deadline_ns=Nanos(now_ns + RISK_ANSWER_MAX_NS),
            )
            commands.append((wish, command))
            slot = SlotRecord(
                order=command.order,
                run=run.run,
                slot=wish.slot,
                is_open=True,
                events_seen=0,
                wish=to_json(command),
                decided_ns=now_ns,
            )
            run.slots[slot.order] = slot
            self._of_order[slot.order] = run
            slots.append(slot)
        declined = [why for why in step.decisions if why.outcome == "declined"]
        made = [self._decided(run, bar_ns, why, "declined", None) for why in declined]
        if commands or made or also:
            await self._save(run, slots, made)
        elif step.decisions:
            self._quiet(run, bar_ns, step.decisions)
            await self._save(run, (), ())
        for withdraw in step.wishes:
            if isinstance(withdraw, Withdraw):
                await self._cancel(run.order_id(withdraw.slot), cause, by=run.run)
        for wish, command in commands:
            made.append(await self._ask(run, bar_ns, wish, command))
        if commands:
            await self._save(run, [run.slots[command.order] for _, command in commands], made)
        for each in made:
            provenance = caused_by(cause, self._names, now_ns)
            await self._bus.publish(
                DECISIONS, StrategyDecided(provenance=provenance, run=run.run, decision=each)
            )

    async def _ask(self, run: Run, bar_ns: Nanos, wish: Place, command: SubmitOrder) -> Decision:
        verdict = await self._risk.check(command)
        slot = run.slots[command.order]
        why = Why(
            rule=wish.rule,
            rule_text=wish.rule_text,
            outcome="wish",
            gate="",
            because=wish.because,
            values=wish.values,
        )
        if isinstance(verdict, Refused):
            run.program.ended(wish.slot)
            run.slots[command.order] = programs.moved(slot, is_open=False, wish=None)
            refused = Why(
                rule=wish.rule,
                rule_text=wish.rule_text,
                outcome="declined",
                gate=verdict.control,
                because=f"{wish.because}; refused by {verdict.control}: {verdict.message}",
                values={**wish.values, "limit": verdict.limit, "value": verdict.value},
            )
            return self._decided(run, bar_ns, refused, "refused", command.order)
        # The order's first events may have come while risk was answering: keep what they said.
        run.slots[command.order] = programs.moved(run.slots[command.order], wish=None)
        return self._decided(run, bar_ns, why, "ordered", command.order)

    def _decided(
        self, run: Run, bar_ns: Nanos, why: Why, outcome: str, order: ClientOrderId | None
    ) -> Decision:
        run.sequence += 1
        run.last_decision = decisions.decision(
            run=run.run,
            sequence=run.sequence,
            bar_open_ns=bar_ns,
            at_ns=self._clock.now_ns(),
            why=why,
            outcome=outcome,
            order=order,
        )
        return run.last_decision

    def _quiet(self, run: Run, bar_ns: Nanos, whys: Sequence[Why]) -> None:
        """The newest instant without an act: shown, not kept."""
        run.last_decision = decisions.decision(
            run=run.run,
            sequence=run.sequence,
            bar_open_ns=bar_ns,
            at_ns=self._clock.now_ns(),
            why=whys[0],
            outcome="quiet",
            order=None,
        )

    async def _save(self, run: Run, slots: Sequence[SlotRecord], made: Sequence[Decision]) -> None:
        await self._store.save(
            RunChange(
                record=run.record(),
                slots=tuple(slots),
                decisions=tuple(decisions.stored(each) for each in made),
            )
        )

    async def _set_slot(self, run: Run, slot: SlotRecord, *, is_open: bool) -> None:
        run.slots[slot.order] = programs.moved(slot, is_open=is_open, wish=None)
        await self._save(run, (run.slots[slot.order],), ())

    async def _cancel(self, order: ClientOrderId, cause: Provenance, *, by: str) -> None:
        provenance = caused_by(cause, self._names, self._clock.now_ns())
        await self._orders.cancel(CancelOrder(provenance=provenance, order=order, by=by))

    async def _told(self, run: Run, cause: Provenance) -> None:
        provenance = caused_by(cause, self._names, self._clock.now_ns())
        await self._bus.publish(
            STRATEGIES, StrategyChanged(provenance=provenance, run=run.run, view=run.view())
        )
