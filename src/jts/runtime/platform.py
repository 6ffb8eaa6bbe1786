"""The whole platform in one process: in which sequence it starts, what it watches, and how it ends.

Recovery is the only way to start: every service takes up what its store holds and needs no clean stop before
it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import structlog

import jts
from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock, SystemNames
from jts.adapters.sql.sqlite.anchor import AnchorFile
from jts.adapters.sql.sqlite.audit_log import SqliteAuditLog
from jts.adapters.sql.sqlite.outbox import OutboxRelay
from jts.adapters.telemetry.metrics import PlatformMetrics
from jts.brokers.recorded.markets import recorded_markets
from jts.contracts import topics
from jts.domain.audit import Anchor
from jts.domain.values import BadInput, InstrumentId, Nanos
from jts.gateway.app import build_app
from jts.gateway.measures import GatewayMeasures
from jts.gateway.seams import Services
from jts.gateway.serve import GatewayServer
from jts.gateway.settings import GatewaySettings
from jts.gateway.stream import StreamHub
from jts.ports.clock import Clock
from jts.ports.market_source import MarketSource
from jts.runtime import demo, kill_file, story
from jts.runtime.health import PlatformHealth
from jts.runtime.home import Home, HomeLock, announce, withdraw
from jts.runtime.imports import Imports
from jts.runtime.replay_place import ReplayPlace, places
from jts.runtime.services import Made, Means, make_services, subscribe
from jts.runtime.settings import Settings
from jts.runtime.stores import Stores, open_stores

STOP_MAX_S = 8.0
QUIET_LOOK_S = 0.02
QUIET_LOOKS_MAX = 50
log = structlog.get_logger("jts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a person is told once the platform answers. `link` signs its owner in, once."""

    url: str
    link: str


