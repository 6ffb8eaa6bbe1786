"""Where configurations are kept: versioned JSON documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.values import Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`body` is JSON text; `version` counts from 1."""

    collection: str
    id: str
    version: int
    body: str
    at_ns: Nanos


class VersionConflict(Exception):
    """Somebody else wrote this document since it was read: read again and decide again."""


class DocumentStore(Protocol):
    async def get(self, collection: str, id: str) -> Document | None: ...

    async def put(
        self, collection: str, id: str, body: str, *, expected_version: int | None = None
    ) -> Document:
        """Write the next version. `expected_version` 0: must not exist. Errors: VersionConflict."""
        ...

    async def all(self, collection: str) -> tuple[Document, ...]: ...

    async def delete(self, collection: str, id: str) -> bool: ...
