"""How fast the in-process bus is, beside a plain loop of calls in the same run.

python benchmarks/bus_speed.py --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock
from jts.contracts.topics import Topic

BURST = 512


@dataclass(frozen=True, slots=True)
class Tick:
    number: int


TICKS: Topic[Tick] = Topic("bench.ticks", (Tick,), key="number", sheds=True)
FACTS: Topic[Tick] = Topic("bench.facts", (Tick,), key="number")


class Counter:
    """Touches every message, as a real handler would."""

    def __init__(self) -> None:
        self.seen = 0
        self.last = -1

    async def __call__(self, batch: Sequence[Tick]) -> None:
        for tick in batch:
            self.last = tick.number
        self.seen += len(batch)

    def direct(self, tick: Tick) -> None:
        self.last = tick.number
        self.seen += 1


def direct_calls(ticks: list[Tick]) -> float:
    counter = Counter()
    started = time.perf_counter()
    for tick in ticks:
        counter.direct(tick)
    return len(ticks) / (time.perf_counter() - started)


async def offered(ticks: list[Tick], readers: int) -> float:
    """offer to handler, nothing shed: the publisher pauses after each burst as a market stream does."""
    bus = InProcessBus(clock=SystemClock())
    counters = [Counter() for _ in range(readers)]
    for number, counter in enumerate(counters):
        bus.subscribe(TICKS, counter, reader=f"r{number}", batch_max=BURST)
    await bus.start()
    started = time.perf_counter()
    for start in range(0, len(ticks), BURST):
        for tick in ticks[start : start + BURST]:
            bus.offer(TICKS, tick)
        await asyncio.sleep(0)
    while min(counter.seen for counter in counters) < len(ticks):  # noqa: ASYNC110 - this is what is timed
        await asyncio.sleep(0)
    rate = len(ticks) / (time.perf_counter() - started)
    assert bus.shed == 0, f"{bus.shed} messages were shed: this would measure less than it says"
    await bus.stop()
    return rate


async def published(ticks: list[Tick], *, at_once: bool) -> float:
    """publish to handled: all in one call, or each awaited before the next."""
    bus = InProcessBus(clock=SystemClock())
    counter = Counter()
    bus.subscribe(FACTS, counter, reader="r0")
    await bus.start()
    started = time.perf_counter()
    if at_once:
        await bus.publish_all(FACTS, ticks)
    else:
        for tick in ticks:
            await bus.publish(FACTS, tick)
    rate = len(ticks) / (time.perf_counter() - started)
    assert counter.seen == len(ticks)
    await bus.stop()
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    ticks = [Tick(number) for number in range(arguments.messages)]
    direct = direct_calls(ticks)
    offer = asyncio.run(offered(ticks, 1))
    result = {
        "messages": len(ticks),
        "direct_calls_per_s": round(direct),
        "offer_per_s": round(offer),
        "offer_share_of_direct": round(offer / direct, 3),
        "offer_three_readers_per_s": round(asyncio.run(offered(ticks, 3))),
        "publish_all_per_s": round(asyncio.run(published(ticks, at_once=True))),
        "publish_one_by_one_per_s": round(asyncio.run(published(ticks[: len(ticks) // 10], at_once=False))),
        "aim_per_s": 800_000,
        "met": offer >= 800_000,
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:32} {value:>14,}" if isinstance(value, int) else f"{name:32} {value!s:>14}")


if __name__ == "__main__":
    main()