class Platform:
    """One platform on one home. `run` returns after `stop` was set, or raises what broke it."""

    def __init__(self, *, home: Home, settings: Settings, is_demo: bool) -> None:
        self._home = home
        self._settings = settings
        self._is_demo = is_demo
        self._clock = SystemClock()
        self._names = SystemNames()
        self._started_ns = self._clock.now_ns()

    async def run(self, *, stop: asyncio.Event, ready: Callable[[Ready], None]) -> None:
        """Errors: BadInput (home occupied, port in use, ...), OutsideError (a store failed), with the next
        step."""
        lock = HomeLock(self._home)
        lock.take()
        stores: Stores | None = None
        try:
            stores = open_stores(self._home, self._clock)
            await stores.bars.open()
            await self._run(stores, stop, ready)
        finally:
            withdraw(self._home)
            if stores is not None:
                await stores.bars.close()
                stores.database.close()
            lock.release()

    # ---- private, in the order they are called ----

    async def _run(self, stores: Stores, stop: asyncio.Event, ready: Callable[[Ready], None]) -> None:
        bus = InProcessBus(clock=self._clock, on_trouble=_log_trouble)
        relay = OutboxRelay(outbox=stores.outbox, bus=bus, clock=self._clock)
        stores.database.after_commit(relay.wake)
        sources = await self._sources(stores)
        means = Means(
            settings=self._settings,
            home=self._home,
            stores=stores,
            bus=bus,
            clock=self._clock,
            names=self._names,
        )
        made = make_services(means, sources)
        anchors = AnchorFile(self._home.anchor)
        audit = SqliteAuditLog(stores.database, anchors)
        _refuse_an_older_book(await audit.head(), anchors)
        health, metrics = self._watchers(made, stores, bus, relay)
        hub, server = self._gateway(made, stores, audit, health, metrics)
        await server.start()  # first, so that a port in use is said before anything moves
        await self._recover(made, stores, bus, relay, hub)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(each, name=name)
                for name, each in (
                    ("market data", made.market.run()),
                    ("risk", made.risk.run()),
                    ("orders", made.orders.watch()),
                    ("stream", hub.run()),
                    ("anchor", audit.keep_anchored(self._clock)),
                    ("kill file", self._watch_kill_file(made)),
                    ("health", health.run()),
                    ("metrics", metrics.run()),
                    ("gateway", server.wait()),
                )
            ]
            await made.strategies.resume()
            if self._is_demo:
                await self._start_demo(made)
            await self._announce(made, server, ready)
            health.started()
            await stop.wait()
            log.info("stopping")
            await _end(running[:2])  # the market and the tending of risk: what makes everything else move
            await _until_quiet(bus, self._clock)
            await self._stop(made, bus, relay, server, audit)
            for task in running:
                task.cancel()

    async def _sources(self, stores: Stores) -> tuple[MarketSource, ...]:
        if not self._is_demo:
            return ()
        resume: dict[InstrumentId, Nanos] = await places(stores.documents)
        return recorded_markets(self._settings.demo_speed, self._clock, resume)

    def _watchers(
        self, made: Made, stores: Stores, bus: InProcessBus, relay: OutboxRelay
    ) -> tuple[PlatformHealth, PlatformMetrics]:
        health = PlatformHealth(
            version=version("jts"),
            started_ns=self._started_ns,
            home=self._home.root,
            clock=self._clock,
            database=stores.database,
            bars=stores.bars,
            bus=bus,
            relay=relay,
            market=made.market,
            accounts=tuple(each.account for each in self._settings.accounts),
            is_ready=made.orders.is_ready,
        )
        metrics = PlatformMetrics(
            clock=self._clock,
            bus=bus,
            relay=relay,
            database=stores.database,
            orders=made.orders,
            market=made.market,
        )
        return health, metrics

    def _gateway(
        self,
        made: Made,
        stores: Stores,
        audit: SqliteAuditLog,
        health: PlatformHealth,
        metrics: PlatformMetrics,
    ) -> tuple[StreamHub, GatewayServer]:
        settings = GatewaySettings(
            port=self._settings.port, web_dist=_built_page(), home=str(self._home.root)
        )
        services = Services(
            access=made.access,
            risk=made.risk,
            orders=made.orders,
            portfolio=made.portfolio,
            market_data=made.market,
            strategies=made.strategies,
            notifications=made.notifications,
            answers=stores.access,
            clock=self._clock,
            names=self._names,
            health=health.read,
            audit_head=audit.head,
            import_bars=Imports(stores, self._clock).take,
            metrics=metrics.text,
        )
        measures = GatewayMeasures()
        hub = StreamHub(services=services, settings=settings, measures=measures)
        app = build_app(services, settings, hub=hub, measures=measures)
        return hub, GatewayServer(app=app, settings=settings, hub=hub)

    async def _recover(
        self, made: Made, stores: Stores, bus: InProcessBus, relay: OutboxRelay, hub: StreamHub
    ) -> None:
        """Each service takes up what its store holds; only then does anything move."""
        await made.market.start()
        await made.risk.start()
        await made.portfolio.start()
        await made.notifications.recover()
        await made.strategies.recover()
        for broker in made.paper.values():
            await broker.start()
        subscribe(made, bus)
        _subscribe_watchers(bus, hub)
        days = frozenset(each.id for each in await made.market.instruments() if each.calendar != "always")
        if self._is_demo and days:
            bus.subscribe(topics.TRADES, ReplayPlace(stores.documents, days).on_trades, reader="replay place")
        await bus.start()
        await made.orders.start()
        await relay.start()

    async def _start_demo(self, made: Made) -> None:
        account = self._settings.accounts[0].account
        failed = await demo.start_strategies(
            made.strategies, account=account, clock=self._clock, names=self._names
        )
        for each in failed:
            log.error("a demo strategy did not start", run=each.run, reason=each.reason)

    async def _announce(self, made: Made, server: GatewayServer, ready: Callable[[Ready], None]) -> None:
        token = await made.access.new_sign_in_link()
        announce(self._home, url=server.url, key=made.access.new_internal_key(), version=version("jts"))
        ready(Ready(url=server.url, link=f"{server.url}/welcome?token={token}"))

    async def _watch_kill_file(self, made: Made) -> None:
        await kill_file.watch(self._home.kill_file, risk=made.risk, clock=self._clock, names=self._names)

    async def _stop(
        self, made: Made, bus: InProcessBus, relay: OutboxRelay, server: GatewayServer, audit: SqliteAuditLog
    ) -> None:
        """A courtesy, never a need: what is cut off here is what recovery is for."""
        try:
            async with asyncio.timeout(STOP_MAX_S):
                await server.stop()
                await made.orders.stop()
                await relay.stop()
                await bus.stop()
                await made.portfolio.stop()
                await audit.anchor_now(self._clock)
        except TimeoutError:
            log.warning("stopping took too long; the next start recovers")


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _until_quiet(bus: InProcessBus, clock: Clock) -> None:
    """Let the readers finish what they have while they may still speak: a stopping bus takes nothing new."""
    for _ in range(QUIET_LOOKS_MAX):
        if bus.is_quiet:
            return
        await clock.sleep(QUIET_LOOK_S)


