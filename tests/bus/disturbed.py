"""A bus that does everything a bus may do to its readers: repeats and delays, from one seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from jts.adapters.bus.in_process import InProcessBus
from jts.ports.bus import Handler, TopicOf
from jts.ports.clock import Clock

M = TypeVar("M")


class DisturbedBus(InProcessBus):
    """Delivers batches again after they were handled, cuts them in pieces, and lets readers wait.

    The promise stays: at least once, in sequence per reader (a repeat is of a batch just handled).
    """

    def __init__(self, *, clock: Clock, seed: int) -> None:
        super().__init__(clock=clock)
        self._chance = random.Random(seed)
        self._slow_clock = clock

    def subscribe(
        self,
        topic: TopicOf[M],
        handler: Handler[M],
        *,
        reader: str,
        batch_max: int = 256,
        waiting_max: int = 65_536,
    ) -> None:
        chance = self._chance

        async def disturbed(batch: Sequence[Any]) -> None:
            if chance.random() < 0.3:
                await self._slow_clock.sleep(chance.random() * 0.002)
            middle = chance.randint(0, len(batch))
            for part in (batch[:middle], batch[middle:]):
                if part:
                    await handler(part)
            if chance.random() < 0.3:
                await handler(batch)

        super().subscribe(topic, disturbed, reader=reader, batch_max=batch_max, waiting_max=waiting_max)
