"""The stream's hub: hears the bus, keeps one picture, and hands each change to every follower.

The bus waits for its readers, so the handlers here only note what changed and return. One task, `run`, asks
for what is needed, encodes each change once, and hands it on. While nobody follows, nothing is done at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from jts.contracts.market_data import BarClosed, FeedChanged, FeedStatus
from jts.contracts.notifications import Notice
from jts.contracts.portfolio import AccountView, PortfolioChanged
from jts.contracts.risk import KillChanged, OrderRefused
from jts.contracts.strategy import RunView, StrategyChanged, StrategyDecided
from jts.domain.market.prices import MarketTrade
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.risk.kill_switch import KillState
from jts.domain.values import NANOS_PER_SECOND, AccountId, ClientOrderId, InstrumentId, RunId
from jts.gateway.auth.caller import Caller
from jts.gateway.forms.order import RefusalForm
from jts.gateway.forms.strategy import DecisionForm
from jts.gateway.measures import GatewayMeasures
from jts.gateway.problems import Problem
from jts.gateway.seams import Services
from jts.gateway.settings import GatewaySettings
from jts.gateway.stream_client import GOING_AWAY, PRICE, StreamClient
from jts.gateway.stream_picture import StreamPicture

PRICES_EVERY_NS = NANOS_PER_SECOND // 10
POLL_EVERY_NS = NANOS_PER_SECOND
IDLE_NS = NANOS_PER_SECOND // 4
SAID_WAITING_MAX = 20_000
"""Refusals, decisions, bars and notices that wait for the pump; beyond it the followers begin anew."""

SaidOnce: TypeAlias = OrderRefused | BarClosed | StrategyDecided | Notice

_log = structlog.get_logger("gateway")


@dataclass(slots=True)
class _Changes:
    """What the bus has said and the pump not yet handed on: the newest of each thing; what is said once."""

    orders: dict[ClientOrderId, None] = field(default_factory=dict)
    accounts: dict[AccountId, AccountView] = field(default_factory=dict)
    runs: dict[RunId, RunView] = field(default_factory=dict)
    feeds: dict[str, FeedStatus] = field(default_factory=dict)
    kill: KillState | None = None
    said: list[SaidOnce] = field(default_factory=list)


class StreamHub:
    """The runtime subscribes the `on_...` handlers to the bus, has `run` in its task group, calls `stop`."""

    def __init__(self, *, services: Services, settings: GatewaySettings, measures: GatewayMeasures) -> None:
        self._services = services
        self._settings = settings
        self._measures = measures
        self._clients: set[StreamClient] = set()
        self._admitted: dict[str, int] = {}
        self._picture: StreamPicture | None = None
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._is_running = False
        self._is_stopping = False
        self._is_followed = False
        self._numbered = 0
        self._changes = _Changes()
        self._trades: dict[InstrumentId, MarketTrade] = {}

    # ---- what the bus says ----

    async def on_order_events(self, batch: Sequence[AnyOrderEvent]) -> None:
        if self._is_followed:
            self._changes.orders.update(dict.fromkeys(event.order for event in batch))
            self._woken.set()

    async def on_portfolio(self, batch: Sequence[PortfolioChanged]) -> None:
        if self._is_followed:
            self._changes.accounts.update({said.account: said.view for said in batch})
            self._woken.set()

    async def on_trades(self, batch: Sequence[MarketTrade]) -> None:
        if self._is_followed:
            if not self._trades:
                self._woken.set()  # once: until the prices are handed on, further trades only replace them
            self._trades.update({trade.instrument: trade for trade in batch})

    async def on_feeds(self, batch: Sequence[FeedChanged]) -> None:
        if self._is_followed:
            self._changes.feeds.update({said.feed: said.status for said in batch})
            self._woken.set()

    async def on_strategies(self, batch: Sequence[StrategyChanged]) -> None:
        if self._is_followed:
            self._changes.runs.update({said.run: said.view for said in batch})
            self._woken.set()

    async def on_kill(self, batch: Sequence[KillChanged]) -> None:
        if self._is_followed:
            self._changes.kill = batch[-1].state
            self._woken.set()

    async def on_refusals(self, batch: Sequence[OrderRefused]) -> None:
        self._say(batch)

    async def on_bars(self, batch: Sequence[BarClosed]) -> None:
        self._say(batch)

    async def on_decisions(self, batch: Sequence[StrategyDecided]) -> None:
        self._say(batch)

    async def on_notices(self, batch: Sequence[Notice]) -> None:
        self._say(batch)

    # ---- followers ----

    def admit(self, caller: Caller) -> None:
        """Count a connection in, before it is accepted. Errors: Problem 429 or 503."""
        name = caller.principal.name
        if self._is_stopping:
            raise Problem(503, "the platform is stopping", headers={"Retry-After": "5"})
        if self._admitted.get(name, 0) >= self._settings.stream_clients_per_principal:
            most = self._settings.stream_clients_per_principal
            raise Problem(
                429, f"{name} has {most} streams open, which is the most", headers={"Retry-After": "5"}
            )
        if sum(self._admitted.values()) >= self._settings.stream_clients_max:
            raise Problem(503, "no more streams can be opened now", headers={"Retry-After": "5"})
        self._admitted[name] = self._admitted.get(name, 0) + 1

    def release(self, caller: Caller) -> None:
        """Count it out again."""
        left = self._admitted[caller.principal.name] - 1
        if left:
            self._admitted[caller.principal.name] = left
        else:
            del self._admitted[caller.principal.name]

    async def join(self, caller: Caller) -> StreamClient:
        """A follower with the picture as it is now; from here on it gets every change, and none twice."""
        async with self._turn:
            if self._picture is None:
                picture = StreamPicture(self._services)
                self._is_followed = self._is_running
                try:
                    await picture.load()
                except BaseException:
                    self._is_followed = False
                    raise
                self._picture = picture
            client = StreamClient(
                caller=caller,
                snapshot=self._picture.snapshot(),
                clock=self._services.clock,
                settings=self._settings,
                measures=self._measures,
            )
            self._clients.add(client)
            if not self._is_running:
                self._picture = None  # nobody keeps it fresh
        self._measures.stream_clients.set(len(self._clients))
        return client

    def leave(self, client: StreamClient) -> None:
        self._clients.discard(client)
        self._measures.stream_clients.set(len(self._clients))
        if not self._clients and not self._turn.locked():
            self._forget()

    def catch_up(self, client: StreamClient) -> None:
        """A follower that paused has every price as it is now."""
        if self._picture is not None:
            for id, price in self._picture.prices():
                client.put(PRICE, id, _change(PRICE, price))

    def stop(self) -> None:
        """End every follower; nobody is admitted any more."""
        self._is_stopping = True
        for client in self._clients:
            client.end(GOING_AWAY)

    # ---- the pump ----

    async def run(self) -> None:
        """Hand changes on until cancelled."""
        self._is_running = True
        poll_ns = prices_ns = 0
        try:
            while True:
                now_ns = self._services.clock.monotonic_ns()
                due_ns = prices_ns + PRICES_EVERY_NS if self._trades else max(poll_ns, now_ns + IDLE_NS)
                await self._wait((due_ns - now_ns) / NANOS_PER_SECOND)
                if not self._is_followed:
                    continue
                async with self._turn:
                    await self._guarded(self._hand_on)
                    now_ns = self._services.clock.monotonic_ns()
                    if self._trades and now_ns >= prices_ns + PRICES_EVERY_NS:
                        prices_ns = now_ns
                        await self._guarded(self._hand_on_prices)
                    if now_ns >= poll_ns:
                        poll_ns = now_ns + POLL_EVERY_NS
                        await self._guarded(self._poll)
        finally:
            self._is_running = False

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                pass
        self._woken.clear()

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        """A step that fails ends the followers, who begin anew with a fresh picture; the hub goes on."""
        if self._picture is None or not self._clients:
            self._forget()
            return
        try:
            await step()
        except Exception as error:
            _log.error("stream step failed", step=step.__name__, exc_info=error)
            self._begin_anew()

    def _begin_anew(self) -> None:
        for client in tuple(self._clients):
            client.end(GOING_AWAY)
        self._clients.clear()
        self._forget()

    async def _hand_on(self) -> None:
        assert self._picture is not None, "there is a picture while somebody follows"
        changes, self._changes = self._changes, _Changes()
        for id in changes.orders:
            order = await self._services.orders.get(id)
            if order is not None:
                self._tell("order", id, self._picture.set_order(order))
        for account, view in changes.accounts.items():
            told = self._picture.set_account(view)
            if told is not None:
                self._tell("portfolio", account, told[0])
                self._tell("positions", account, told[1])
        for run, run_view in changes.runs.items():
            self._tell("strategy", run, self._picture.set_run(run_view))
        for feed, status in changes.feeds.items():
            self._tell("feed", feed, self._picture.set_feed(status))
        if changes.kill is not None:
            self._tell("kill", "", self._picture.set_kill(changes.kill))
        for one in changes.said:
            await self._hand_on_said(one)

    async def _hand_on_said(self, one: SaidOnce) -> None:
        assert self._picture is not None
        self._numbered += 1
        key = str(self._numbered)
        if isinstance(one, OrderRefused):
            self._tell("refusal", key, RefusalForm.of(one).model_dump_json().encode())
        elif isinstance(one, StrategyDecided):
            self._tell("decision", key, DecisionForm.of(one.decision).model_dump_json().encode())
        elif isinstance(one, BarClosed):
            self._tell("bar", key, await self._picture.closed_bar(one))
        else:
            self._tell("notice", key, self._picture.set_notice(one))

    async def _hand_on_prices(self) -> None:
        assert self._picture is not None
        trades, self._trades = self._trades, {}
        for id, trade in trades.items():
            if not self._picture.knows(id):
                await self._picture.refresh_reference(id)
            self._tell(PRICE, id, self._picture.set_trade(trade))

    async def _poll(self) -> None:
        """What nobody announces: ages of feeds, use of limits, sessions that open and close."""
        assert self._picture is not None
        for status in await self._services.market_data.feeds():
            self._tell("feed", status.feed, self._picture.set_feed(status))
        self._tell("gauges", "", self._picture.set_gauges(await self._services.risk.gauges()))
        for id, price in await self._picture.refresh_references():
            self._tell(PRICE, id, price)

    def _tell(self, topic: str, key: str, data: bytes | None) -> None:
        if data is None:
            return
        change = _change(topic, data)
        for client in self._clients:
            client.put(topic, key, change)

    def _say(self, batch: Sequence[SaidOnce]) -> None:
        if not self._is_followed:
            return
        self._changes.said.extend(batch)
        if len(self._changes.said) > SAID_WAITING_MAX:
            self._begin_anew()
        self._woken.set()

    def _forget(self) -> None:
        """Nobody follows: drop the picture and what waits for it."""
        self._is_followed = False
        self._picture = None
        self._changes = _Changes()
        self._trades = {}


def _change(topic: str, data: bytes) -> bytes:
    return b'{"topic":"' + topic.encode() + b'","data":' + data + b"}"
