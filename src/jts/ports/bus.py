"""The bus: at least once, in sequence per key, bounded. The same promise near and far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias, TypeVar

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)

Handler: TypeAlias = Callable[[Sequence[M]], Awaitable[None]]
"""Handles what is waiting, oldest first, in one go, so that it can be written in one transaction.

It may see a message again: it asks "have I seen this?" in the transaction in which it writes. If it raises,
the whole
batch is delivered again after a pause; nothing behind it on the same reader is delivered first.
"""


class TopicOf(Protocol[M_contra]):
    """What the bus needs of a topic; `contracts.topics.Topic` is one."""

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def sheds(self) -> bool: ...
    def accepts(self, message: M_contra) -> bool: ...


class Bus(Protocol):
    async def publish(self, topic: TopicOf[M], message: M) -> None:
        """Say a fact. Returns when the bus has taken it over and the publisher may forget it.

        Far: stored by the broker. Near: handled by every reader, since nothing here outlives the process. So
        an outbox
        row is marked as sent only after this returns. Errors: BusClosed when the bus is stopping.
        """
        ...

    async def publish_all(self, topic: TopicOf[M], messages: Sequence[M]) -> None:
        """Say several facts, in this sequence. Returns when all of them have been taken over. Errors:
        BusClosed."""
        ...

    def offer(self, topic: TopicOf[M], message: M) -> None:
        """Say something that may be dropped (a topic that sheds). Never waits."""
        ...

    def subscribe(
        self,
        topic: TopicOf[M],
        handler: Handler[M],
        *,
        reader: str,
        batch_max: int = 256,
        waiting_max: int = 65_536,
    ) -> None:
        """Have `handler` called for everything said from now on. `reader` names the consumer group."""
        ...


class BusClosed(Exception):
    """The bus is stopping; the message was not taken over."""
