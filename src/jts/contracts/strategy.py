"""What strategy says: which programs run, what they decided last, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from jts.domain.market.timeframe import Timeframe
from jts.domain.values import AccountId, ClientOrderId, InstrumentId, Nanos, Provenance, RunId


class RunState(StrEnum):
    """`warming`: not enough history yet. `failed`: it stopped on an error, shown in `message`."""

    WARMING = "warming"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartStrategy:
    """Run this program on this account. `text` is the whole source; parameters override its defaults by
    name."""

    provenance: Provenance
    run: RunId
    account: AccountId
    text: str
    parameters: dict[str, str] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStrategy:
    """Stop deciding. Working orders of the run are cancelled; its position is kept unless `flatten`."""

    provenance: Provenance
    run: RunId
    by: str = ""
    flatten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticView:
    """One finding of the checker, as in `jts check --json`: a code such as J202, a place, and what to do."""

    code: str
    severity: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    excerpt: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """Why a program was not started: its diagnostics, or one reason."""

    run: RunId
    reason: str
    diagnostics: tuple[DiagnosticView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a program made of one instant. `outcome`: ordered, refused, declined (a gate said no), or quiet.

    `values` are the operands of the clause that decided, name -> text. `rule` is the source line.
    """

    run: RunId
    sequence: int
    bar_open_ns: Nanos
    at_ns: Nanos
    outcome: str
    rule: str
    because: str
    values: dict[str, str]
    orders: tuple[ClientOrderId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One strategy as the page shows it."""

    run: RunId
    name: str
    account: AccountId
    instrument: InstrumentId
    timeframe: Timeframe
    state: RunState
    message: str
    plan: str
    text: str
    parameters: dict[str, str]
    started_ns: Nanos
    bars_seen: int
    bars_needed: int
    quantity: str
    realised: str
    last_decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDecided:
    """Published for every decision that is not quiet, and for the newest quiet one at most once a bar."""

    provenance: Provenance
    run: RunId
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyChanged:
    provenance: Provenance
    run: RunId
    view: RunView


class Strategies(Protocol):
    async def check(self, text: str) -> tuple[DiagnosticView, ...]:
        """The checker's findings for a program text; empty means it may run."""
        ...

    async def start(self, command: StartStrategy) -> RunView | NotStarted: ...

    async def stop(self, command: StopStrategy) -> RunView | None:
        """None if no run has this name."""
        ...

    async def runs(self) -> tuple[RunView, ...]: ...

    async def decisions(self, run: RunId, *, limit: int = 100) -> tuple[Decision, ...]:
        """Newest first; quiet instants are not kept."""
        ...
