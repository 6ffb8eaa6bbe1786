"""A keeper of `RiskStore` in memory: what the port promises, in its shortest words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from jts.domain.risk.exposure import Exposure, Fact, after, fact_key, new_day
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.verdict import Approved
from jts.domain.values import AccountId, InstrumentId, IntentId, Nanos, Provenance
from jts.ports.risk_store import Answered, Asking, Ruling, Standing


class InMemoryRiskStore:
    """One call at a time, since nothing in it waits."""

    def __init__(self) -> None:
        self._exposures: dict[AccountId, Exposure] = {}
        self._answers: dict[tuple[AccountId, IntentId], Answered] = {}
        self._answered_ns: dict[tuple[AccountId, IntentId], Nanos] = {}
        self._approvals: list[tuple[AccountId, str, Nanos]] = []
        self._booked: set[tuple[AccountId, str]] = set()
        self._kill = KillState(engaged=False)

    async def decide(self, asking: Asking, rule: Callable[[Standing], Ruling]) -> Ruling:
        here = sorted((at for a, _, at in self._approvals if a == asking.account), reverse=True)
        same = [at for a, f, at in self._approvals if (a, f) == (asking.account, asking.fingerprint)]
        before = await self.exposure(asking.account)
        ruling = rule(
            Standing(
                exposure=before,
                kill=self._kill,
                answered=self._answers.get((asking.account, asking.intent)),
                same_order_ns=max(same, default=None),
                busy_ns=here[asking.rate - 1] if len(here) >= asking.rate else None,
            )
        )
        if ruling.is_repeat:
            return ruling
        if ruling.is_answer:
            name = (asking.account, asking.intent)
            self._answers[name] = Answered(digest=ruling.digest, verdict=ruling.verdict)
            self._answered_ns[name] = ruling.provenance.at_ns
            if isinstance(ruling.verdict, Approved):
                self._approvals.append((asking.account, asking.fingerprint, ruling.provenance.at_ns))
        if ruling.exposure is not before:
            self._exposures[asking.account] = ruling.exposure
        return ruling

    async def follow(self, facts: Sequence[Fact]) -> Mapping[AccountId, Exposure]:
        for fact in facts:
            key = fact_key(fact)
            before = await self.exposure(fact.account)
            if key is None or (fact.account, key) not in self._booked:
                now = after(before, fact)
                if now is not before:
                    self._exposures[fact.account] = now
            if key is not None:
                self._booked.add((fact.account, key))
        return {fact.account: await self.exposure(fact.account) for fact in facts}

    async def begin_day(self, day: str, marks: Mapping[InstrumentId, Decimal]) -> None:
        self._exposures = {a: new_day(e, day, marks) for a, e in self._exposures.items()}

    async def latch(
        self, change: Callable[[KillState], KillState], provenance: Provenance
    ) -> tuple[KillState, bool]:
        before, self._kill = self._kill, change(self._kill)
        return self._kill, self._kill != before

    async def kill_state(self) -> KillState:
        return self._kill

    async def exposures(self) -> tuple[Exposure, ...]:
        return tuple(self._exposures[account] for account in sorted(self._exposures))

    async def exposure(self, account: AccountId) -> Exposure:
        return self._exposures.get(account) or Exposure(account=account)

    async def approvals(self, account: AccountId, *, since_ns: Nanos) -> int:
        return sum(a == account and at > since_ns for a, _, at in self._approvals)

    async def forget(self, *, before_ns: Nanos) -> int:
        due = [n for n, at in self._answered_ns.items() if at < before_ns and self._answers[n].verdict]
        for name in due:
            self._answers[name] = Answered(digest=self._answers[name].digest, verdict=None)
        return len(due)
