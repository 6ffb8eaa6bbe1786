"""One account's desk: it listens, compares itself with the venue, and only then sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jts.domain.orders.transitions import OrderLife
from jts.domain.values import AccountId
from jts.ports.broker import Broker
from jts.ports.clock import Clock
from jts.ports.order_store import OrderStore
from jts.services.orders.listening import Listener
from jts.services.orders.notices import NoticeWriter
from jts.services.orders.order_book import OrderBook
from jts.services.orders.reconciling import Reconciler
from jts.services.orders.sending import Sender


class AccountDesk:
    """Everything orders does with one account's broker."""

    def __init__(
        self,
        *,
        account: AccountId,
        broker: Broker,
        book: OrderBook,
        store: OrderStore,
        clock: Clock,
        notices: NoticeWriter,
        why_not: Callable[[OrderLife], str | None],
    ) -> None:
        self.account = account
        self.sender = Sender(broker=broker, book=book, clock=clock, why_not=why_not, doubt=self._compare_soon)
        self.listener = Listener(
            account=account,
            broker=broker,
            book=book,
            store=store,
            clock=clock,
            notices=notices,
            doubt=self._compare_soon,
        )
        self.reconciler = Reconciler(
            account=account,
            broker=broker,
            book=book,
            store=store,
            listener=self.listener,
            clock=clock,
            notices=notices,
            cancel=self.sender.cancel_soon,
        )
        self.listener.missed = self.reconciler.book_missed_of

    async def run(self) -> None:
        """Until cancelled. The first comparison with the venue opens the door for orders."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.listener.run(), name=f"listen {self.account}")
            tasks.create_task(self.sender.run(), name=f"send {self.account}")
            await self.reconciler.until_compared()
            self.sender.open_door()
            tasks.create_task(self.reconciler.run(), name=f"compare {self.account}")

    def _compare_soon(self) -> None:
        self.reconciler.soon()
