"""What we need of the book of facts: that it can be proven whole."""

from __future__ import annotations

from typing import Protocol

from jts.domain.audit import Anchor, Verdict


class VersionTaken(Exception):
    """Somebody else wrote this version of the stream: read again and decide again."""

    def __init__(self, stream: str, version: int, newest: int) -> None:
        super().__init__(
            f"expected to write version {version} of {stream}, found it at version {newest}; "
            "read it again and decide again"
        )
        self.stream = stream
        self.version = version
        self.newest = newest


class AuditLog(Protocol):
    """The hash-chained book of every fact the platform has stored."""

    async def head(self) -> Anchor:
        """The newest entry's sequence, hash and instant; sequence 0 while the book is empty."""
        ...

    async def verify(self) -> Verdict:
        """Read the whole book and compare it with the anchors kept outside. Memory does not grow with it."""
        ...
