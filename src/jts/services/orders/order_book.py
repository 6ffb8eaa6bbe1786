"""The orders in hand: one at a time may change each, and nothing counts before it is stored."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from jts.domain.orders.states import Pending, Sending, Unknown
from jts.domain.orders.transitions import Decided, OrderLife, apply, became_unknown, intended, rejected
from jts.domain.risk.verdict import Approved
from jts.domain.values import AccountId, ClientOrderId, OutsideError, Side
from jts.ports.audit_log import VersionTaken
from jts.ports.clock import Clock
from jts.ports.order_store import OrderStore
from jts.services.orders.notices import NoticeWriter

ENDED_KEPT = 4096
CONFLICT_TRIES = 3
STORE_RETRY_FIRST_S = 0.1
STORE_RETRY_MAX_S = 5.0


@dataclass(slots=True)
class _Kept:
    """An order in memory, and the lock under which it changes. `life` None: not read yet, or nobody knows
    it.
    """

    life: OrderLife | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class OrderBook:
    """Every open order, and the newest ended ones, in memory as they are stored."""

    def __init__(self, *, store: OrderStore, clock: Clock, notices: NoticeWriter) -> None:
        self._store = store
        self._clock = clock
        self._notices = notices
        self._kept: dict[ClientOrderId, _Kept] = {}
        self._open: dict[ClientOrderId, OrderLife] = {}
        self._unknown: dict[ClientOrderId, OrderLife] = {}
        self._ended: OrderedDict[ClientOrderId, None] = OrderedDict()

    async def recover(self) -> None:
        """Take up where the last run stopped, however it stopped.

        An order whose sending had begun may be at the venue: unknown. One of which nothing was sent is
        closed.
        """
        for life in await self._store.load_open():
            kept = self._kept[life.order.id] = _Kept()
            self._know(kept, life)
        for life in self.open():
            if isinstance(life.order.state, Sending):
                await self.change(life.order.id, self._unanswered)
            elif isinstance(life.order.state, Pending):
                await self.change(life.order.id, self._never_sent)

    def open(self, account: AccountId | None = None) -> tuple[OrderLife, ...]:
        """Orders that have not ended, of one account or of all."""
        return tuple(life for life in self._open.values() if account is None or life.order.account == account)

    def unknown_beside(self, life: OrderLife) -> OrderLife | None:
        """Another order of the same account, instrument and side whose fate is unknown: the quarantine."""
        for other in self._unknown.values():
            if other.order.id != life.order.id and _lane(other) == _lane(life):
                return other
        return None

    async def begin(self, approved: Approved) -> OrderLife:
        """Store the intent, once: a repeat of the command returns the order as it is by now."""
        id = approved.command.order
        kept = self._enter(id)
        try:
            async with kept.lock:
                life = kept.life
                if life is None:
                    # Most are new: write at once, and read only if the version says that somebody was here.
                    command = approved.command
                    event = intended(
                        order=id,
                        intent=command.intent,
                        account=command.account,
                        terms=command.terms,
                        source=command.source,
                        approval_id=approved.approval.id,
                        cause=command.provenance,
                        at_ns=self._clock.now_ns(),
                    )
                    life = apply(None, event)
                    try:
                        await self._store.append(life, (event,))
                    except VersionTaken:
                        life = await self._store.load(id)
                        assert life is not None, f"{id} is taken and has no events"
                self._know(kept, life)
                return life
        finally:
            self._leave(id, kept)

    async def change(
        self, id: ClientOrderId, decide: Callable[[OrderLife], Decided]
    ) -> tuple[OrderLife, Decided] | None:
        """Decide on the order as it is, store what follows, and only then let it count. None: nobody knows
        it.

        Errors: FillTaken, StoreUnavailable; VersionTaken when a second writer does not let go.
        """
        kept = self._enter(id)
        try:
            async with kept.lock:
                for attempt in range(1, CONFLICT_TRIES + 1):
                    life = await self._current(id, kept)
                    if life is None:
                        return None
                    events = decide(life)
                    if not events:
                        return life, ()
                    after = life
                    for event in events:
                        after = apply(after, event)
                    try:
                        await self._store.append(after, events, say=self._notices.about(after, events))
                    except VersionTaken:
                        kept.life = None
                        if attempt == CONFLICT_TRIES:
                            raise
                        continue
                    self._know(kept, after)
                    return after, events
                raise AssertionError("every try returns or raises")
        finally:
            self._leave(id, kept)

    async def change_surely(
        self, id: ClientOrderId, decide: Callable[[OrderLife], Decided]
    ) -> tuple[OrderLife, Decided] | None:
        """As `change`, for what the venue has told: a store that is out for a while is asked until it is
        back.
        """
        pause_s = STORE_RETRY_FIRST_S
        while True:
            try:
                return await self.change(id, decide)
            except OutsideError as error:
                if not error.retry_is_safe:
                    raise
            await self._clock.sleep(pause_s)
            pause_s = min(STORE_RETRY_MAX_S, pause_s * 2)

    async def life(self, id: ClientOrderId) -> OrderLife | None:
        kept = self._kept.get(id)
        if kept is not None and kept.life is not None:
            return kept.life
        return await self._store.load(id)

    # ---- private ----

    def _unanswered(self, life: OrderLife) -> Decided:
        return became_unknown(
            life, reason="the platform stopped before the broker had answered", at_ns=self._clock.now_ns()
        )

    def _never_sent(self, life: OrderLife) -> Decided:
        return rejected(life, reason="never sent: restart", at_ns=self._clock.now_ns())

    def _enter(self, id: ClientOrderId) -> _Kept:
        kept = self._kept.get(id)
        if kept is None:
            kept = self._kept[id] = _Kept()
        kept.users += 1
        return kept

    def _know(self, kept: _Kept, life: OrderLife) -> None:
        id = life.order.id
        kept.life = life
        if life.order.is_open:
            self._open[id] = life
        else:
            self._open.pop(id, None)
        if isinstance(life.order.state, Unknown):
            self._unknown[id] = life
        else:
            self._unknown.pop(id, None)

    def _leave(self, id: ClientOrderId, kept: _Kept) -> None:
        kept.users -= 1
        if kept.life is not None and kept.life.order.is_open:
            return
        if kept.life is None:
            if kept.users == 0:
                del self._kept[id]
            return
        self._ended[id] = None
        self._ended.move_to_end(id)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self._ended) > ENDED_KEPT:
            id, _ = self._ended.popitem(last=False)
            kept = self._kept.get(id)
            if kept is not None and kept.users == 0:
                del self._kept[id]

    async def _current(self, id: ClientOrderId, kept: _Kept) -> OrderLife | None:
        if kept.life is None:
            life = await self._store.load(id)
            if life is not None:
                self._know(kept, life)
        return kept.life


def _lane(life: OrderLife) -> tuple[str, str, Side]:
    return life.order.account, life.order.terms.instrument, life.order.terms.side
