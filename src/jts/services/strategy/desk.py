"""Where a program's wishes become orders: written down first, exits before entries, one exit at a time.

All exits of a run form one group: together they never offer more than the run holds. The venue knows one of
them at a
time (a stop goes before a target, because it limits loss); a target is watched here and sent when the market
reaches
it; an exit that takes another's place is sent after the other's end was confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jts.contracts.json_form import from_json_as, to_json
from jts.contracts.market_data import MarketData
from jts.contracts.orders import CancelOrder, NothingToCancel, Orders
from jts.contracts.risk import Risk
from jts.contracts.strategy import Decision, StrategyDecided
from jts.contracts.topics import DECISIONS
from jts.domain.market.prices import MarketTrade, SessionState
from jts.domain.orders.terms import OrderKind
from jts.domain.risk.verdict import Refused, SubmitOrder
from jts.domain.values import ClientOrderId, Nanos, Provenance, Quantity, Side
from jts.language.evaluate.live import Place, Step, Withdraw
from jts.language.evaluate.why import Why
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, caused_by
from jts.ports.strategy_store import RunChange, SlotRecord, StrategyStore
from jts.services.strategy import decisions, programs, wishes
from jts.services.strategy.run import Held, Run

RISK_ANSWER_MAX_NS = 100_000_000
"""How long risk may take to begin answering (design 5): later means refused."""

ENTRY_STALE_AFTER_NS = 10_000_000_000
"""An entry that risk never answered is said again after a restart only while it is younger than this."""

NOTHING_HELD = "flat"
"""The gate of an exit whose condition holds while there is nothing to close: no signal was declined."""


class Desk:
    """Acts for every run. The caller holds the run's lock."""

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
    ) -> None:
        self._store = store
        self._risk = risk
        self._orders = orders
        self._market = market
        self._bus = bus
        self._clock = clock
        self._names = names

    async def act(
        self, run: Run, step: Step, bar_ns: Nanos, cause: Provenance, also: tuple[SlotRecord, ...] = ()
    ) -> None:
        """Write the instant down, then let its wishes out: withdrawals, then exits, then entries."""
        now_ns = self._clock.now_ns()
        asked = await self._commands(run, step, cause, now_ns)
        made = [
            self._decided(run, bar_ns, why, "declined", None)
            for why in step.decisions
            if why.outcome == "declined" and why.gate != NOTHING_HELD
        ]
        if asked or made or also:
            await self._save(run, [*also, *(run.slots[command.order] for _, command in asked)], made)
        elif step.decisions:
            self._quiet(run, bar_ns, step)
            await self._save(run, (), ())
        for withdraw in step.wishes:
            if isinstance(withdraw, Withdraw):
                await self.withdraw(run, run.order_id(withdraw.slot), cause, by=run.run)
        for place, command in asked:
            made += await self._let_out(run, bar_ns, place, command)
        if asked:
            await self._save(run, [run.slots[command.order] for _, command in asked], made)
        for each in made:
            provenance = caused_by(cause, self._names, now_ns)
            await self._bus.publish(
                DECISIONS, StrategyDecided(provenance=provenance, run=run.run, decision=each)
            )

    async def is_closed(self, run: Run) -> bool:
        """Whether the market of this run is between two sessions."""
        reference = await self._market.reference(run.instrument.id)
        return reference is not None and reference.session is SessionState.CLOSED

    async def withdraw(self, run: Run, order: ClientOrderId, cause: Provenance, *, by: str) -> None:
        """End an order of this run: one that never left is simply dropped, others are cancelled."""
        slot = run.slots.get(order)
        if slot is None or not slot.is_open:
            return
        if order in run.held:
            del run.held[order]
            await self.close(run, slot)
            return
        provenance = caused_by(cause, self._names, self._clock.now_ns())
        await self._orders.cancel(CancelOrder(provenance=provenance, order=order, by=by))

    async def close(self, run: Run, slot: SlotRecord) -> None:
        """This slot's order has ended, or never was."""
        run.slots[slot.order] = programs.moved(slot, is_open=False, wish=None)
        await self._save(run, (run.slots[slot.order],), ())

    async def send_now(self, run: Run, command: SubmitOrder, slot: SlotRecord) -> None:
        """An order that no program wished: a person flattens the run."""
        run.slots[slot.order] = slot
        await self._save(run, (slot,), ())
        await self._after_the_others(run, command)

    async def resume(self, run: Run) -> None:
        """After a restart: say again what was written down and never answered. Old entries are let go."""
        for slot in [each for each in run.open_slots() if each.wish is not None]:
            assert slot.wish is not None
            wished = from_json_as(slot.wish, SubmitOrder)
            is_known = await self._orders.get(slot.order) is not None
            is_old = self._clock.now_ns() - slot.decided_ns > ENTRY_STALE_AFTER_NS
            if is_known:
                run.slots[slot.order] = programs.moved(slot, wish=None)
                await self._save(run, (run.slots[slot.order],), ())
            elif is_old and not wished.terms.reduce_only:
                run.program.ended(slot.slot)
                await self.close(run, slot)
            else:
                await self._let_out(run, run.last_bar_ns, None, wished)
                await self._save(run, (run.slots[slot.order],), ())

    async def on_trade(self, run: Run, trade: MarketTrade) -> None:
        """A target that the market reaches takes the place of the stop."""
        for held in list(run.held.values()):
            price = held.command.terms.limit_price
            if held.waits_for or price is None:
                continue
            is_sell = held.command.terms.side is Side.SELL
            if trade.price >= price if is_sell else trade.price <= price:
                await self._after_the_others(run, held.command)

    async def on_ended(self, run: Run, order: ClientOrderId) -> None:
        """An order has ended: an exit that waited for it may go, if there is still something to close."""
        for held in list(run.held.values()):
            if order not in held.waits_for:
                continue
            left = held.waits_for - {order}
            run.held[held.command.order] = Held(held.command, left)
            if not left:
                await self._go(run, held.command)

    # ---- private, in the order they are called ----

    async def _commands(
        self, run: Run, step: Step, cause: Provenance, now_ns: Nanos
    ) -> list[tuple[Place, SubmitOrder]]:
        """The step's wishes as commands, exits first and among them stops first; each in its slot."""
        places = [wish for wish in step.wishes if isinstance(wish, Place)]
        is_closed = bool(places) and await self.is_closed(run)
        places.sort(key=lambda wish: (not wish.reduce_only, wish.kind is OrderKind.LIMIT))
        asked = []
        for place in places:
            command = wishes.submit(
                run,
                place,
                provenance=caused_by(cause, self._names, now_ns),
                deadline_ns=Nanos(now_ns + RISK_ANSWER_MAX_NS),
                is_closed=is_closed,
            )
            run.slots[command.order] = SlotRecord(
                order=command.order,
                run=run.run,
                slot=place.slot,
                is_open=True,
                is_exit=place.reduce_only,
                events_seen=0,
                wish=to_json(command),
                decided_ns=now_ns,
            )
            asked.append((place, command))
        return asked

    async def _let_out(
        self, run: Run, bar_ns: Nanos, place: Place | None, command: SubmitOrder
    ) -> list[Decision]:
        """Ask risk, or hold the exit back until its turn. Returns what was decided."""
        others = run.exits_beside(command.order) if command.terms.reduce_only else ()
        if others:
            if command.terms.kind is OrderKind.LIMIT:
                run.held[command.order] = Held(command, frozenset())
            else:
                await self._after_the_others(run, command)
            return [self._told(run, bar_ns, place, command, None)] if place else []
        verdict = await self._ask(run, command)
        return [self._told(run, bar_ns, place, command, verdict)] if place else []

    async def _after_the_others(self, run: Run, command: SubmitOrder) -> None:
        """Cancel the other exits, and send this one when the last of them has ended."""
        waits_for = frozenset(
            [each.order for each in run.exits_beside(command.order) if each.order not in run.held]
        )
        for held in [order for order in run.held if order != command.order]:
            if command.terms.kind is OrderKind.MARKET:
                await self.withdraw(run, held, command.provenance, by=run.run)
        run.held[command.order] = Held(command, waits_for)
        for order in waits_for:
            provenance = caused_by(command.provenance, self._names, self._clock.now_ns())
            answer = await self._orders.cancel(CancelOrder(provenance=provenance, order=order, by=run.run))
            if isinstance(answer, NothingToCancel) and answer.order is None:
                # Nobody knows it, so no event will ever tell of its end; others' ends are on their way.
                await self.on_ended(run, order)
        if not waits_for:
            await self._go(run, command)

    async def _go(self, run: Run, command: SubmitOrder) -> None:
        """Its turn has come: send what the run still holds, or nothing."""
        run.held.pop(command.order, None)
        slot = run.slots[command.order]
        left = min(command.terms.quantity, abs(run.program.position))
        if left <= 0:
            run.program.ended(slot.slot)
            await self.close(run, slot)
            return
        verdict = await self._ask(
            run, replace(command, terms=replace(command.terms, quantity=Quantity(left)))
        )
        await self._save(run, (run.slots[command.order],), ())
        if isinstance(verdict, Refused):
            why = Why(
                rule=-1,
                rule_text=command.source.rule,
                outcome="declined",
                gate=verdict.control,
                because=f"{command.source.because}; refused by {verdict.control}: {verdict.message}",
                values=dict(command.source.values),
            )
            made = self._decided(run, run.last_bar_ns, why, "refused", command.order)
            await self._save(run, (), (made,))
            provenance = caused_by(command.provenance, self._names, self._clock.now_ns())
            await self._bus.publish(
                DECISIONS, StrategyDecided(provenance=provenance, run=run.run, decision=made)
            )

    async def _ask(self, run: Run, command: SubmitOrder) -> object:
        deadline_ns = Nanos(self._clock.now_ns() + RISK_ANSWER_MAX_NS)
        verdict = await self._risk.check(replace(command, deadline_ns=deadline_ns))
        # The order's first events may have come while risk was answering: keep what they said.
        slot = run.slots[command.order]
        if isinstance(verdict, Refused):
            run.program.ended(slot.slot)
            run.slots[command.order] = programs.moved(slot, is_open=False, wish=None)
        else:
            run.slots[command.order] = programs.moved(slot, wish=None)
        return verdict

    def _told(self, run: Run, bar_ns: Nanos, place: Place, command: SubmitOrder, verdict: object) -> Decision:
        if isinstance(verdict, Refused):
            refused = Why(
                rule=place.rule,
                rule_text=place.rule_text,
                outcome="declined",
                gate=verdict.control,
                because=f"{place.because}; refused by {verdict.control}: {verdict.message}",
                values={**place.values, "limit": verdict.limit, "value": verdict.value},
            )
            return self._decided(run, bar_ns, refused, "refused", command.order)
        why = Why(
            rule=place.rule,
            rule_text=place.rule_text,
            outcome="wish",
            gate="",
            because=place.because,
            values=place.values,
        )
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

    def _quiet(self, run: Run, bar_ns: Nanos, step: Step) -> None:
        """The newest instant without an act: shown, not kept."""
        run.last_decision = decisions.decision(
            run=run.run,
            sequence=run.sequence,
            bar_open_ns=bar_ns,
            at_ns=self._clock.now_ns(),
            why=step.decisions[0],
            outcome="quiet",
            order=None,
        )

    async def _tell(self, run: Run, made: Decision, cause: Provenance) -> None:
        provenance = caused_by(cause, self._names, self._clock.now_ns())
        await self._bus.publish(DECISIONS, StrategyDecided(provenance=provenance, run=run.run, decision=made))

    async def _save(self, run: Run, slots: Sequence[SlotRecord], made: Sequence[Decision]) -> None:
        await self._store.save(
            RunChange(
                record=run.record(),
                slots=tuple(slots),
                decisions=tuple(decisions.stored(each) for each in made),
            )
        )
