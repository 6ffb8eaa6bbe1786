"""What risk says: yes and reserved, or no and why; and the kill switch."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder
from jts.domain.values import AccountId, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class EngageKill:
    """Freeze, cancel, flatten: any of the acts, on one account or on all (None). A repeat changes nothing."""

    provenance: Provenance
    acts: tuple[KillAct, ...]
    by: str
    reason: str
    account: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetKill:
    """A named person lets trading begin again."""

    provenance: Provenance
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KillChanged:
    """The latch moved. Orders reads the acts and cancels or flattens."""

    provenance: Provenance
    state: KillState


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused:
    """Risk said no to a command."""

    provenance: Provenance
    command: SubmitOrder
    refused: Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One control as a person reads it: what is used, what is reserved by open and unknown orders, and the
    limit.

    Texts carry their unit, e.g. `12,400,000 KRW`. `share` is (used + reserved) / limit, None where there is
    no ratio.
    """

    control: str
    account: AccountId
    subject: str
    limit: str
    used: str
    reserved: str
    share: Decimal | None


class Risk(Protocol):
    async def check(self, command: SubmitOrder) -> Approved | Refused:
        """Check and reserve in one transaction. The approved command leaves for orders with that same
        transaction.

        Asking again with the same intent returns the first answer; the same intent with other terms is
        Refused
        by control `idempotency`. Late by `deadline_ns`: Refused by control `deadline`.
        """
        ...

    async def engage(self, command: EngageKill) -> KillState: ...

    async def reset(self, command: ResetKill) -> KillState: ...

    async def kill_state(self) -> KillState: ...

    async def gauges(self, account: AccountId | None = None) -> tuple[Gauge, ...]: ...
