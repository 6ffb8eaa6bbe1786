"""Names and secrets, as something we are given: the seam for chance."""

from __future__ import annotations

from typing import Protocol

from jts.domain.values import MessageId, Nanos, Provenance


class Names(Protocol):
    """Makes fresh names. Seeded in simulations, so that a replay makes the same ones."""

    def message_id(self) -> MessageId:
        """Unique in this installation; sorts by the instant it was made."""
        ...

    def secret(self, size_bytes: int = 32) -> str:
        """URL-safe text from `size_bytes` unpredictable bytes."""
        ...


def begin(names: Names, at_ns: Nanos) -> Provenance:
    """The provenance of a message that begins something: it is its own correlation and cause."""
    id = names.message_id()
    return Provenance(id=id, at_ns=at_ns, correlation_id=id, causation_id=id)


def caused_by(cause: Provenance, names: Names, at_ns: Nanos) -> Provenance:
    """The provenance of a message caused by another."""
    return cause.caused(id=names.message_id(), at_ns=at_ns)
