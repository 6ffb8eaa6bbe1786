"""Risk's answer to one wish, from its account's standing: the only place where an approval is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.prices import ReferencePrice
from jts.domain.risk.breach import Breach
from jts.domain.risk.controls.first_breach import CONTROLS, Control, first_breach
from jts.domain.risk.exposure import new_day, reserve
from jts.domain.risk.limits import Limits
from jts.domain.risk.question import Question
from jts.domain.risk.verdict import Approval, Approved, Refused, SubmitOrder, order_digest, sign
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, MessageId, Nanos
from jts.ports.risk_store import Ruling, Standing

# Long enough for a busy disk between here and the broker, short enough that no price has gone far.
APPROVAL_LIFE_NS = 2 * NANOS_PER_SECOND

# Refusals which say nothing about the wish itself: the intent keeps the answer it has, or stays free to be
# asked again.
_LEAVES_INTENT_ALONE = frozenset({"idempotency", "deadline", "authority"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One command with what was learnt for it before the decision. `message_id` will name the answer,
    `approval_id` the approval, should there be one."""

    command: SubmitOrder
    limits: Limits | None
    instrument: Instrument | None
    reference: ReferencePrice | None
    marks: Mapping[InstrumentId, Decimal]
    fee_rate: Decimal
    message_id: MessageId
    approval_id: str
    controls: tuple[Control, ...] = CONTROLS


def answer(wish: Wish, standing: Standing, *, now_ns: Nanos, key: bytes) -> Ruling:
    """Yes, signed and reserved for; or no, with the control that said it. The same wish again gets the same
    answer."""
    command, digest = wish.command, order_digest(wish.command)
    before = standing.answered
    if before is not None and before.digest == digest and before.verdict is not None:
        return Ruling(
            command=command, digest=digest, verdict=before.verdict, exposure=standing.exposure,
            provenance=command.provenance, is_repeat=True,
        )  # fmt: skip
    exposure = new_day(standing.exposure, utc_day(now_ns), wish.marks)
    question = Question(
        command=command,
        digest=digest,
        now_ns=now_ns,
        exposure=exposure,
        kill=standing.kill,
        limits=wish.limits,
        instrument=wish.instrument,
        reference=wish.reference,
        marks=wish.marks,
        fee_rate=wish.fee_rate,
        # An answer that is forgotten is still an answer: its intent is used, whatever the terms.
        answered_digest=None if before is None else before.digest if before.verdict else "",
        same_order_ns=standing.same_order_ns,
        busy_ns=standing.busy_ns,
    )
    found = first_breach(question, wish.controls)
    provenance = command.provenance.caused(id=wish.message_id, at_ns=now_ns)
    if found is not None:
        return Ruling(
            command=command, digest=digest, verdict=refusal(command, found, now_ns), exposure=exposure,
            provenance=provenance, is_answer=found.control not in _LEAVES_INTENT_ALONE,
        )  # fmt: skip
    expires_ns = Nanos(now_ns + APPROVAL_LIFE_NS)
    approval = Approval(
        id=wish.approval_id,
        order=command.order,
        account=command.account,
        order_digest=digest,
        expires_ns=expires_ns,
        signature=sign(approval_id=wish.approval_id, digest=digest, expires_ns=expires_ns, key=key),
    )
    return Ruling(
        command=command,
        digest=digest,
        verdict=Approved(command=command, approval=approval),
        exposure=reserve(exposure, question.reservation(expires_ns=expires_ns)),
        provenance=provenance,
    )


def refusal(command: SubmitOrder, found: Breach, now_ns: Nanos) -> Refused:
    """The breach, addressed to who asked."""
    return Refused(
        order=command.order,
        intent=command.intent,
        account=command.account,
        control=found.control,
        limit=found.limit,
        value=found.value,
        message=found.message,
        at_ns=now_ns,
    )


def fingerprint(command: SubmitOrder) -> str:
    """Equal for two orders that the same person or run would call the same, whatever their intents."""
    terms = command.terms
    numbers = (terms.quantity, terms.limit_price, terms.stop_price)
    parts = (command.source.actor, terms.instrument, terms.side, terms.kind, *map(_spelled, numbers))
    return "|".join(parts)


def utc_day(now_ns: Nanos) -> str:
    """`2026-11-22`. One UTC date holds a whole KRX session (00:00 to 06:30 UTC) and is the day of crypto."""
    return datetime.fromtimestamp(now_ns // NANOS_PER_SECOND, UTC).date().isoformat()


def _spelled(number: Decimal | None) -> str:
    """1.50 and 1.5 are one number; what is no number is spelled as it came."""
    return str(number.normalize() if number is not None and number.is_finite() else number)
