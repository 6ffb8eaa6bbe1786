"""The whole road of an order through the platform's own services: wish -> risk -> orders -> paper -> fill.

python benchmarks/platform_order_path.py --seconds 60 --json

Everything is wired as `jts run` wires it, on a temporary home with synchronous=FULL: real controls and
reservations, signed approvals, outbox, relay, bus, event-sourced orders, the paper broker, portfolio. Only
the market is made up: it prints BINANCE:BTCUSDT evenly and fast, so that an order does not wait long for a
print to fill it. A wait is measured from saying the wish to hearing that its fill is stored, a little more
than until it is stored. Three loads: one order at a time, a moderate steady rate, and as many as it takes
with a number of them under way at once. `--profile` says where the time goes, of loop and writer.

An order is seven commits one after the other, so the wait is never less than seven times what the disk needs
to keep something for good: `fsync_p50_ms` of the same run is told beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import io
import itertools
import pstats
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvloop

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock, SystemNames
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.outbox import OutboxRelay
from jts.contracts.topics import ORDER_EVENTS
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.orders.events import AnyOrderEvent, OrderFilled, OrderRejected
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms
from jts.domain.risk.limits import Limits
from jts.domain.risk.verdict import Refused, SubmitOrder
from jts.domain.values import (
    NANOS_PER_SECOND,
    USDT,
    AccountId,
    ClientOrderId,
    InstrumentId,
    IntentId,
    Nanos,
    Quantity,
    Side,
)
from jts.ports.market_source import MarketEvent
from jts.ports.names import begin
from jts.runtime.home import Home
from jts.runtime.services import Means, make_services, subscribe
from jts.runtime.settings import AccountSettings, Settings
from jts.runtime.stores import open_stores
from machine import disk, facts, percentile, tell

ACCOUNT = AccountId("paper")
BITCOIN = InstrumentId("BINANCE:BTCUSDT")
P50_AIM_MS, P99_AIM_MS, RATE_AIM = 5.0, 30.0, 300.0
MODERATE_RATE = 50.0
EACH, STOCK = Decimal("0.01"), Decimal(100)
END_MAX_S = 30.0


class EvenPrints:
    """`ports.market_source.MarketSource`: one instrument, one price, so many prints a second."""

    feed = "even"
    broker = "even"
    is_recorded = True
    description = "made up for a measurement"
    speed = 1.0
    heartbeat_s = 5.0

    def __init__(self, prints_per_s: float) -> None:
        self._pause_s = 1 / prints_per_s

    async def instruments(self) -> tuple[Instrument, ...]:
        return (describe(BITCOIN),)

    async def history(
        self, instrument: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos, limit: int
    ) -> Bars | None:
        return None

    async def stream(self) -> AsyncIterator[MarketEvent]:
        price = describe(BITCOIN).price_from_units(6_000_000)
        for number in itertools.count():
            now_ns = Nanos(time.time_ns())
            yield MarketTrade(
                instrument=BITCOIN,
                price=price,
                quantity=Quantity(Decimal(1)),
                venue_ns=now_ns,
                received_ns=now_ns,
                trade_id=str(number),
            )
            await asyncio.sleep(self._pause_s)


class Road:
    """The platform's services without its gateway. `order` says one wish and waits for its stored fill."""

    def __init__(self, home: Home, prints_per_s: float) -> None:
        home.prepare()
        self._clock, self._names = SystemClock(), SystemNames()
        self._stores = open_stores(home, self._clock)
        self._bus = InProcessBus(clock=self._clock)
        self._relay = OutboxRelay(outbox=self._stores.outbox, bus=self._bus, clock=self._clock)
        self._stores.database.after_commit(self._relay.wake)
        means = Means(
            settings=_settings(),
            home=home,
            stores=self._stores,
            bus=self._bus,
            clock=self._clock,
            names=self._names,
        )
        self._made = make_services(means, (EvenPrints(prints_per_s),))
        self._numbers = itertools.count()
        self._ends: dict[str, asyncio.Future[float]] = {}
        self._running: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Road:
        made = self._made
        await self._stores.bars.open()
        await made.market.start()
        await made.risk.start()
        await made.portfolio.start()
        await made.strategies.recover()
        for broker in made.paper.values():
            await broker.start()
        subscribe(made, self._bus)
        self._bus.subscribe(ORDER_EVENTS, self._on_events, reader="measure")
        await self._bus.start()
        await made.orders.start()
        await self._relay.start()
        self._running = [asyncio.create_task(each) for each in (made.market.run(), made.risk.run())]
        while await made.market.reference(BITCOIN) is None or not made.orders.is_ready(ACCOUNT):
            await self._clock.sleep(0.01)
        await self.order(Side.BUY, STOCK)  # so that a sale never has to wait for a purchase before it
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._made.orders.stop()
        await self._relay.stop()
        await self._bus.stop()
        await self._made.portfolio.stop()
        await self._stores.bars.close()
        self._stores.database.close()

    async def order(self, side: Side | None = None, quantity: Decimal = EACH) -> float:
        """One market order, bought and sold in turn. Returns milliseconds until its fill was heard."""
        number = next(self._numbers)
        side = side or (Side.BUY if number % 2 == 0 else Side.SELL)
        order = ClientOrderId(f"bench-{number}")
        ended = self._ends[order] = asyncio.get_running_loop().create_future()
        said = time.perf_counter()
        now_ns = self._clock.now_ns()
        verdict = await self._made.risk.check(
            SubmitOrder(
                provenance=begin(self._names, now_ns),
                intent=IntentId(f"intent-{number}"),
                order=order,
                account=ACCOUNT,
                terms=OrderTerms(
                    instrument=BITCOIN,
                    side=side,
                    kind=OrderKind.MARKET,
                    quantity=Quantity(quantity),
                ),
                source=OrderSource(origin=Origin.PERSON, actor="benchmark"),
                deadline_ns=Nanos(now_ns + 10 * NANOS_PER_SECOND),
            )
        )
        assert not isinstance(verdict, Refused), f"risk refused: {verdict.message}"
        async with asyncio.timeout(END_MAX_S):
            return (await ended - said) * 1_000

    async def _on_events(self, batch: Sequence[AnyOrderEvent]) -> None:
        now = time.perf_counter()
        for event in batch:
            ended = self._ends.get(event.order)
            if ended is None or ended.done():
                continue
            if isinstance(event, OrderFilled):
                ended.set_result(now)
                del self._ends[event.order]
            elif isinstance(event, OrderRejected):
                ended.set_exception(AssertionError(f"the venue refused: {event}"))


