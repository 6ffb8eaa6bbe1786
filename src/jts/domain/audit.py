"""The audit chain: every fact is written under the hash of the fact before it, so that no edit stays
hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from jts.domain.values import Nanos

GENESIS_HASH = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One fact as it stands in the book. `sequence` counts all facts from 1, `version` those of its stream.

    `body` is the fact as JSON text; `hash` seals every other field, `previous_hash` among them.
    """

    sequence: int
    stream: str
    version: int
    kind: str
    at_ns: Nanos
    message_id: str
    correlation_id: str
    causation_id: str
    body: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What the head of the chain was at an instant, kept outside the book. Sequence 0: the book was empty."""

    sequence: int
    hash: str
    at_ns: Nanos


class BreakKind(StrEnum):
    """How a chain can be broken."""

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The first place at which the chain does not hold, what kind of break it is, and how it shows."""

    sequence: int
    kind: BreakKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found. `head` is the last entry read before the end or the break.

    `anchors_checked` counts the outside anchors that were compared; without one, a cut-off end cannot be
    seen.
    """

    entries: int
    head: Anchor
    broken: Broken | None
    anchors_checked: int

    @property
    def is_whole(self) -> bool:
        return self.broken is None


def entry_hash(
    *,
    previous_hash: str,
    sequence: int,
    stream: str,
    version: int,
    kind: str,
    at_ns: int,
    message_id: str,
    correlation_id: str,
    causation_id: str,
    body: str,
) -> str:
    """SHA-256 over every field, each with its length before it, so that no two different entries read
    alike.
    """
    fields = (
        previous_hash, str(sequence), stream, str(version), kind, str(at_ns), message_id, correlation_id,
        causation_id, body,
    )  # fmt: skip
    sealed = sha256()
    for field in fields:
        data = field.encode("utf-8", "surrogatepass")
        sealed.update(b"%d:" % len(data))
        sealed.update(data)
    return sealed.hexdigest()


def hash_of(entry: AuditEntry) -> str:
    """The hash this entry ought to carry."""
    return entry_hash(
        previous_hash=entry.previous_hash,
        sequence=entry.sequence,
        stream=entry.stream,
        version=entry.version,
        kind=entry.kind,
        at_ns=entry.at_ns,
        message_id=entry.message_id,
        correlation_id=entry.correlation_id,
        causation_id=entry.causation_id,
        body=entry.body,
    )


def verify(entries: Iterable[AuditEntry], anchors: Iterable[Anchor] = ()) -> Verdict:
    """Read the whole book in the sequence it is kept and name the first place where it does not hold.

    Memory: one entry and the anchors. An anchor beyond the end means the end was cut off; an anchor whose
    hash differs means everything up to it was written anew, hashes included.
    """
    waiting = _by_sequence(anchors)
    head = Anchor(sequence=0, hash=GENESIS_HASH, at_ns=Nanos(0))
    count, checked = 0, 0
    for entry in entries:
        broken = _break_between(head, entry)
        if broken is None:
            matching = waiting.pop(entry.sequence, ())
            checked += len(matching)
            broken = _rewritten(entry, matching)
        if broken is not None:
            return Verdict(entries=count, head=head, broken=broken, anchors_checked=checked)
        count += 1
        head = Anchor(sequence=entry.sequence, hash=entry.hash, at_ns=entry.at_ns)
    broken = _truncated(head, waiting)
    return Verdict(entries=count, head=head, broken=broken, anchors_checked=checked)


def _by_sequence(anchors: Iterable[Anchor]) -> dict[int, tuple[Anchor, ...]]:
    kept: dict[int, tuple[Anchor, ...]] = {}
    for anchor in anchors:
        if anchor.sequence > 0:
            kept[anchor.sequence] = (*kept.get(anchor.sequence, ()), anchor)
    return kept


def _break_between(head: Anchor, entry: AuditEntry) -> Broken | None:
    expected = head.sequence + 1
    sealed = hash_of(entry) == entry.hash
    follows = entry.previous_hash == head.hash
    if entry.sequence != expected:
        kind = BreakKind.DELETED if entry.sequence > expected else BreakKind.INSERTED
        return Broken(
            sequence=expected,
            kind=kind,
            reason=f"expected entry {expected}, found entry {entry.sequence}",
        )
    if sealed and not follows:
        return Broken(
            sequence=entry.sequence,
            kind=BreakKind.INSERTED,
            reason=f"its hash is right but it does not follow entry {head.sequence}: "
            "it was put in, or what stood before it was taken out",
        )
    if not sealed and not follows:
        if hash_of(replace(entry, previous_hash=head.hash)) == entry.hash:
            return _edited(entry)  # only the link itself was changed
        return Broken(
            sequence=entry.sequence,
            kind=BreakKind.REORDERED,
            reason=f"it neither follows entry {head.sequence} nor carries its own hash: moved from its place",
        )
    return None if sealed else _edited(entry)


def _edited(entry: AuditEntry) -> Broken:
    return Broken(
        sequence=entry.sequence,
        kind=BreakKind.EDITED,
        reason="its fields do not give the hash it carries",
    )


def _rewritten(entry: AuditEntry, anchors: tuple[Anchor, ...]) -> Broken | None:
    for anchor in anchors:
        if anchor.hash != entry.hash:
            return Broken(
                sequence=entry.sequence,
                kind=BreakKind.REWRITTEN,
                reason=f"the anchor outside the store says hash {anchor.hash[:12]}…, "
                f"the store says {entry.hash[:12]}…",
            )
    return None


def _truncated(head: Anchor, waiting: dict[int, tuple[Anchor, ...]]) -> Broken | None:
    if not waiting:
        return None
    furthest = max(waiting)
    return Broken(
        sequence=head.sequence + 1,
        kind=BreakKind.TRUNCATED,
        reason=f"the anchor outside the store has seen entry {furthest}, the store ends at {head.sequence}",
    )
