"""Portfolio: books every fill and every deposit once, values what is held, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from jts.contracts.json_form import to_json
from jts.contracts.market_data import MarketData
from jts.contracts.portfolio import AccountView, CashMoved, EquityPoint, PortfolioChanged, PositionView
from jts.contracts.topics import CASH, ORDER_EVENTS, PORTFOLIO, TRADES
from jts.domain.ledger.cash_movement import CashMovement
from jts.domain.ledger.equity_curve import is_due, shown, too_many
from jts.domain.ledger.fill import Fill
from jts.domain.market.prices import MarketTrade
from jts.domain.orders.events import AnyOrderEvent, OrderFilled, OrderLateFilled
from jts.domain.values import (
    AccountId,
    BadInput,
    Currency,
    InstrumentId,
    Money,
    Nanos,
    OutsideError,
    Provenance,
    currency_scale,
)
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, begin, caused_by
from jts.ports.outbox import Outgoing
from jts.ports.portfolio_store import DayStart, EquitySample, Mark, PortfolioStore, Seen
from jts.services.portfolio.account_setting import AccountSetting, opening_deposit_id
from jts.services.portfolio.holdings import Holdings

PUBLISH_EVERY_S = 0.25
FILLS_MAX = 10_000
CURVE_POINTS_MAX = 5_000


class PortfolioService:
    """What is owned, what it is worth, and what it earned. The only writer of positions and cash.

    Fills come from the orders' events and are booked once by their id, in the transaction that writes them.
    `PortfolioChanged` is said at once after a fill, and at most every quarter of a second when prices move.
    """

    def __init__(
        self,
        *,
        store: PortfolioStore,
        market: MarketData,
        bus: Bus,
        clock: Clock,
        names: Names,
        accounts: Sequence[AccountSetting],
    ) -> None:
        self._store = store
        self._market = market
        self._bus = bus
        self._clock = clock
        self._names = names
        self._accounts = {setting.account: Holdings(setting=setting) for setting in accounts}
        self._marks: dict[InstrumentId, Mark] = {}
        self._moved: set[AccountId] = set()
        self._days_begun: list[DayStart] = []
        self._booking = asyncio.Lock()
        self._ticker: asyncio.Task[None] | None = None
        self.samples_failed = 0

    async def start(self) -> None:
        """Take up what is kept, fund new paper accounts, then follow fills and prices."""
        assert self._ticker is None, "portfolio was started twice"
        await self._take_up()
        await self._fund()
        for instrument in self._held():
            await self._mark_from_reference(instrument)
        self._bus.subscribe(ORDER_EVENTS, self.on_order_events, reader="portfolio")
        self._bus.subscribe(TRADES, self.on_trades, reader="portfolio")
        self._ticker = asyncio.get_running_loop().create_task(self._tick(), name="portfolio ticker")

    async def stop(self) -> None:
        """Keep the last prices and end. Not needed for safety."""
        ticker, self._ticker = self._ticker, None
        if ticker is None:
            return
        ticker.cancel()
        await asyncio.gather(ticker, return_exceptions=True)
        await self._keep_seen(self._clock.now_ns(), at_once=True)

    # ---- what others ask ----

    async def accounts(self) -> tuple[AccountView, ...]:
        now_ns = self._clock.now_ns()
        return tuple(held.view(now_ns, self._marks) for held in self._accounts.values())

    async def account(self, account: AccountId) -> AccountView | None:
        held = self._accounts.get(account)
        return held.view(self._clock.now_ns(), self._marks) if held else None

    async def positions(self, account: AccountId | None = None) -> tuple[PositionView, ...]:
        now_ns = self._clock.now_ns()
        return tuple(
            view
            for held in self._accounts.values()
            if account is None or held.account == account
            for view in held.position_views(now_ns, self._marks)
        )

    async def fills(self, account: AccountId | None = None, *, limit: int = 100) -> tuple[Fill, ...]:
        return await self._store.fills(account, limit=max(1, min(limit, FILLS_MAX)))

    async def equity_curve(
        self, account: AccountId, currency: Currency, *, points: int = 500
    ) -> tuple[EquityPoint, ...]:
        held = self._accounts.get(account)
        if held is None or currency not in held.currencies():
            return ()
        now = EquityPoint(
            at_ns=self._clock.now_ns(), currency=currency, equity=held.equity(currency, self._marks)
        )
        past = (
            EquityPoint(at_ns=sample.at_ns, currency=currency, equity=sample.equity)
            for sample in held.curves.get(currency, ())
            if sample.at_ns < now.at_ns
        )
        return shown((*past, now), max(2, min(points, CURVE_POINTS_MAX)))

    async def deposit(self, moved: CashMoved) -> None:
        held = self._accounts.get(moved.account)
        if held is None:
            known = ", ".join(sorted(self._accounts))
            raise BadInput(f"expected an account out of {known}; found {moved.account!r}", code="account")
        _check_amount(moved.money)
        movement = CashMovement(
            provenance=moved.provenance,
            id=moved.id,
            account=moved.account,
            money=moved.money,
            reason=moved.reason,
        )
        async with self._booking:
            self._begin_day(held)
            balance = await self._store.move(movement, say=(Outgoing(topic=CASH.name, body=to_json(moved)),))
            if balance is None:
                return
            held.balances[balance.currency] = balance
            self._begin_day(held)
        self._say(held, caused_by(moved.provenance, self._names, self._clock.now_ns()))

    # ---- what the bus brings ----

    async def on_order_events(self, events: Sequence[AnyOrderEvent]) -> None:
        """Book the fills among these events. Repeats change nothing."""
        told = [event for event in events if isinstance(event, OrderFilled | OrderLateFilled)]
        if not told:
            return
        causes = {event.account: event.provenance for event in told}
        async with self._booking:
            for account in causes:
                self._begin_day(self._holdings(account))
            booked = await self._store.book([event.fill for event in told])
            for position in booked.positions:
                self._holdings(position.account).positions[position.instrument] = position
            for balance in booked.balances:
                self._holdings(balance.account).balances[balance.currency] = balance
        for fill in booked.fills:
            # An execution is a price too, until the tape brings a newer one.
            self._marks.setdefault(fill.instrument, Mark(price=fill.price, at_ns=fill.received_ns))
        for account in {fill.account for fill in booked.fills}:
            held = self._holdings(account)
            self._begin_day(held)
            self._say(held, caused_by(causes[account], self._names, self._clock.now_ns()))

    async def on_trades(self, trades: Sequence[MarketTrade]) -> None:
        """Value by the newest print of each instrument."""
        for trade in trades:
            self._marks[trade.instrument] = Mark(price=trade.price, at_ns=trade.received_ns)
        printed = {trade.instrument for trade in trades}
        self._moved.update(held.account for held in self._accounts.values() if held.holds(printed))

    async def publish_moved(self) -> None:
        """Say the accounts whose prices moved since the last time, and keep a sample when one is due."""
        now_ns = self._clock.now_ns()
        for held in self._accounts.values():
            self._begin_day(held)
        moved, self._moved = self._moved, set()
        for account in sorted(moved):
            self._say(self._accounts[account], begin(self._names, now_ns))
        await self._keep_seen(now_ns)

    # ---- private, in the order they are called ----

    async def _take_up(self) -> None:
        kept = await self._store.load()
        self._marks = dict(kept.marks)
        for position in kept.positions:
            self._holdings(position.account).positions[position.instrument] = position
        for balance in kept.balances:
            self._holdings(balance.account).balances[balance.currency] = balance
        for day in kept.days:
            self._holdings(day.account).days[day.currency] = day
        for held in self._accounts.values():
            for currency in held.currencies():
                held.curves[currency] = list(await self._store.samples(held.account, currency))

    async def _fund(self) -> None:
        for held in tuple(self._accounts.values()):
            for currency, amount in held.setting.deposits.items():
                await self.deposit(
                    CashMoved(
                        provenance=begin(self._names, self._clock.now_ns()),
                        id=opening_deposit_id(held.account, currency),
                        account=held.account,
                        money=Money(amount=amount, currency=currency),
                        reason="opening deposit of a paper account",
                    )
                )

    def _held(self) -> set[InstrumentId]:
        return {
            instrument
            for held in self._accounts.values()
            for instrument, position in held.positions.items()
            if position.quantity
        }

    async def _mark_from_reference(self, instrument: InstrumentId) -> None:
        reference = await self._market.reference(instrument)
        known = self._marks.get(instrument)
        if reference is not None and (known is None or known.at_ns < reference.received_ns):
            self._marks[instrument] = Mark(price=reference.price, at_ns=reference.received_ns)

    def _holdings(self, account: AccountId) -> Holdings:
        """The account's holdings. An account that is in the books but no longer in the settings is kept and
        shown.
        """
        held = self._accounts.get(account)
        if held is None:
            held = Holdings(
                setting=AccountSetting(account=account, kind="paper", broker="not in the settings")
            )
            self._accounts[account] = held
        return held

    def _begin_day(self, held: Holdings) -> None:
        self._days_begun.extend(held.begin_day(self._clock.now_ns(), self._marks))

    def _say(self, held: Holdings, provenance: Provenance) -> None:
        self._moved.discard(held.account)
        view = held.view(self._clock.now_ns(), self._marks)
        self._bus.offer(PORTFOLIO, PortfolioChanged(provenance=provenance, account=held.account, view=view))

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(PUBLISH_EVERY_S)
            await self.publish_moved()

    async def _keep_seen(self, now_ns: Nanos, *, at_once: bool = False) -> None:
        """Keep prices, day starts and samples. A store that fails now is tried again; no money is at
        stake.
        """
        samples, dropped = self._sample(now_ns, at_once=at_once)
        if not samples and not self._days_begun:
            return
        days, self._days_begun = self._days_begun, []
        marks = {each: self._marks[each] for each in self._held() if each in self._marks}
        try:
            await self._store.note(Seen(marks=marks, days=days, samples=samples, dropped=dropped))
        except OutsideError:
            self.samples_failed += 1
            self._days_begun = [*days, *self._days_begun]

    def _sample(
        self, now_ns: Nanos, *, at_once: bool
    ) -> tuple[tuple[EquitySample, ...], tuple[EquitySample, ...]]:
        samples: list[EquitySample] = []
        dropped: list[EquitySample] = []
        for held in self._accounts.values():
            for currency in held.currencies():
                curve = held.curves.setdefault(currency, [])
                last_ns = curve[-1].at_ns if curve else None
                if not (at_once or is_due(last_ns, now_ns)) or last_ns == now_ns:
                    continue
                sample = EquitySample(
                    account=held.account,
                    currency=currency,
                    at_ns=now_ns,
                    equity=held.equity(currency, self._marks),
                )
                curve.append(sample)
                samples.append(sample)
                old = set(too_many([each.at_ns for each in curve]))
                if old:
                    dropped += [each for each in curve if each.at_ns in old]
                    held.curves[currency] = [each for each in curve if each.at_ns not in old]
        return tuple(samples), tuple(dropped)


def _check_amount(money: Money) -> None:
    """Errors: BadInput for nothing at all, and for digits this currency does not have."""
    step = Decimal(1).scaleb(-currency_scale(money.currency))
    if money.amount == 0:
        raise BadInput("expected an amount other than 0; found 0: there is nothing to book", code="amount")
    if money.amount % step != 0:
        raise BadInput(
            f"expected {money.currency} in steps of {step:f}; found {money.amount:f}: round it first",
            code="amount",
        )
