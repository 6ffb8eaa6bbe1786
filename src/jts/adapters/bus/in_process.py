"""The bus inside one process: batches, bounded queues, one worker per reader, redelivery after a failure."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from jts.ports.bus import BusClosed, Handler, TopicOf
from jts.ports.clock import Clock

M = TypeVar("M")

Trouble: TypeAlias = Callable[[str, str, int, BaseException], None]
"""Told of each failed delivery: reader, topic, how many times in a row, and the error."""

RETRY_FIRST_S = 0.05
RETRY_MAX_S = 5.0
WHOLE_BATCH_TRIES = 2
PUBLISH_CHUNK = 4096
DRAIN_MAX_S = 5.0


class InProcessBus:
    """`ports.bus.Bus` between the services of one process.

    A reader has one queue and one worker, so everything it hears of a topic keeps its sequence, whatever the
    key. Nothing here outlives the process: `publish` returns when every reader has handled the message, and
    whoever needs a message to survive keeps it in the outbox until then. A handler must not publish to the
    topic it reads and wait for it. `published`, `delivered`, `shed` and `redelivered` count messages since
    the start.
    """

    def __init__(
        self, *, clock: Clock, drain_max_s: float = DRAIN_MAX_S, on_trouble: Trouble | None = None
    ) -> None:
        self._clock = clock
        self._drain_max_s = drain_max_s
        self._on_trouble = on_trouble
        self._by_topic: dict[str, tuple[Reader, ...]] = {}
        self._started = False
        self._closed = False
        self.published = 0

    async def start(self) -> None:
        """Let the readers work. What was said before waits for this."""
        assert not self._started, "the bus was started twice"
        self._started = True
        for reader in self.readers:
            reader.start()

    async def stop(self) -> None:
        """Take nothing more, let the readers finish what waits (bounded), then end. Repeats change
        nothing.
        """
        if self._closed:
            return
        self._closed = True
        for reader in self.readers:
            reader.is_closing = True
        if self._started:
            drained = asyncio.gather(*(reader.drained() for reader in self.readers))
            _, late = await asyncio.wait([asyncio.ensure_future(drained)], timeout=self._drain_max_s)
            for task in late:
                task.cancel()
        for reader in self.readers:
            await reader.end()

    def subscribe(
        self,
        topic: TopicOf[M],
        handler: Handler[M],
        *,
        reader: str,
        batch_max: int = 256,
        waiting_max: int = 65_536,
    ) -> None:
        there = self._by_topic.get(topic.name, ())
        assert not self._closed, f"reader {reader} came to {topic.name} after the bus had closed"
        assert all(other.name != reader for other in there), f"{reader} reads {topic.name} already"
        assert batch_max > 0 and waiting_max > 0, "a reader takes at least one message"
        new = Reader(
            name=reader,
            topic=topic.name,
            sheds=topic.sheds,
            handler=handler,
            batch_max=batch_max,
            waiting_max=waiting_max,
            clock=self._clock,
            on_trouble=self._on_trouble,
        )
        self._by_topic[topic.name] = (*there, new)
        if self._started:
            new.start()

    async def publish(self, topic: TopicOf[M], message: M) -> None:
        if self._closed:
            raise BusClosed(f"the bus is stopping; {topic.name} was not said")
        assert topic.accepts(message), f"{topic.name} does not carry {type(message).__name__}"
        self.published += 1
        waits = [(reader, reader.take(message)) for reader in self._by_topic.get(topic.name, ())]
        for reader, target in waits:
            await reader.handled(target)

    async def publish_all(self, topic: TopicOf[M], messages: Sequence[M]) -> None:
        for start in range(0, len(messages), PUBLISH_CHUNK):
            if self._closed:
                raise BusClosed(f"the bus is stopping; {topic.name} was not said")
            chunk = messages[start : start + PUBLISH_CHUNK]
            for message in chunk:
                assert topic.accepts(message), f"{topic.name} does not carry {type(message).__name__}"
            self.published += len(chunk)
            waits = [(reader, reader.take_all(chunk)) for reader in self._by_topic.get(topic.name, ())]
            for reader, target in waits:
                await reader.handled(target)

    def offer(self, topic: TopicOf[M], message: M) -> None:
        assert topic.sheds, f"{topic.name} never drops a message: publish it"
        assert topic.accepts(message), f"{topic.name} does not carry {type(message).__name__}"
        if self._closed:
            return
        self.published += 1
        for reader in self._by_topic.get(topic.name, ()):
            reader.take_or_shed(message)

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Every reader of every topic, with its counters."""
        return tuple(reader for readers in self._by_topic.values() for reader in readers)

    @property
    def delivered(self) -> int:
        return sum(reader.delivered for reader in self.readers)

    @property
    def shed(self) -> int:
        return sum(reader.shed for reader in self.readers)

    @property
    def redelivered(self) -> int:
        return sum(reader.redelivered for reader in self.readers)

    @property
    def is_quiet(self) -> bool:
        """Whether every reader has handled everything it was given."""
        return all(reader.is_idle for reader in self.readers)

    @property
    def waiting(self) -> dict[str, int]:
        """`reader@topic` -> messages that wait for it."""
        return {f"{reader.name}@{reader.topic}": reader.waiting for reader in self.readers}