def _settings() -> Settings:
    """A paper account that no control of rate or size stops: the controls are asked all the same."""
    much = Decimal("1e12")
    limits = Limits(
        max_order_value={USDT: much},
        max_position_value={USDT: much},
        max_gross_exposure={USDT: much},
        daily_loss={USDT: much},
        max_open_orders=100_000,
        orders_per_second=1_000,  # not more: the newest so many approvals are counted at each check
        duplicate_window_ns=0,
    )
    account = AccountSettings(
        account=ACCOUNT, kind="paper", broker="paper", deposits={USDT: Decimal("1e9")}, limits=limits
    )
    return Settings(port=1, language="en", accounts=(account,), demo_speed=1.0)


async def one_by_one(road: Road, count: int) -> list[float]:
    return [await road.order() for _ in range(count)]


async def steadily(road: Road, rate: float, seconds: float) -> list[float]:
    """So many a second, whatever becomes of those before: what a user feels while others trade too."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        under_way = []
        for turn in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + turn / rate - time.perf_counter()))
            under_way.append(tasks.create_task(road.order()))
    return [each.result() for each in under_way]


async def at_once(road: Road, concurrent: int, seconds: float) -> dict[str, Any]:
    """So many under way at any time: the waits, orders a second in each third, processor time of an order."""
    waits: list[float] = []
    thirds = [0, 0, 0]
    began, used = time.perf_counter(), time.process_time()

    async def one_after_another() -> None:
        while (passed := time.perf_counter() - began) < seconds:
            waits.append(await road.order())
            thirds[min(2, int(3 * passed / seconds))] += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(concurrent):
            tasks.create_task(one_after_another())
    passed, used = time.perf_counter() - began, time.process_time() - used
    return told(waits) | {
        "orders_per_s": round(len(waits) / passed, 1),
        "orders_per_s_in_each_third": [round(3 * each / seconds, 1) for each in thirds],
        "processor_ms_per_order": round(used * 1_000 / len(waits), 2),
        "seconds": round(passed, 1),
    }


def told(waits: list[float]) -> dict[str, float]:
    return {
        "orders": len(waits),
        "p50_ms": round(percentile(waits, 0.5), 2),
        "p99_ms": round(percentile(waits, 0.99), 2),
        "max_ms": round(max(waits), 2),
    }


async def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    loads = [int(each) for each in arguments.concurrent.split(",")]
    async with Road(Home(folder / "home"), arguments.prints_per_s) as road:
        await one_by_one(road, 50)  # the first orders pay for what is made on first use
        alone = told(await one_by_one(road, arguments.alone))
        moderate = told(await steadily(road, MODERATE_RATE, arguments.seconds / 3))
        together: dict[str, Any] = {}
        for load in loads:
            # The last load is the one that is sustained; those before it show how the waits grow.
            seconds = arguments.seconds if load == loads[-1] else arguments.seconds / 6
            together[str(load)] = await at_once(road, load, seconds)
    return {"alone": alone, f"at_{MODERATE_RATE:.0f}_per_s": moderate, "under_way_at_once": together}


def profiled(arguments: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], str]:
    """The measurement with both threads that do the work under a profiler (which makes them slower)."""
    of_the_loop, of_the_writer = cProfile.Profile(), cProfile.Profile()
    write_loop = SqliteDatabase._write_loop

    def watched(self: SqliteDatabase, connection: Any) -> None:
        assert threading.current_thread().name == "sqlite-write"
        of_the_writer.runcall(write_loop, self, connection)

    SqliteDatabase._write_loop = watched  # type: ignore[method-assign]
    of_the_loop.enable()
    result = asyncio.run(measure(arguments, folder))
    of_the_loop.disable()
    text = io.StringIO()
    for name, profile in (("event loop", of_the_loop), ("writer", of_the_writer)):
        text.write(f"\n---- {name} ----\n")
        for order in ("tottime", "cumulative"):
            pstats.Stats(profile, stream=text).sort_stats(order).print_stats(arguments.profile)
    return result, text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of the sustained load")
    parser.add_argument("--concurrent", default="4,64,16", help="orders under way; the last is sustained")
    parser.add_argument("--alone", type=int, default=500, help="orders one at a time")
    parser.add_argument("--prints-per-s", type=float, default=1_000.0)
    parser.add_argument("--folder", help="where the home is made: say which disk is measured")
    parser.add_argument("--profile", type=int, default=0, metavar="LINES")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    machine = facts() | disk(arguments.folder)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        if arguments.profile:
            found, profile = profiled(arguments, Path(folder))
            print(profile)
        else:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found = runner.run(measure(arguments, Path(folder)))
    sustained = found["under_way_at_once"][arguments.concurrent.rpartition(",")[2]]
    moderate = found[f"at_{MODERATE_RATE:.0f}_per_s"]
    tell(
        {
            "benchmark": "platform_order_path",
            "machine": machine,
            "target": {"p50_ms": P50_AIM_MS, "p99_ms": P99_AIM_MS, "sustained_per_s": RATE_AIM},
            "measured": {
                "p50_ms": moderate["p50_ms"],
                "p99_ms": moderate["p99_ms"],
                "sustained_per_s": sustained["orders_per_s"],
                "processor_ms_per_order": sustained["processor_ms_per_order"],
                **found,
            },
            "ok": moderate["p50_ms"] < P50_AIM_MS
            and moderate["p99_ms"] < P99_AIM_MS
            and sustained["orders_per_s"] >= RATE_AIM,
        },
        as_json=arguments.json,
    )


if __name__ == "__main__":
    main()