def _refuse_an_older_book(head: Anchor, anchors: AnchorFile) -> None:
    """A book that ends before what was anchored of it has lost its end, and with it orders that are live.

    Errors: BadInput with the next step.
    """
    newest = max((each.sequence for each in anchors.read()), default=0)
    if head.sequence < newest:
        raise BadInput(
            f"the book of orders ends at entry {head.sequence}, but {anchors.path} has known entry {newest}: "
            "its end is missing (an older backup, or a lost jts.db-wal). Nothing was changed. Put the right "
            "store back. To go on with this one all the same, move the anchor file aside; then look at your "
            "broker for orders that this book does not know.",
            code="older_book",
        )


def _subscribe_watchers(bus: InProcessBus, hub: StreamHub) -> None:
    """The page's stream and the log hear everything and change nothing."""
    bus.subscribe(topics.ORDER_EVENTS, hub.on_order_events, reader="stream")
    bus.subscribe(topics.REFUSALS, hub.on_refusals, reader="stream")
    bus.subscribe(topics.PORTFOLIO, hub.on_portfolio, reader="stream")
    bus.subscribe(topics.TRADES, hub.on_trades, reader="stream")
    bus.subscribe(topics.BARS, hub.on_bars, reader="stream")
    bus.subscribe(topics.FEEDS, hub.on_feeds, reader="stream")
    bus.subscribe(topics.STRATEGIES, hub.on_strategies, reader="stream")
    bus.subscribe(topics.DECISIONS, hub.on_decisions, reader="stream")
    bus.subscribe(topics.KILL, hub.on_kill, reader="stream")
    bus.subscribe(topics.NOTICES, hub.on_notices, reader="stream")
    bus.subscribe(topics.ORDER_EVENTS, story.on_order_events, reader="story")
    bus.subscribe(topics.REFUSALS, story.on_refusals, reader="story")
    bus.subscribe(topics.DECISIONS, story.on_decisions, reader="story")
    bus.subscribe(topics.FEEDS, story.on_feeds, reader="story")
    bus.subscribe(topics.KILL, story.on_kill, reader="story")
    bus.subscribe(topics.NOTICES, story.on_notices, reader="story")


def _built_page() -> Path | None:
    """The page as `make build` leaves it beside the source, or as a wheel carries it."""
    package = Path(jts.__file__).parent
    for place in (package.parents[1] / "web" / "dist", package / "gateway" / "page"):
        if (place / "index.html").is_file():
            return place
    return None


def _log_trouble(reader: str, topic: str, times: int, error: BaseException) -> None:
    log.error(
        "a reader failed; its batch comes again", reader=reader, topic=topic, times=times, error=repr(error)
    )