class Reader:
    """One consumer group of one topic: its queue, its worker, its counters."""

    def __init__(
        self,
        *,
        name: str,
        topic: str,
        sheds: bool,
        handler: Handler[Any],
        batch_max: int,
        waiting_max: int,
        clock: Clock,
        on_trouble: Trouble | None,
    ) -> None:
        self.name = name
        self.topic = topic
        self.delivered = 0
        self.shed = 0
        self.redelivered = 0
        self.is_closing = False
        self._sheds = sheds
        self._handler = handler
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._clock = clock
        self._on_trouble = on_trouble
        self._queue: deque[Any] = deque()
        self._taken = 0
        self._settled = 0
        self._publishers: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Messages taken over and not yet handled."""
        return len(self._queue)

    @property
    def is_idle(self) -> bool:
        return self._settled == self._taken

    def start(self) -> None:
        self._worker = asyncio.get_running_loop().create_task(
            self._work(), name=f"bus {self.name}@{self.topic}"
        )

    def take(self, message: Any) -> int:
        """Queue one message; returns the count that `handled` waits for.

        The bound holds because each publisher waits for its own message: there are never more than
        publishers.
        """
        self._queue.append(message)
        self._taken += 1
        self._shed_oldest()
        self._wake_worker()
        return self._taken

    def take_all(self, messages: Sequence[Any]) -> int:
        self._queue.extend(messages)
        self._taken += len(messages)
        self._shed_oldest()
        self._wake_worker()
        return self._taken

    def take_or_shed(self, message: Any) -> None:
        # The hot path of market data: everything is written out, nothing is called without need.
        queue = self._queue
        queue.append(message)
        self._taken += 1
        if len(queue) > self._waiting_max:
            queue.popleft()
            self.shed += 1
        wake = self._wake
        if wake is not None:
            self._wake = None
            if not wake.done():
                wake.set_result(None)

    async def handled(self, target: int) -> None:
        """Wait until the first `target` messages are handled (or shed). Errors: BusClosed."""
        if self._settled >= target:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._publishers.append((target, waiter))
        await waiter

    async def drained(self) -> None:
        if self._worker is None or self._worker.done():
            return
        try:
            await self.handled(self._taken)
        except BusClosed:
            return

    async def end(self) -> None:
        """Stop the worker; publishers that still wait hear BusClosed."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
        self._give_up()

    # ---- private, in the order they are called ----

    def _shed_oldest(self) -> None:
        if not self._sheds:
            return
        while len(self._queue) > self._waiting_max:
            self._queue.popleft()
            self.shed += 1

    def _wake_worker(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None and not wake.done():
            wake.set_result(None)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        queue, batch_max = self._queue, self._batch_max
        while True:
            if not queue:
                self._wake = loop.create_future()
                await self._wake
                continue
            if len(queue) <= batch_max:
                batch = tuple(queue)
                queue.clear()
            else:
                batch = tuple([queue.popleft() for _ in range(batch_max)])
            try:
                await self._handler(batch)
                self.delivered += len(batch)
            except Exception as error:
                await self._deliver_again(batch, error, tries=1)
            self._settle()
            await asyncio.sleep(0)  # a handler that never waits must not hold up the others

    async def _deliver_again(self, batch: Sequence[Any], error: Exception, *, tries: int) -> None:
        """Deliver until it is handled; after a second failure in halves, so that only the culprit waits."""
        while True:
            if self._on_trouble is not None:
                self._on_trouble(self.name, self.topic, tries, error)
            if self.is_closing:
                raise asyncio.CancelledError  # nobody will try again; publishers hear BusClosed
            await self._clock.sleep(min(RETRY_MAX_S, RETRY_FIRST_S * 2 ** min(tries - 1, 16)))
            self.redelivered += len(batch)
            if tries >= WHOLE_BATCH_TRIES and len(batch) > 1:
                middle = len(batch) // 2
                await self._deliver_part(batch[:middle])
                await self._deliver_part(batch[middle:])
                return
            try:
                await self._handler(batch)
            except Exception as again:
                error, tries = again, tries + 1
                continue
            self.delivered += len(batch)
            return

    async def _deliver_part(self, batch: Sequence[Any]) -> None:
        try:
            await self._handler(batch)
        except Exception as error:
            await self._deliver_again(batch, error, tries=WHOLE_BATCH_TRIES)
            return
        self.delivered += len(batch)

    def _settle(self) -> None:
        self._settled = self._taken - len(self._queue)
        publishers = self._publishers
        while publishers and publishers[0][0] <= self._settled:
            _, waiter = publishers.popleft()
            if not waiter.done():
                waiter.set_result(None)

    def _give_up(self) -> None:
        while self._publishers:
            _, waiter = self._publishers.popleft()
            if not waiter.done():
                waiter.set_exception(BusClosed(f"the bus stopped before {self.name} handled the message"))
