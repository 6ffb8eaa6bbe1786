"""What a program made of an instant, as it is kept and shown. Pure."""

from __future__ import annotations

import msgspec

from jts.contracts.strategy import Decision
from jts.domain.values import ClientOrderId, Nanos, RunId
from jts.language.evaluate.live import Why
from jts.ports.strategy_store import DecisionRecord, RunRecord


def decision(
    *, run: RunId, sequence: int, bar_open_ns: Nanos, at_ns: Nanos, why: Why, outcome: str, order: str | None
) -> Decision:
    """One decision of a run. `outcome`: ordered, refused, declined or quiet."""
    return Decision(
        run=run,
        sequence=sequence,
        bar_open_ns=bar_open_ns,
        at_ns=at_ns,
        outcome=outcome,
        rule=why.rule_text,
        because=why.because,
        values=dict(why.values),
        orders=(ClientOrderId(order),) if order else (),
    )


def stored(decision: Decision) -> DecisionRecord:
    return DecisionRecord(
        run=decision.run,
        sequence=decision.sequence,
        at_ns=decision.at_ns,
        body=msgspec.json.encode(msgspec.to_builtins(decision)),
    )


def read(record: DecisionRecord) -> Decision:
    return msgspec.convert(msgspec.json.decode(record.body), Decision)


def is_same_program(record: RunRecord, plan_hash: str, parameters: dict[str, str]) -> bool:
    """Whether a stopped run may go on where it was: same meaning, same parameters."""
    return record.plan == plan_hash and record.parameters == parameters
