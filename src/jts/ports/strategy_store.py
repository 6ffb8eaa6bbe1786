"""Where strategy runs are kept: their programs, their memory, their orders, their decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jts.domain.values import AccountId, ClientOrderId, Nanos, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as stored. `epoch` counts fresh starts of this name, so that order ids never repeat.

    `snapshot` is the program's memory after the bar `last_bar_ns` and all order events in `seen`.
    """

    run: RunId
    epoch: int
    account: AccountId
    text: str
    plan: str
    parameters: dict[str, str]
    state: str
    message: str
    started_ns: Nanos
    last_bar_ns: Nanos
    bars_seen: int
    snapshot: bytes
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """One order wish of a run: which slot of the program it fills, and whether it may still be working.

    `wish` is the SubmitOrder in JSON form until risk has answered, so that a crash in between can ask again.
    """

    order: ClientOrderId
    run: RunId
    slot: int
    is_open: bool
    is_exit: bool
    events_seen: int
    wish: bytes | None
    decided_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One decision that was not quiet. `body` is JSON."""

    run: RunId
    sequence: int
    at_ns: Nanos
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """What one instant changed about a run; written in one transaction or not at all."""

    record: RunRecord
    slots: tuple[SlotRecord, ...] = ()
    decisions: tuple[DecisionRecord, ...] = field(default=())


class StrategyStore(Protocol):
    async def save(self, change: RunChange) -> None: ...

    async def runs(self) -> tuple[RunRecord, ...]: ...

    async def slots(self, run: RunId, epoch: int) -> Sequence[SlotRecord]:
        """The open slots of this epoch and the newest closed ones, by slot number."""
        ...

    async def decisions(self, run: RunId, *, limit: int) -> Sequence[DecisionRecord]:
        """Newest first."""
        ...

    async def last_sequence(self, run: RunId) -> int: ...
