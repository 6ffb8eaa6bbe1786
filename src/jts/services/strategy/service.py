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

from jts.contracts.json_form import to_json
from jts.contracts.market_data import BarClosed, MarketData
from jts.contracts.notifications import Notice, Severity
from jts.contracts.orders import Orders
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
)
from jts.contracts.topics import NOTICES, STRATEGIES
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
from jts.domain.values import AccountId, BadInput, ClientOrderId, Nanos, Provenance, RunId
from jts.language.check import check
from jts.language.evaluate.live import Step
from jts.language.plan import View
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, begin, caused_by
from jts.ports.strategy_store import RunChange, RunRecord, SlotRecord, StrategyStore
from jts.services.strategy import decisions, programs
from jts.services.strategy.desk import Desk
from jts.services.strategy.run import PendingOpen, Run
from jts.services.strategy.wishes import FLATTEN_SLOT, flatten_order

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
        self._orders = orders
        self._market = market
        self._bus = bus
        self._clock = clock
        self._names = names
        self._fee_bps = fee_bps
        self._accounts = accounts
        self._desk = Desk(
            store=store, risk=risk, orders=orders, market=market, bus=bus, clock=clock, names=names
        )
        self._runs: dict[RunId, Run] = {}

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
            cash_at_start=programs.cash(found.plan, instrument),
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
            await self._store.save(RunChange(record=run.record()))
            for slot in run.open_slots():
                if not (command.flatten and slot.is_exit):
                    await self._desk.withdraw(run, slot.order, command.provenance, by=command.by)
            if command.flatten and run.program.position != 0:
                await self._flatten(run, command)
        await self._told(run, command.provenance)
        return run.view()

    async def _flatten(self, run: Run, command: StopStrategy) -> None:
        """Close what the run holds with one market order. When it has filled, the run forgets and is new."""
        now_ns = self._clock.now_ns()
        cause = caused_by(command.provenance, self._names, now_ns)
        order = flatten_order(run, command.by, cause, is_closed=await self._desk.is_closed(run))
        if order.order in run.slots and run.slots[order.order].is_open:
            return
        slot = SlotRecord(
            order=order.order,
            run=run.run,
            slot=FLATTEN_SLOT,
            is_open=True,
            is_exit=True,
            events_seen=0,
            wish=to_json(order),
            decided_ns=now_ns,
        )
        await self._desk.send_now(run, order, slot)

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
                await self._desk.resume(run)

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
            cash_at_start=programs.cash(found.plan, instrument),
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
                if run.held:
                    async with run.lock:
                        await self._desk.on_trade(run, trade)
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
            run = self._run_of(event.order)
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
            step = await self._think(
                run, lambda: run.program.open_bar(open_ns=pending.open_ns, open_units=pending.open_units)
            )
            await self._desk.act(run, step, Nanos(pending.open_ns), begin(self._names, self._clock.now_ns()))

    async def _think(self, run: Run, ask: Callable[[], Step]) -> Step:
        """Let the program think. One that breaks is stopped and said aloud; the others go on.

        Its orders stay as they are: a stop that rests at the venue still protects what it holds.
        """
        try:
            return ask()
        except Exception as error:  # whatever a program may do wrong is its own trouble, not the platform's
            run.state = RunState.FAILED
            run.message = f"the program broke: {str(error).splitlines()[0]}"
            text = (
                f"{run.run} stopped itself: {run.message}. Its position and its resting orders are as they "
                "were; look at them, mend the program, and start it again."
            )
            now_ns = self._clock.now_ns()
            notice = Notice(
                provenance=begin(self._names, now_ns),
                severity=Severity.CRITICAL,
                subject="strategy_failed",
                text=text,
                values={"run": run.run, "instrument": run.instrument.id},
            )
            await self._bus.publish(NOTICES, notice)
            return Step()

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
        step = await self._think(run, lambda: run.program.close_bar(closed.bar))
        run.last_bar_ns = closed.bar.open_ns
        run.bars_seen += 1
        if run.state is RunState.WARMING and run.bars_seen >= run.program.bars_needed:
            run.state = RunState.RUNNING
        await self._desk.act(run, step, closed.bar.open_ns, closed.provenance)
        await self._open_if_due(run, self._clock.now_ns())
        await self._told(run, closed.provenance)

    async def _follow_order(self, run: Run, event: AnyOrderEvent) -> None:
        slot = run.slots[event.order]
        if event.version <= slot.events_seen:
            return
        step, is_open = Step(wishes=(), decisions=()), slot.is_open
        is_ours = slot.slot != FLATTEN_SLOT
        match event:
            case OrderFilled() | OrderLateFilled() if is_ours:
                told = programs.fill_fields(event.fill)
                step = await self._think(run, lambda: run.program.fill(slot=slot.slot, **told))
                is_open = is_open and not (isinstance(event, OrderFilled) and event.leaves == 0)
            case OrderFilled() if event.leaves == 0:
                is_open = False
            case OrderCancelled() | OrderExpired() | OrderRejected():
                is_open = False
                if is_ours:
                    run.program.ended(slot.slot)
            case _:
                pass
        changed = programs.moved(slot, is_open=is_open, events_seen=event.version, wish=None)
        run.slots[slot.order] = changed
        await self._desk.act(run, step, run.last_bar_ns, event.provenance, also=(changed,))
        if slot.is_open and not is_open:
            await self._desk.on_ended(run, slot.order)
            if not is_ours and isinstance(event, OrderFilled):
                await self._begin_anew(run)
            await self._told(run, event.provenance)

    async def _begin_anew(self, run: Run) -> None:
        """After a flatten the run holds nothing and remembers nothing; its name lives on in a new epoch."""
        fee_bps = self._fee_bps(run.account, run.instrument)
        parameters = programs.parameters(run.plan, run.parameters)
        run.program = programs.live(run.plan, run.instrument, parameters, fee_bps)
        run.epoch += 1
        run.slots.clear()
        run.held.clear()
        await self._store.save(RunChange(record=run.record()))

    def _run_of(self, order: ClientOrderId) -> Run | None:
        """Ids begin with the name of their run."""
        run = self._runs.get(RunId(order.split(".", 1)[0]))
        return run if run is not None and order in run.slots else None

    async def _told(self, run: Run, cause: Provenance) -> None:
        provenance = caused_by(cause, self._names, self._clock.now_ns())
        await self._bus.publish(
            STRATEGIES, StrategyChanged(provenance=provenance, run=run.run, view=run.view())
        )
