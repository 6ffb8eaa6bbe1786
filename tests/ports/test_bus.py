"""What every bus promises: at least once, in sequence, bounded, and nothing behind a failure overtakes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock
from jts.contracts.topics import Topic
from jts.ports.bus import BusClosed
from tests.bus.disturbed import DisturbedBus

FACTS: Topic[int] = Topic("test.facts", (int,), key="real")
TICKS: Topic[int] = Topic("test.ticks", (int,), key="real", sheds=True)


@pytest.fixture(params=["in process", "disturbed"])
def make_bus(request: pytest.FixtureRequest) -> Callable[[], InProcessBus]:
    if request.param == "in process":
        return lambda: InProcessBus(clock=SystemClock(), drain_max_s=1.0)
    return lambda: DisturbedBus(clock=SystemClock(), seed=7)


class Heard:
    """A reader that remembers what it heard, and may fail on the way."""

    def __init__(self, *, fail: Callable[[Sequence[int]], bool] = lambda batch: False) -> None:
        self.messages: list[int] = []
        self.batches: list[tuple[int, ...]] = []
        self._fail = fail

    async def __call__(self, batch: Sequence[int]) -> None:
        self.batches.append(tuple(batch))
        if self._fail(batch):
            raise RuntimeError("the reader cannot")
        self.messages.extend(batch)

    @property
    def once(self) -> list[int]:
        return list(dict.fromkeys(self.messages))


async def test_publish_returns_when_every_reader_has_handled_it(make_bus: Callable[[], InProcessBus]) -> None:
    bus, one, two = make_bus(), Heard(), Heard()
    bus.subscribe(FACTS, one, reader="one")
    bus.subscribe(FACTS, two, reader="two")
    await bus.start()

    await bus.publish(FACTS, 1)

    assert one.once == [1] and two.once == [1]
    await bus.stop()


async def test_every_message_is_heard_in_its_sequence(make_bus: Callable[[], InProcessBus]) -> None:
    bus, heard = make_bus(), Heard()
    bus.subscribe(FACTS, heard, reader="one", batch_max=7)
    await bus.start()

    await bus.publish_all(FACTS, list(range(500)))

    assert heard.once == list(range(500))
    await bus.stop()


async def test_what_is_said_before_the_start_waits_for_it(make_bus: Callable[[], InProcessBus]) -> None:
    bus, heard = make_bus(), Heard()
    bus.subscribe(FACTS, heard, reader="one")

    said = asyncio.create_task(bus.publish(FACTS, 1))
    await asyncio.sleep(0.01)
    before = list(heard.messages)
    await bus.start()
    await said

    assert before == [] and heard.once == [1]
    await bus.stop()


async def test_a_failed_batch_is_delivered_again_before_anything_behind_it(
    make_bus: Callable[[], InProcessBus],
) -> None:
    failures = [True, False]
    heard = Heard(fail=lambda batch: 1 in batch and failures.pop(0) if failures else False)
    bus = make_bus()
    bus.subscribe(FACTS, heard, reader="one", batch_max=1)
    await bus.start()

    await bus.publish_all(FACTS, [1, 2, 3])

    assert heard.once == [1, 2, 3]
    assert bus.redelivered >= 1
    await bus.stop()


async def test_one_poisoned_message_holds_up_only_what_is_behind_it() -> None:
    troubles: list[tuple[str, str, int]] = []
    bus = InProcessBus(
        clock=SystemClock(),
        drain_max_s=0.1,
        on_trouble=lambda reader, topic, tries, error: troubles.append((reader, topic, tries)),
    )
    heard = Heard(fail=lambda batch: 5 in batch)
    other = Heard()
    bus.subscribe(FACTS, heard, reader="sick")
    bus.subscribe(FACTS, other, reader="well")
    await bus.start()

    said = asyncio.create_task(bus.publish_all(FACTS, list(range(10))))
    for _ in range(300):
        await asyncio.sleep(0.005)
        if len(troubles) >= 5 and heard.batches[-1] == (5,):
            break
    is_waiting = not said.done()
    await bus.stop()

    assert heard.once == [0, 1, 2, 3, 4] and heard.batches[-1] == (5,)
    assert other.once == list(range(10)), "another reader is not held up"
    assert is_waiting and troubles[0] == ("sick", "test.facts", 1)
    with pytest.raises(BusClosed):
        await said


async def test_a_slow_reader_of_ticks_loses_the_oldest_and_never_holds_up_the_market() -> None:
    bus, heard = InProcessBus(clock=SystemClock()), Heard()
    bus.subscribe(TICKS, heard, reader="slow", waiting_max=10)

    for n in range(25):
        bus.offer(TICKS, n)
    await bus.start()
    await asyncio.sleep(0.01)

    assert heard.messages == list(range(15, 25))
    assert bus.shed == 15 and bus.published == 25
    await bus.stop()


@pytest.mark.parametrize(("said", "shed"), [(9, 0), (10, 0), (11, 1)])
async def test_shedding_begins_one_above_the_limit(said: int, shed: int) -> None:
    bus = InProcessBus(clock=SystemClock())
    bus.subscribe(TICKS, Heard(), reader="slow", waiting_max=10)

    for n in range(said):
        bus.offer(TICKS, n)

    assert bus.shed == shed and bus.waiting == {"slow@test.ticks": said - shed}
    await bus.stop()


async def test_a_fact_is_never_offered_and_a_stranger_never_carried() -> None:
    bus = InProcessBus(clock=SystemClock())

    with pytest.raises(AssertionError, match="publish it"):
        bus.offer(FACTS, 1)
    with pytest.raises(AssertionError, match="does not carry str"):
        await bus.publish(FACTS, "one")  # type: ignore[misc]


async def test_a_fact_is_never_shed_however_slow_its_reader(make_bus: Callable[[], InProcessBus]) -> None:
    bus, heard = make_bus(), Heard()
    bus.subscribe(FACTS, heard, reader="slow", waiting_max=5, batch_max=2)
    await bus.start()

    await asyncio.gather(*(bus.publish(FACTS, n) for n in range(100)))

    assert heard.once == list(range(100)) and bus.shed == 0
    await bus.stop()


async def test_stopping_lets_readers_finish_and_takes_nothing_more(
    make_bus: Callable[[], InProcessBus],
) -> None:
    bus, heard = make_bus(), Heard()
    bus.subscribe(FACTS, heard, reader="one")
    await bus.start()
    said = asyncio.create_task(bus.publish_all(FACTS, list(range(50))))
    await asyncio.sleep(0)

    await bus.stop()
    await said

    assert heard.once == list(range(50))
    with pytest.raises(BusClosed):
        await bus.publish(FACTS, 51)


async def test_a_reader_that_hangs_does_not_hold_up_the_stop_for_ever() -> None:
    bus = InProcessBus(clock=SystemClock(), drain_max_s=0.05)

    async def hang(batch: Sequence[int]) -> None:
        await asyncio.get_running_loop().create_future()

    bus.subscribe(FACTS, hang, reader="hung")
    await bus.start()
    said = asyncio.create_task(bus.publish(FACTS, 1))
    await asyncio.sleep(0)

    await bus.stop()

    with pytest.raises(BusClosed):
        await said


async def test_the_counters_tell_what_happened() -> None:
    bus, heard = InProcessBus(clock=SystemClock()), Heard()
    bus.subscribe(FACTS, heard, reader="one")
    bus.subscribe(FACTS, Heard(), reader="two")
    await bus.start()

    await bus.publish_all(FACTS, [1, 2, 3])

    assert (bus.published, bus.delivered, bus.shed, bus.redelivered) == (3, 6, 0, 0)
    await bus.stop()
