"""Messages that are stored with the fact they tell of, until the bus has taken them over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be said: the name of its topic and its JSON form."""

    topic: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A message as the outbox keeps it; `number` counts upwards and is never used again."""

    number: int
    topic: str
    body: str


class Outbox(Protocol):
    """Rows are written by the stores, in the transaction of the fact; here they are read and forgotten."""

    async def after(self, number: int, *, limit: int, topic: str | None = None) -> tuple[Queued, ...]:
        """The oldest messages with a greater number, of one topic or of all, in their sequence."""
        ...

    async def forget(self, numbers: Sequence[int]) -> None:
        """The bus has taken these over. Durable when it returns; until then they may be said again."""
        ...
