"""A whole gateway for a test: the real access on a temporary store, stand-ins for the rest, a client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import BaseRoute

from jts.contracts.access import NewSession
from jts.domain.access.principal import Scope
from jts.domain.audit import Anchor
from jts.domain.values import Nanos
from jts.gateway.app import build_app
from jts.gateway.measures import GatewayMeasures
from jts.gateway.seams import ComponentHealth, Health, Services
from jts.gateway.settings import GatewaySettings
from jts.gateway.stream import StreamHub
from jts.services.access.service import OWNER, AccessService
from tests.gateway.stand_in_orders import StandInOrders, StandInRisk
from tests.gateway.stand_ins import (
    StandInMarketData,
    StandInNotifications,
    StandInPortfolio,
    StandInStrategies,
)
from tests.services.access.makers import CountedNames, HandClock, store_in

HOST = "http://127.0.0.1:18200"
TICKET = {
    "account": "paper",
    "instrument": "KRX:005930",
    "side": "buy",
    "kind": "limit",
    "quantity": "10",
    "limit_price": "71200",
}


class FlowingClock(HandClock):
    """Stands still until moved, but waits really pass, for tests with a real server."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class House:
    """The gateway and everything behind it."""

    app: FastAPI
    services: Services
    settings: GatewaySettings
    hub: StreamHub
    access: AccessService
    clock: HandClock
    orders: StandInOrders
    risk: StandInRisk
    strategies: StandInStrategies
    market_data: StandInMarketData
    imported: list[bytes] = field(default_factory=list)

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=True, client=("127.0.0.1", 50_000))
        return httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers, trust_env=False)

    async def by_key(self, scope: Scope) -> httpx.AsyncClient:
        """A client with an API key of this scope (the owner's is the internal one)."""
        if scope is Scope.OWNER:
            return self.client(Authorization=f"Bearer {self.access.new_internal_key()}")
        made = await self.access.create_api_key(name=f"a {scope} key", scope=scope, by=OWNER)
        return self.client(Authorization=f"Bearer {made.secret}")

    async def session(self) -> NewSession:
        made = await self.access.redeem_sign_in_link(await self.access.new_sign_in_link())
        assert made is not None
        return made

    async def signed_in(self) -> httpx.AsyncClient:
        """A browser of the owner, with its cookie and no token."""
        client = self.client()
        client.cookies.set("jts_session", (await self.session()).secret)
        return client


_routes: list[BaseRoute] = []


def _prepared(routes: list[BaseRoute]) -> list[BaseRoute]:
    """The routes of the first house, for all. FastAPI reads a route's forms when it is first asked for, which
    takes longer than most tests; routes hold nothing of a house, they find it in the state of their app."""
    _routes.extend(() if _routes else routes)
    return _routes


@asynccontextmanager
async def house(
    folder: Path, *, settings: GatewaySettings | None = None, clock: HandClock | None = None
) -> AsyncIterator[House]:
    clock = clock or HandClock()
    settings = settings or GatewaySettings(port=18200, home=str(folder))
    names = CountedNames()
    async with store_in(folder) as store:
        access = AccessService(store=store, clock=clock, names=names)
        orders = StandInOrders(clock)
        risk = StandInRisk(orders, clock)
        strategies = StandInStrategies(clock)
        market_data = StandInMarketData(clock)
        started_ns, imported = clock.now_ns(), list[bytes]()

        async def audit_head() -> Anchor:
            return Anchor(sequence=7, hash="9f2c", at_ns=clock.now_ns())

        async def import_bars(body: bytes) -> dict[str, Any]:
            imported.append(body)
            return {"added": 1}

        services = Services(
            access=access,
            risk=risk,
            orders=orders,
            portfolio=StandInPortfolio(clock),
            market_data=market_data,
            strategies=strategies,
            notifications=StandInNotifications(clock),
            answers=store,
            clock=clock,
            names=names,
            health=lambda: _health(started_ns),
            audit_head=audit_head,
            import_bars=import_bars,
            metrics=lambda: b"jts_other_room 1\n",
        )
        measures = GatewayMeasures()
        hub = StreamHub(services=services, settings=settings, measures=measures)
        app = build_app(services, settings, hub=hub, measures=measures)
        app.router.routes = _prepared(app.router.routes)
        yield House(
            app=app,
            services=services,
            settings=settings,
            hub=hub,
            access=access,
            clock=clock,
            orders=orders,
            risk=risk,
            strategies=strategies,
            market_data=market_data,
            imported=imported,
        )


def _health(started_ns: Nanos) -> Health:
    return Health(
        status="ok",
        version="0.1.0",
        profile="embedded",
        started_ns=started_ns,
        components={"store": ComponentHealth(state="ok")},
    )


async def csrf_of(browser: httpx.AsyncClient) -> dict[str, str]:
    """The header that a change under the cookie of this browser needs."""
    return {"X-JTS-CSRF": (await browser.get("/api/v1/session")).json()["csrf"]}


async def until(is_so: Callable[[], bool | Awaitable[bool]], *, within_s: float = 5.0) -> None:
    """Wait until something holds. Errors: TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            answer = is_so()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)
