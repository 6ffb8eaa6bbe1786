"""What the platform measures of itself, as Prometheus text: bus, store, orders, feeds, loop, memory."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jts.contracts.market_data import FeedStatus, MarketData
from jts.domain.market.prices import FeedState
from jts.domain.values import NANOS_PER_SECOND
from jts.ports.clock import Clock

LOOK_EVERY_S = 0.25
LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_STATM = Path("/proc/self/statm")


class BusCounts(Protocol):
    """`adapters.bus.in_process.InProcessBus` fits."""

    @property
    def published(self) -> int: ...
    @property
    def delivered(self) -> int: ...
    @property
    def shed(self) -> int: ...
    @property
    def redelivered(self) -> int: ...
    @property
    def waiting(self) -> Mapping[str, int]:
        """`reader@topic` -> messages that wait for it."""
        ...


class RelayCounts(Protocol):
    """`adapters.sql.sqlite.outbox.OutboxRelay` fits."""

    @property
    def said(self) -> int: ...
    @property
    def unreadable(self) -> int: ...
    @property
    def waiting(self) -> int: ...


class DatabaseCounts(Protocol):
    """`adapters.sql.sqlite.database.SqliteDatabase` fits."""

    @property
    def waiting(self) -> int: ...
    @property
    def written(self) -> int: ...
    @property
    def failed(self) -> int: ...


class OrderCounts(Protocol):
    """`services.orders.service.OrdersService` fits."""

    @property
    def sent(self) -> int: ...
    @property
    def fills(self) -> int: ...


class PlatformMetrics(Collector):
    """Read at the moment somebody asks, so that measuring costs nothing in between.

    `run` looks four times a second: how late it is woken is how long the loop was held up. Units: seconds
    and bytes, as Prometheus wants them. Labels are names of readers, topics and feeds, never ids of orders
    or accounts, so the number of series stays bounded.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        bus: BusCounts,
        relay: RelayCounts,
        database: DatabaseCounts,
        orders: OrderCounts,
        market: MarketData,
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._relay = relay
        self._database = database
        self._orders = orders
        self._market = market
        self._feeds: Sequence[FeedStatus] = ()
        self.registry = CollectorRegistry()
        self._lag = Histogram(
            "jts_loop_lag_seconds",
            "How long the event loop was held up, sampled four times a second.",
            buckets=LAG_BUCKETS_S,
            registry=self.registry,
        )
        self._looks = Counter("jts_looks", "How often the platform looked at itself.", registry=self.registry)
        self.worst_lag_s = 0.0
        self.registry.register(self)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._feeds = await self._market.feeds()
            self._looks.inc()
            before_ns = self._clock.monotonic_ns()
            await self._clock.sleep(LOOK_EVERY_S)
            late_s = (self._clock.monotonic_ns() - before_ns) / NANOS_PER_SECOND - LOOK_EVERY_S
            self._lag.observe(max(0.0, late_s))
            self.worst_lag_s = max(self.worst_lag_s, late_s)

    def text(self) -> bytes:
        """`gateway.seams.Services.metrics`."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """`prometheus_client.registry.Collector`."""
        yield from self._of_the_bus()
        yield from self._of_the_store()
        yield from self._of_the_feeds()
        yield _counter(
            "jts_orders_sent", "Orders that were sent to a broker since the start.", self._orders.sent
        )
        yield _counter("jts_fills", "Fills that were booked since the start.", self._orders.fills)
        yield _gauge("jts_resident_bytes", "Memory the process holds.", resident_bytes())

    # ---- private ----

    def _of_the_bus(self) -> Iterator[Metric]:
        bus = self._bus
        yield _counter("jts_bus_published", "Messages said on the bus.", bus.published)
        yield _counter("jts_bus_delivered", "Messages handled by a reader.", bus.delivered)
        yield _counter("jts_bus_shed", "Old market data dropped for readers that were behind.", bus.shed)
        yield _counter(
            "jts_bus_redelivered", "Messages delivered again after a reader failed.", bus.redelivered
        )
        waiting = GaugeMetricFamily(
            "jts_bus_waiting", "Messages that wait for a reader.", labels=("reader", "topic")
        )
        for name, count in bus.waiting.items():
            reader, _, topic = name.rpartition("@")
            waiting.add_metric((reader, topic), count)
        yield waiting

    def _of_the_store(self) -> Iterator[Metric]:
        relay, database = self._relay, self._database
        yield _counter("jts_outbox_said", "Messages of the outbox that were said on the bus.", relay.said)
        yield _gauge("jts_outbox_waiting", "Messages of the outbox that wait to be said.", relay.waiting)
        yield _gauge(
            "jts_outbox_unreadable", "Messages of the outbox nobody here can read.", relay.unreadable
        )
        yield _gauge("jts_database_waiting", "Writes that wait for the writer.", database.waiting)
        yield _counter("jts_database_written", "Writes that became durable.", database.written)
        yield _counter("jts_database_failed", "Writes that the disk or the file refused.", database.failed)

    def _of_the_feeds(self) -> Iterator[Metric]:
        age = GaugeMetricFamily(
            "jts_feed_age_seconds",
            "Since the last message of a feed; NaN before the first.",
            labels=("feed",),
        )
        live = GaugeMetricFamily("jts_feed_live", "1 while a feed can be trusted.", labels=("feed",))
        messages = CounterMetricFamily("jts_feed_messages", "Messages of a feed.", labels=("feed",))
        now_ns = self._clock.now_ns()
        for feed in self._feeds:
            last = feed.last_message_ns
            age.add_metric((feed.feed,), float("nan") if last is None else (now_ns - last) / NANOS_PER_SECOND)
            live.add_metric((feed.feed,), int(feed.state is FeedState.LIVE))
            messages.add_metric((feed.feed,), feed.messages)
        yield from (age, live, messages)


def resident_bytes() -> int:
    """The memory this process holds now; where the system does not say, the most it ever held."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _counter(name: str, told: str, value: float) -> Metric:
    return CounterMetricFamily(name, told, value=value)


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)
