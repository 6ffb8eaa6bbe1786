"""One strategy at work: its program, its place in time, and which of its orders are where."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from jts.contracts.strategy import Decision, RunState, RunView
from jts.domain.instruments.instrument import Instrument
from jts.domain.risk.verdict import SubmitOrder
from jts.domain.values import AccountId, ClientOrderId, Nanos, RunId
from jts.language.evaluate.live import LiveProgram
from jts.language.plan import Plan
from jts.ports.strategy_store import RunRecord, SlotRecord

CLOSED_SLOTS_KEPT = 500


@dataclass(frozen=True, slots=True)
class PendingOpen:
    """A bar has opened, but the bar before it has not been told as closed yet. `since_ns` is our instant."""

    open_ns: int
    open_units: int
    since_ns: int


@dataclass(frozen=True, slots=True)
class Held:
    """An exit that has not left: it waits for these orders to end, or (waiting for none) for its price."""

    command: SubmitOrder
    waits_for: frozenset[ClientOrderId]


@dataclass(slots=True, kw_only=True)
class Run:
    """The only mutable thing of the strategy service. `lock` makes its instants follow one another."""

    run: RunId
    epoch: int
    account: AccountId
    plan: Plan
    text: str
    parameters: dict[str, str]
    program: LiveProgram
    instrument: Instrument
    state: RunState
    message: str
    started_ns: Nanos
    last_bar_ns: Nanos
    bars_seen: int
    by: str
    sequence: int
    cash_at_start: Decimal
    slots: dict[ClientOrderId, SlotRecord] = field(default_factory=dict)
    held: dict[ClientOrderId, Held] = field(default_factory=dict)
    last_decision: Decision | None = None
    open_bar_ns: int = 0
    pending_open: PendingOpen | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_deciding(self) -> bool:
        return self.state in (RunState.WARMING, RunState.RUNNING)

    def order_id(self, slot: int) -> ClientOrderId:
        """Our name for the order of a slot: the run, its epoch, the slot. The same again after a replay."""
        return ClientOrderId(f"{self.run}.{self.epoch}.{slot}")

    def open_slots(self) -> tuple[SlotRecord, ...]:
        return tuple(slot for slot in self.slots.values() if slot.is_open)

    def exits_beside(self, order: ClientOrderId) -> tuple[SlotRecord, ...]:
        """The other open orders of this run that reduce its position."""
        return tuple(each for each in self.open_slots() if each.is_exit and each.order != order)

    def forget_old(self) -> None:
        """Keep the open orders and the newest closed ones: a late fill still finds its slot."""
        closed = [each for each in self.slots.values() if not each.is_open]
        for each in closed[: max(0, len(closed) - CLOSED_SLOTS_KEPT)]:
            del self.slots[each.order]

    @property
    def realised(self) -> Decimal:
        """What the run has earned so far, fees included, with its present position at cost."""
        return self.program.cash + self.program.bought - self.cash_at_start

    def record(self) -> RunRecord:
        return RunRecord(
            run=self.run,
            epoch=self.epoch,
            account=self.account,
            text=self.text,
            plan=self.plan.hash,
            parameters=self.parameters,
            state=self.state,
            message=self.message,
            started_ns=self.started_ns,
            last_bar_ns=self.last_bar_ns,
            bars_seen=self.bars_seen,
            snapshot=self.program.snapshot(),
            by=self.by,
        )

    def view(self) -> RunView:
        return RunView(
            run=self.run,
            name=self.plan.name,
            account=self.account,
            instrument=self.instrument.id,
            timeframe=self.plan.timeframe,
            state=self.state,
            message=self.message,
            plan=self.plan.hash,
            text=self.text,
            parameters=self.parameters,
            started_ns=self.started_ns,
            bars_seen=self.bars_seen,
            bars_needed=self.program.bars_needed,
            quantity=f"{self.program.position:f}",
            realised=f"{self.realised:f}",
            last_decision=self.last_decision,
        )
