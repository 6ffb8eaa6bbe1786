"""The paper broker: takes real orders, fills them by the real tape, and moves no real money.

It behaves as a venue would: it names orders, keeps them over a crash, answers a repeated id with the same
order, and lists everything completely. How a print fills an order is `simulation.trades.matching`; what a
trade costs is `domain.ledger.fees`. It does not ask whether the account can pay: that is risk's question,
asked before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from jts.brokers.paper.objections import objection
from jts.brokers.paper.translate import ended, listed
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.session_calendar import calendar
from jts.domain.ledger.fees import FeeSchedule, costs_of
from jts.domain.ledger.fill import Fill
from jts.domain.market.prices import MarketTrade
from jts.domain.orders.order import Order
from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.risk.verdict import Approved
from jts.domain.values import (
    AccountId,
    BadInput,
    ClientOrderId,
    Currency,
    FillId,
    InstrumentId,
    Nanos,
    OutsideError,
    Quantity,
    VenueOrderId,
)
from jts.ports.broker import (
    BrokerEvent,
    CancelDeclined,
    CancelTaken,
    Capabilities,
    Declined,
    Evidence,
    Grade,
    OutcomeUnknown,
    Placed,
    VenueOrder,
)
from jts.ports.clock import Clock
from jts.ports.paper_book import PaperBook, PaperOrder, Standing
from jts.simulation.trades.matching import Execution, Print, RestingOrder, meet

T = TypeVar("T")

EVENTS_WAITING_MAX = 65_536


class PaperBroker:
    """`ports.broker.Broker` for one paper account. `on_trades` is to be called with every batch of prints.

    `participation`: the most of one print an order may get (None: all it wants, however small the print was;
    this is optimistic). `deposits`: what the venue holds for the account before its first trade; it serves
    `balances` only.
    """

    def __init__(
        self,
        *,
        account: AccountId,
        instruments: Callable[[InstrumentId], Instrument],
        clock: Clock,
        book: PaperBook,
        deposits: Mapping[Currency, Decimal] | None = None,
        schedule: FeeSchedule | None = None,
        participation: Decimal | None = None,
    ) -> None:
        self.account = account
        self._instruments = instruments
        self._clock = clock
        self._book = book
        self._deposits = dict(deposits or {})
        self._schedule = schedule
        self._participation = participation
        self._resting: dict[InstrumentId, dict[ClientOrderId, PaperOrder]] = {}
        self._holdings: dict[str, Decimal] = {}
        self._venue_ns: dict[InstrumentId, Nanos] = {}
        self._streams: set[asyncio.Queue[BrokerEvent | None]] = set()
        self._matching = asyncio.Lock()
        self._placing: dict[ClientOrderId, asyncio.Event] = {}
        self._at_work: set[asyncio.Task[Any]] = set()
        self._is_started = False

    async def start(self) -> None:
        """Open the book where it was left. While nobody ran this venue, nothing traded on it."""
        for order in await self._book.open_orders(self.account):
            self._resting.setdefault(order.resting.terms.instrument, {})[order.id] = order
        self._holdings = await self._book.holdings(self.account)
        if not self._holdings and self._deposits:
            self._holdings = {str(currency): amount for currency, amount in self._deposits.items()}
            await self._book.save(self.account, (), self._holdings)
        self._is_started = True

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            broker="paper",
            is_paper=True,
            kinds=frozenset(OrderKind),
            timings=frozenset(Timing),
            client_ids=True,
            amends=False,
        )

    async def place(self, approved: Approved) -> Placed | Declined:
        assert self._is_started, "start the paper broker before placing orders"
        return await self._to_its_end(self._place(approved))

    async def cancel(self, order: Order) -> CancelTaken | CancelDeclined:
        return await self._to_its_end(self._cancel(order))

    async def orders(self, account: AccountId, *, since_ns: Nanos) -> Evidence[VenueOrder]:
        self._assert_mine(account)
        async with self._matching:
            found = await self._book.touched(account, since_ns=since_ns)
            self._adopt(found)
        return self._evidence(tuple(listed(order) for order in found))

    async def fills(self, account: AccountId, *, since_ns: Nanos) -> Evidence[Fill]:
        self._assert_mine(account)
        found = await self._book.touched(account, since_ns=since_ns)
        fills = (fill for order in found for fill in order.fills if fill.received_ns >= since_ns)
        return self._evidence(tuple(sorted(fills, key=lambda fill: (fill.received_ns, fill.id))))

    async def balances(self, account: AccountId) -> Evidence[tuple[Currency, Decimal]]:
        self._assert_mine(account)
        held = sorted(self._holdings.items())
        return self._evidence(tuple((Currency(asset), amount) for asset, amount in held if ":" not in asset))

    async def positions(self, account: AccountId) -> Evidence[tuple[InstrumentId, Decimal]]:
        self._assert_mine(account)
        held = sorted(self._holdings.items())
        return self._evidence(
            tuple((InstrumentId(asset), amount) for asset, amount in held if ":" in asset and amount)
        )

    def events(self, account: AccountId) -> AsyncIterator[BrokerEvent]:
        """What happens from this call on; what happened before is in the listings. A reader that falls too
        far behind is cut off (the iterator ends), as a venue would: it connects again and lists."""
        self._assert_mine(account)
        stream: asyncio.Queue[BrokerEvent | None] = asyncio.Queue()
        self._streams.add(stream)
        return self._read(stream)

    async def on_trades(self, trades: Sequence[MarketTrade]) -> None:
        """Let these prints meet what rests. May be called again with the same prints if it raised."""
        for trade in trades:
            self._venue_ns[trade.instrument] = trade.venue_ns
        if any(self._resting.get(trade.instrument) for trade in trades):
            await self._to_its_end(self._match(trades))

    # ---- private, in the order they are called ----

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this to its end even if the caller stops waiting: the book and what is in mind must not part."""
        task = asyncio.ensure_future(work)
        self._at_work.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._at_work.discard(task)
        if not task.cancelled():
            task.exception()  # seen; it was raised to the caller if there still was one

    async def _place(self, approved: Approved) -> Placed | Declined:
        command = approved.command
        declined = self._objection(approved)
        if declined is not None:
            return declined
        now_ns = self._clock.now_ns()
        order = PaperOrder(
            account=command.account,
            id=command.order,
            # A pure function of our id: the same order has the same number however often it is placed.
            venue_order_id=VenueOrderId(f"PAPER-{command.order}"),
            resting=RestingOrder(terms=command.terms, leaves=command.terms.quantity, accepted_ns=now_ns),
            standing=Standing.OPEN,
            reason="",
            fills=(),
            placed_ns=now_ns,
            touched_ns=now_ns,
        )
        known = await self._take(order)
        if known is None:
            return Placed(venue_order_id=order.venue_order_id, at_ns=order.placed_ns)
        if known.resting.terms != command.terms:
            return Declined(
                code="duplicate_id",
                reason=f"the id {command.order} is already used by an order with other terms; use a new id",
            )
        return Placed(venue_order_id=known.venue_order_id, at_ns=known.placed_ns)

    async def _take(self, order: PaperOrder) -> PaperOrder | None:
        """Write a new order into the book and let it rest; the known one if its id is there already."""
        placing = self._placing.setdefault(order.id, asyncio.Event())
        try:
            known = await self._book.add(order)
            if known is None:
                self._resting.setdefault(order.resting.terms.instrument, {})[order.id] = order
            return known
        except OutsideError as error:
            raise OutcomeUnknown(f"the paper venue's book did not answer: {error}") from error
        finally:
            placing.set()
            self._placing.pop(order.id, None)

    def _adopt(self, orders: Sequence[PaperOrder]) -> None:
        """Let orders rest that are in the book although writing them seemed to fail: the outcome was
        unknown.
        """
        for order in orders:
            if order.is_open and order.id not in self._placing:
                self._resting.setdefault(order.resting.terms.instrument, {}).setdefault(order.id, order)

    async def _cancel(self, order: Order) -> CancelTaken | CancelDeclined:
        placing = self._placing.get(order.id)
        if placing is not None:
            await placing.wait()
        async with self._matching:
            resting = self._resting.get(order.terms.instrument, {}).get(order.id)
            if resting is None:
                known = await self._book.get(self.account, order.id)
                return CancelDeclined(
                    reason=f"it is {known.standing} already"
                    if known
                    else "the venue does not hold this order"
                )
            over = replace(
                resting,
                standing=Standing.CANCELLED,
                reason="cancelled on request",
                touched_ns=self._clock.now_ns(),
            )
            try:
                await self._book.save(self.account, (over,), {})
            except OutsideError as error:
                raise OutcomeUnknown(f"the paper venue's book did not answer: {error}") from error
            self._resting[order.terms.instrument].pop(order.id)
            self._tell(ended(over))
            return CancelTaken()

    async def _match(self, trades: Sequence[MarketTrade]) -> None:
        async with self._matching:
            changed, holdings, events = self._meet_all(trades)
            if not changed:
                return
            await self._book.save(self.account, tuple(changed.values()), holdings)
            for order in changed.values():
                resting = self._resting[order.resting.terms.instrument]
                if order.is_open:
                    resting[order.id] = order
                else:
                    resting.pop(order.id, None)
            self._holdings.update(holdings)
            for event in events:
                self._tell(event)

    def _objection(self, approved: Approved) -> Declined | None:
        """Why this venue says no at once; None if it takes the order."""
        command, terms = approved.command, approved.command.terms
        if command.account != self.account:
            return Declined(
                code="account", reason=f"this is {self.account}, the order is for {command.account}"
            )
        try:
            instrument = self._instruments(terms.instrument)
        except BadInput as error:
            return Declined(code="instrument", reason=str(error))
        return objection(
            terms,
            instrument,
            now_ns=self._clock.now_ns(),
            shown_ns=self._venue_ns.get(instrument.id),
        )

    def _meet_all(
        self, trades: Sequence[MarketTrade]
    ) -> tuple[dict[ClientOrderId, PaperOrder], dict[str, Decimal], list[BrokerEvent]]:
        """Orders, holdings and news after these prints. Nothing is changed here: it is kept first."""
        changed: dict[ClientOrderId, PaperOrder] = {}
        holdings: dict[str, Decimal] = {}
        events: list[BrokerEvent] = []
        for trade in trades:
            resting = self._resting.get(trade.instrument)
            if not resting:
                continue
            instrument = self._instruments(trade.instrument)
            days = calendar(instrument.calendar)
            tape = Print(
                trade=trade,
                day=days.trading_day(trade.venue_ns),
                always_open=instrument.calendar == "always",
                lot=instrument.lot,
            )
            for id in tuple(resting):
                order = changed.get(id) or resting[id]
                if not order.is_open:
                    continue
                met = meet(order.resting, tape, participation=self._participation)
                if met.order == order.resting and met.execution is None and met.ending is None:
                    continue
                after = replace(order, resting=met.order, touched_ns=self._clock.now_ns())
                if met.execution is not None:
                    fill = self._fill(order, instrument, trade, met.execution)
                    after = replace(after, fills=(*after.fills, fill))
                    self._move_holdings(holdings, fill)
                    events.append(fill)
                if met.order.leaves == 0:
                    after = replace(after, standing=Standing.FILLED)
                elif met.ending is not None:
                    after = replace(after, standing=Standing(met.ending.how), reason=met.ending.reason)
                    events.append(ended(after))
                changed[id] = after
        return changed, holdings, events

    def _fill(
        self, order: PaperOrder, instrument: Instrument, trade: MarketTrade, execution: Execution
    ) -> Fill:
        terms = order.resting.terms
        notional = instrument.notional(execution.price, execution.quantity)
        costs = costs_of(
            instrument, side=terms.side, notional=notional, venue_ns=trade.venue_ns, schedule=self._schedule
        )
        return Fill(
            id=FillId(f"PAPER/{order.id}/{len(order.fills) + 1}"),
            order=order.id,
            account=order.account,
            instrument=instrument.id,
            side=terms.side,
            quantity=Quantity(execution.quantity),
            price=execution.price,
            notional=notional,
            fee=costs.fee,
            tax=costs.tax,
            venue_ns=trade.venue_ns,
            received_ns=self._clock.now_ns(),
        )

    def _move_holdings(self, holdings: dict[str, Decimal], fill: Fill) -> None:
        paid = fill.notional.amount * fill.side.sign + fill.fee.amount + fill.tax.amount
        for asset, amount in (
            (str(fill.notional.currency), -paid),
            (str(fill.instrument), fill.quantity * fill.side.sign),
        ):
            held = holdings.get(asset, self._holdings.get(asset, Decimal(0)))
            holdings[asset] = held + amount

    def _tell(self, event: BrokerEvent) -> None:
        for stream in tuple(self._streams):
            if stream.qsize() < EVENTS_WAITING_MAX:
                stream.put_nowait(event)
            else:
                self._streams.discard(stream)
                stream.put_nowait(None)  # its end

    async def _read(self, stream: asyncio.Queue[BrokerEvent | None]) -> AsyncIterator[BrokerEvent]:
        try:
            while (event := await stream.get()) is not None:
                yield event
        finally:
            self._streams.discard(stream)

    def _evidence(self, items: tuple[T, ...]) -> Evidence[T]:
        return Evidence(grade=Grade.COMPLETE, items=items, at_ns=self._clock.now_ns())

    def _assert_mine(self, account: AccountId) -> None:
        assert account == self.account, f"this broker keeps {self.account}, not {account}"
