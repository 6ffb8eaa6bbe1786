"""Where risk keeps what it decided, what it reserved, and the latch of the kill switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from jts.domain.risk.exposure import Exposure, Fact
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder
from jts.domain.values import AccountId, InstrumentId, IntentId, Nanos, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a decision needs to know of the past. `fingerprint` is equal for orders that a person would call
    the same; `rate` is how many approvals in a second are allowed (the instant of that many back is
    wanted)."""

    account: AccountId
    intent: IntentId
    fingerprint: str
    rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer an intent got before: for which order, and which; `verdict` None once it is forgotten."""

    digest: str
    verdict: Approved | Refused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account at the instant of a decision; no other decision on it is under way.

    `same_order_ns`: when an order of the asked fingerprint was last approved. `busy_ns`: when the `rate`-th
    newest approval of the account was given, None if there are fewer.
    """

    exposure: Exposure
    kill: KillState
    answered: Answered | None
    same_order_ns: Nanos | None
    busy_ns: Nanos | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What was decided, and what is to be kept of it.

    `exposure` is the account's after the decision. `is_answer`: this verdict is what the intent will be
    answered from now on. `is_repeat`: it was decided before, nothing is written. `provenance` is that of the
    outgoing message: the approved command, or the refusal.
    """

    command: SubmitOrder
    digest: str
    verdict: Approved | Refused
    exposure: Exposure
    provenance: Provenance
    is_answer: bool = True
    is_repeat: bool = False


class RiskStore(Protocol):
    """One account, one decision at a time. Every method that writes is one transaction, durable on return.

    Errors of all methods: OutsideError if the store fails; then nothing of the call was kept.
    """

    async def decide(self, asking: Asking, rule: Callable[[Standing], Ruling]) -> Ruling:
        """Read the account's standing, rule, and keep the ruling: the verdict, the exposure with its
        reservation, the fact in the book, and the outgoing message. `rule` is pure and does not wait."""
        ...

    async def follow(self, facts: Sequence[Fact]) -> Mapping[AccountId, Exposure]:
        """Apply what happened, each keyed fact once for ever; the exposures of the accounts named."""
        ...

    async def begin_day(self, day: str, marks: Mapping[InstrumentId, Decimal]) -> None:
        """Take the day's starting equity of every account that has not taken it yet."""
        ...

    async def latch(
        self, change: Callable[[KillState], KillState], provenance: Provenance
    ) -> tuple[KillState, bool]:
        """The kill state after the change, and whether it moved. If it moved, that is kept and told."""
        ...

    async def kill_state(self) -> KillState: ...

    async def exposures(self) -> tuple[Exposure, ...]:
        """Every account risk has heard of, by name."""
        ...

    async def exposure(self, account: AccountId) -> Exposure:
        """An account nobody has paid into is an empty one."""
        ...

    async def approvals(self, account: AccountId, *, since_ns: Nanos) -> int:
        """How many orders were approved after the instant."""
        ...

    async def forget(self, *, before_ns: Nanos) -> int:
        """Drop the texts of answers older than the instant, some at a time; how many. The intents stay
        used: asking with one again is refused, since its order may still be in the book."""
        ...
