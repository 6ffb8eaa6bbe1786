"""What the gateway needs from the rest of the house: promises that the real things keep by their form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from jts.contracts.access import Access
from jts.contracts.market_data import MarketData
from jts.contracts.notifications import Notifications
from jts.contracts.orders import Orders
from jts.contracts.portfolio import Portfolio
from jts.contracts.risk import Risk
from jts.contracts.strategy import Strategies
from jts.domain.audit import Anchor
from jts.domain.values import MessageId, Nanos, Provenance


class Clock(Protocol):
    """`ports.clock.Clock` fits."""

    def now_ns(self) -> Nanos: ...
    def monotonic_ns(self) -> int: ...
    async def sleep(self, seconds: float) -> None: ...


class Names(Protocol):
    """`ports.names.Names` fits."""

    def message_id(self) -> MessageId: ...


class FirstAnswer(Protocol):
    """What the first request under a key was, and its answer; `ports.access_store.KeptAnswer` fits."""

    @property
    def route(self) -> str: ...
    @property
    def body_digest(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


class Answers(Protocol):
    """Where first answers are kept; `ports.access_store.AnswerStore` fits."""

    async def find_answer(self, *, principal: str, key: str, since_ns: int) -> FirstAnswer | None: ...

    async def keep_answer(
        self,
        *,
        principal: str,
        key: str,
        route: str,
        body_digest: str,
        status: int,
        body: bytes,
        at_ns: int,
        forget_before_ns: int,
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentHealth:
    """One part of the platform. `state`: ok, degraded, starting, down; `detail` has no account or figure."""

    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The platform as a whole, as the runtime sees it. `status`: ok, degraded or starting."""

    status: str
    version: str
    profile: str
    started_ns: Nanos
    components: dict[str, ComponentHealth] = field(default_factory=dict)


ImportBars = Callable[[bytes], Awaitable[dict[str, Any]]]
"""Take the bars of an Arrow IPC body into the store and tell what became of them. Errors: BadInput."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the gateway asks. `metrics` is further Prometheus text of other rooms."""

    access: Access
    risk: Risk
    orders: Orders
    portfolio: Portfolio
    market_data: MarketData
    strategies: Strategies
    notifications: Notifications
    answers: Answers
    clock: Clock
    names: Names
    health: Callable[[], Health]
    audit_head: Callable[[], Awaitable[Anchor]]
    import_bars: ImportBars | None = None
    metrics: Callable[[], bytes] | None = None

    def begin(self, correlation_id: str) -> Provenance:
        """The provenance of a command that a request begins."""
        return Provenance(
            id=self.names.message_id(),
            at_ns=self.clock.now_ns(),
            correlation_id=correlation_id,
            causation_id=correlation_id,
        )
