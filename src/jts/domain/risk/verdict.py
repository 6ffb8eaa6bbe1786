"""Proof that risk was asked: an approval that is signed, expires, and counts once; or a refusal with its
numbers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

from jts.domain.orders.source import OrderSource
from jts.domain.orders.terms import OrderTerms
from jts.domain.values import AccountId, ClientOrderId, IntentId, Nanos, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """A wish for an order: the same command from the page, the API, the command line and a strategy.

    `intent` is the idempotency key within the account; the same intent with other terms is refused.
    `deadline_ns`: not answered by then means refused, near or far.
    """

    provenance: Provenance
    intent: IntentId
    order: ClientOrderId
    account: AccountId
    terms: OrderTerms
    source: OrderSource
    deadline_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Risk's signature under one order. `id` names the reservation that was made with it."""

    id: str
    order: ClientOrderId
    account: AccountId
    order_digest: str
    expires_ns: Nanos
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """An order that risk has approved and reserved for. Brokers accept nothing else."""

    command: SubmitOrder
    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A no, naming the control, its limit and the value that broke it.

    `control` is a stable name such as `max_order_value`; `limit` and `value` are texts with units;
    `message` says what was expected, what was found and the next step.
    """

    order: ClientOrderId
    intent: IntentId
    account: AccountId
    control: str
    limit: str
    value: str
    message: str
    at_ns: Nanos


def order_digest(command: SubmitOrder) -> str:
    """SHA-256 over what the order would do: account, id and every term. Any change makes another digest."""
    terms = command.terms
    parts = (
        command.account, command.order, command.intent, terms.instrument, terms.side, terms.kind,
        terms.quantity, terms.limit_price, terms.stop_price, terms.timing, terms.time_in_force,
        terms.reduce_only,
    )  # fmt: skip
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def sign(*, approval_id: str, digest: str, expires_ns: Nanos, key: bytes) -> str:
    """HMAC-SHA256 under risk's key, hex."""
    return hmac.new(key, f"{approval_id}\x1f{digest}\x1f{expires_ns}".encode(), sha256).hexdigest()


def is_genuine(approved: Approved, *, key: bytes) -> bool:
    """Whether this approval was signed for exactly this order. Expiry and single use are the caller's to
    check."""
    approval = approved.approval
    digest = order_digest(approved.command)
    expected = sign(approval_id=approval.id, digest=digest, expires_ns=approval.expires_ns, key=key)
    return (
        approval.order == approved.command.order
        and approval.account == approved.command.account
        and hmac.compare_digest(approval.order_digest, digest)
        and hmac.compare_digest(approval.signature, expected)
    )
