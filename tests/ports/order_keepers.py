"""The keeper of orders that lives in memory: the same promises as the ones on disk, in the fewest lines."""

from __future__ import annotations

from collections.abc import Sequence

from jts.domain.orders.events import AnyOrderEvent, OrderFilled, OrderLateFilled
from jts.domain.orders.order import Order
from jts.domain.orders.transitions import OrderLife, rebuild
from jts.domain.values import AccountId, ClientOrderId, FillId, InstrumentId, Nanos, Provenance, RunId
from jts.ports.audit_log import VersionTaken
from jts.ports.order_store import FillTaken
from jts.ports.outbox import Outgoing


class MemoryOrderStore:
    def __init__(self) -> None:
        self._events: dict[ClientOrderId, list[AnyOrderEvent]] = {}
        self._orders: dict[ClientOrderId, Order] = {}
        self._fills: dict[FillId, ClientOrderId] = {}
        self._newest_ns: Nanos | None = None

    async def append(
        self, after: OrderLife, events: Sequence[AnyOrderEvent], *, say: Sequence[Outgoing] = ()
    ) -> None:
        there = self._events.get(after.order.id, [])
        if events[0].version <= len(there):
            raise VersionTaken(f"order/{after.order.id}", events[0].version, len(there))
        assert events[0].version == len(there) + 1, "a version would leave a gap"
        for event in events:
            if isinstance(event, OrderFilled | OrderLateFilled) and event.fill.id in self._fills:
                raise FillTaken(event.fill.id, self._fills[event.fill.id])
        for event in events:
            if isinstance(event, OrderFilled | OrderLateFilled):
                self._fills[event.fill.id] = event.order
            self._newest_ns = event.provenance.at_ns
        self._events[after.order.id] = [*there, *events]
        self._orders[after.order.id] = after.order

    async def note(
        self, *, stream: str, kind: str, provenance: Provenance, body: str, say: Sequence[Outgoing] = ()
    ) -> None:
        return None

    async def load(self, order: ClientOrderId) -> OrderLife | None:
        events = self._events.get(order)
        return rebuild(events) if events else None

    async def load_open(self) -> tuple[OrderLife, ...]:
        return tuple(rebuild(self._events[id]) for id, order in self._orders.items() if order.is_open)

    async def get(self, order: ClientOrderId) -> Order | None:
        return self._orders.get(order)

    async def find(
        self,
        *,
        account: AccountId | None = None,
        instrument: InstrumentId | None = None,
        run: RunId | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: ClientOrderId | None = None,
    ) -> tuple[Order, ...]:
        newest_first = list(reversed(self._orders.values()))
        if before is not None:
            places = [place for place, order in enumerate(newest_first) if order.id == before]
            newest_first = newest_first[places[0] + 1 :] if places else []
        return tuple(
            order
            for order in newest_first
            if account in (None, order.account)
            and instrument in (None, order.terms.instrument)
            and run in (None, order.source.run)
            and (order.is_open or not open_only)
        )[:limit]

    async def life(self, order: ClientOrderId) -> tuple[AnyOrderEvent, ...]:
        return tuple(self._events.get(order, ()))

    async def unbooked(self, fills: Sequence[FillId]) -> frozenset[FillId]:
        return frozenset(fill for fill in fills if fill not in self._fills)

    async def newest_ns(self) -> Nanos | None:
        return self._newest_ns

    async def rebuild(self) -> int:
        self._orders = {id: rebuild(events).order for id, events in self._events.items()}
        return len(self._orders)
