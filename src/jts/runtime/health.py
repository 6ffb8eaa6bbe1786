"""Whether the platform is well, part by part, in words that name no account and no figure of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.sql.sqlite.database import WORK_WAITING_MAX, SqliteDatabase
from jts.adapters.sql.sqlite.outbox import OutboxRelay
from jts.contracts.market_data import FeedStatus, MarketData
from jts.domain.market.prices import FeedState
from jts.domain.values import NANOS_PER_SECOND, AccountId, Nanos, OutsideError
from jts.gateway.seams import ComponentHealth, Health
from jts.ports.bar_store import BarStore
from jts.ports.clock import Clock

LOOK_EVERY_S = 1.0
BARS_EVERY_LOOKS = 30
DISK_LOW_BYTES = 256 * 2**20
DISK_FULL_BYTES = 16 * 2**20
FAILING_FOR_NS = 10 * NANOS_PER_SECOND  # the bus tries again every 5 s at the latest
BEHIND_MAX = 10_000
"""Messages that may wait for one reader, or for the relay, before it is called behind."""

OK = "ok"
DEGRADED = "degraded"
STARTING = "starting"
DOWN = "down"


class PlatformHealth:
    """Keep `run` running; `read` is cheap and may be called by anybody at any time.

    `is_ready`: whether an account's orders may leave. `home`: the folder whose disk is watched.
    A part that is `down` or `degraded` makes the whole `degraded`: the platform still answers.
    """

    def __init__(
        self,
        *,
        version: str,
        started_ns: Nanos,
        home: Path,
        clock: Clock,
        database: SqliteDatabase,
        bars: BarStore,
        bus: InProcessBus,
        relay: OutboxRelay,
        market: MarketData,
        accounts: Sequence[AccountId],
        is_ready: Callable[[AccountId], bool],
    ) -> None:
        self._version = version
        self._started_ns = started_ns
        self._home = home
        self._clock = clock
        self._database = database
        self._bars = bars
        self._bus = bus
        self._relay = relay
        self._market = market
        self._accounts = tuple(accounts)
        self._is_ready = is_ready
        self._has_started = False
        self._feeds = ComponentHealth(state=STARTING)
        self._bars_health = ComponentHealth(state=OK)
        self._disk = _look_at_disk(home)
        self._redelivered = 0
        self._failing_until_ns = 0

    def started(self) -> None:
        """The platform has told its owner that it is ready."""
        self._has_started = True

    async def run(self) -> None:
        """Look once a second until cancelled."""
        looks = 0
        while True:
            self._feeds = of_feeds(await self._market.feeds())
            self._disk = _look_at_disk(self._home)
            if self._bus.redelivered > self._redelivered:
                self._redelivered = self._bus.redelivered
                self._failing_until_ns = self._clock.monotonic_ns() + FAILING_FOR_NS
            if looks % BARS_EVERY_LOOKS == 0:
                self._bars_health = await self._ask_the_bars()
            looks += 1
            await self._clock.sleep(LOOK_EVERY_S)

    def read(self) -> Health:
        """`gateway.seams.Services.health`."""
        components = {
            "database": self._of_the_database(),
            "bars": self._bars_health,
            "bus": self._of_the_bus(),
            "relay": self._of_the_relay(),
            "feeds": self._feeds,
            "orders": self._of_the_orders(),
            "disk": self._disk,
        }
        return Health(
            status=self._whole(each.state for each in components.values()),
            version=self._version,
            profile="embedded",
            started_ns=self._started_ns,
            components=components,
        )

    # ---- private, in the order they are called ----

    async def _ask_the_bars(self) -> ComponentHealth:
        try:
            await self._bars.series()
        except OutsideError:
            return ComponentHealth(state=DOWN, detail="the store of bars does not answer; the log says why")
        return ComponentHealth(state=OK)

    def _of_the_database(self) -> ComponentHealth:
        if self._database.is_failing:
            return ComponentHealth(
                state=DOWN, detail="the last write failed, so no order is taken; the log says why"
            )
        if self._database.waiting > WORK_WAITING_MAX // 2:
            return ComponentHealth(state=DEGRADED, detail="the disk does not keep up with what is written")
        return ComponentHealth(state=OK)

    def _of_the_bus(self) -> ComponentHealth:
        # Readers of paper accounts carry the account's name, which is nobody's business here: topics only.
        behind = sorted(
            {name.rpartition("@")[2] for name, count in self._bus.waiting.items() if count > BEHIND_MAX}
        )
        if self._clock.monotonic_ns() < self._failing_until_ns:
            return ComponentHealth(state=DEGRADED, detail="a reader fails and is tried again; see the log")
        if behind:
            return ComponentHealth(state=DEGRADED, detail=f"behind: {', '.join(behind)}")
        return ComponentHealth(state=OK)

    def _of_the_relay(self) -> ComponentHealth:
        if self._relay.unreadable:
            return ComponentHealth(
                state=DEGRADED, detail="the outbox holds messages that this version cannot read"
            )
        if self._relay.waiting > BEHIND_MAX:
            return ComponentHealth(state=DEGRADED, detail="what is stored is said later than it should be")
        return ComponentHealth(state=OK)

    def _of_the_orders(self) -> ComponentHealth:
        waiting = sum(not self._is_ready(account) for account in self._accounts)
        if waiting:
            return ComponentHealth(
                state=STARTING, detail="orders leave once every account was compared with its broker"
            )
        return ComponentHealth(state=OK)

    def _whole(self, states: Iterable[str]) -> str:
        if not self._has_started:
            return STARTING
        return OK if all(state == OK for state in states) else DEGRADED


def of_feeds(feeds: Sequence[FeedStatus]) -> ComponentHealth:
    """All silent is down; one silent or late is degraded. A feed that has ended was meant to."""
    silent = sorted(each.feed for each in feeds if each.state in (FeedState.STALE, FeedState.DOWN))
    late = sorted(each.feed for each in feeds if each.state is FeedState.DELAYED)
    if feeds and len(silent) == len(feeds):
        return ComponentHealth(state=DOWN, detail=f"silent: {', '.join(silent)}")
    if silent or late:
        said = [f"{word}: {', '.join(each)}" for word, each in (("silent", silent), ("late", late)) if each]
        return ComponentHealth(state=DEGRADED, detail="; ".join(said))
    return ComponentHealth(state=OK, detail="" if feeds else "no feed is set up")


def _look_at_disk(home: Path) -> ComponentHealth:
    try:
        return of_disk(shutil.disk_usage(home).free)
    except OSError as error:
        return ComponentHealth(state=DOWN, detail=f"the home cannot be looked at ({error.strerror})")


def of_disk(free_bytes: int) -> ComponentHealth:
    """The disk that the home is on. Warned of while there is still time to act."""
    mebibytes = free_bytes // 2**20
    if free_bytes < DISK_FULL_BYTES:
        return ComponentHealth(
            state=DOWN, detail=f"{mebibytes} MiB are free: orders will soon be refused; free space now"
        )
    if free_bytes < DISK_LOW_BYTES:
        return ComponentHealth(
            state=DEGRADED, detail=f"{mebibytes} MiB are free; free space before it is full"
        )
    return ComponentHealth(state=OK)
