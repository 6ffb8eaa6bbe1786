"""Small faithful stand-ins for the services behind the gateway: they keep state and answer by contract."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from decimal import Decimal

from jts.contracts.market_data import FeedStatus, SeriesInfo
from jts.contracts.notifications import Notice, Severity
from jts.contracts.portfolio import AccountView, CashMoved, CurrencyView, EquityPoint, PositionView
from jts.contracts.strategy import (
    Decision,
    DiagnosticView,
    NotStarted,
    RunState,
    RunView,
    StartStrategy,
    StopStrategy,
)
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.tick_table import TickBands, TickTable
from jts.domain.ledger.fill import Fill
from jts.domain.market.bars import Bars
from jts.domain.market.prices import FeedState, MarketTrade, ReferencePrice, SessionState
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    BadInput,
    ClientOrderId,
    Currency,
    FillId,
    InstrumentId,
    MessageId,
    Money,
    Nanos,
    Price,
    Provenance,
    Quantity,
    RunId,
    Side,
    Venue,
)
from tests.services.access.makers import HandClock

SAMSUNG = Instrument(
    id=InstrumentId("KRX:005930"),
    venue=Venue("KRX"),
    name="삼성전자",
    base="005930",
    currency=KRW,
    ticks=TickTable(
        eras=(
            TickBands(from_ns=Nanos(0), bands=((Decimal(0), Decimal(50)), (Decimal(50_000), Decimal(100)))),
        )
    ),
    lot=Decimal(1),
    minimum_quantity=Decimal(1),
    minimum_notional=Decimal(0),
    price_scale=0,
    quantity_scale=0,
    calendar="krx",
)
PAPER = AccountId("paper")


def provenance(at_ns: int, name: str = "m") -> Provenance:
    return Provenance(id=MessageId(name), at_ns=Nanos(at_ns), correlation_id=name, causation_id=name)


def money(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency=KRW)


def account_view(at_ns: Nanos, *, cash: int = 9_288_000) -> AccountView:
    return AccountView(
        account=PAPER,
        kind="paper",
        broker="paper",
        currencies=(
            CurrencyView(
                account=PAPER,
                currency=KRW,
                cash=Decimal(cash),
                positions=Decimal(715_000),
                equity=Decimal(cash + 715_000),
                realised=Decimal(0),
                unrealised=Decimal(3_000),
                fees=Decimal(107),
                today=Decimal(3_000),
                deposits=Decimal(10_000_000),
            ),
        ),
        positions=(
            PositionView(
                account=PAPER,
                instrument=SAMSUNG.id,
                quantity=Decimal(10),
                average_cost=Decimal(71_200),
                mark=Decimal(71_500),
                marked_ns=at_ns,
                value=money(715_000),
                realised=money(0),
                unrealised=money(3_000),
                fees=money(107),
                opened_ns=at_ns,
                updated_ns=at_ns,
            ),
        ),
        at_ns=at_ns,
    )


@dataclass
class StandInPortfolio:
    clock: HandClock

    async def accounts(self) -> tuple[AccountView, ...]:
        return (account_view(self.clock.now_ns()),)

    async def account(self, account: AccountId) -> AccountView | None:
        return account_view(self.clock.now_ns()) if account == PAPER else None

    async def positions(self, account: AccountId | None = None) -> tuple[PositionView, ...]:
        return account_view(self.clock.now_ns()).positions if account in (None, PAPER) else ()

    async def fills(self, account: AccountId | None = None, *, limit: int = 100) -> tuple[Fill, ...]:
        now = self.clock.now_ns()
        fill = Fill(
            id=FillId("KRX/1"),
            order=ClientOrderId("jts-1"),
            account=PAPER,
            instrument=SAMSUNG.id,
            side=Side.BUY,
            quantity=Quantity(Decimal(10)),
            price=Decimal(71_200),
            notional=money(712_000),
            fee=money(107),
            tax=money(0),
            venue_ns=now,
            received_ns=now,
        )
        return (fill,)[:limit] if account in (None, PAPER) else ()

    async def equity_curve(
        self, account: AccountId, currency: Currency, *, points: int = 500
    ) -> tuple[EquityPoint, ...]:
        return (EquityPoint(at_ns=self.clock.now_ns(), currency=currency, equity=Decimal(10_003_000)),)

    async def deposit(self, moved: CashMoved) -> None:
        raise AssertionError("the gateway never moves cash")


def trade(at_ns: int, price: int) -> MarketTrade:
    return MarketTrade(
        instrument=SAMSUNG.id,
        price=Price(Decimal(price)),
        quantity=Quantity(Decimal(1)),
        venue_ns=Nanos(at_ns),
        received_ns=Nanos(at_ns),
        trade_id=f"t{at_ns}",
    )


@dataclass
class StandInMarketData:
    clock: HandClock
    price: Decimal = Decimal(71_500)

    async def instruments(self) -> tuple[Instrument, ...]:
        return (SAMSUNG,)

    async def instrument(self, id: InstrumentId) -> Instrument | None:
        return SAMSUNG if id == SAMSUNG.id else None

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        if id != SAMSUNG.id:
            return None
        return ReferencePrice(
            instrument=id,
            price=Price(self.price),
            venue_ns=self.clock.now_ns(),
            received_ns=self.clock.now_ns(),
            session=SessionState.OPEN,
            stale_after_ns=NANOS_PER_SECOND,
            previous_close=Decimal(65_000),
        )

    async def last_trades(self, id: InstrumentId, *, limit: int = 50) -> tuple[MarketTrade, ...]:
        return ()

    async def bars(
        self, id: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos | None = None, limit: int = 500
    ) -> Bars:
        if timeframe.text not in ("1m", "1d"):
            raise BadInput(f"expected 1m or 1d, found {timeframe.text}", code="timeframe")
        whole = memoryview(b"".join(n.to_bytes(8, "little") for n in (60_000_000_000, 120_000_000_000)))
        closes = memoryview(b"".join(n.to_bytes(8, "little") for n in (71_200, 71_300)))
        return Bars(
            instrument=id,
            timeframe=timeframe,
            price_scale=0,
            open_ns=whole.cast("q"),
            open_units=closes.cast("q"),
            high_units=closes.cast("q"),
            low_units=closes.cast("q"),
            close_units=closes.cast("q"),
            volume=memoryview(struct.pack("2d", 5.0, 7.5)).cast("d"),  # type: ignore[arg-type]  # doubles
        )

    async def series(self) -> tuple[SeriesInfo, ...]:
        return (
            SeriesInfo(
                instrument=SAMSUNG.id,
                timeframe=Timeframe(1, "d"),
                count=2,
                first_ns=Nanos(0),
                last_ns=Nanos(1),
                grade="A",
                findings={"gap": 0},
                source="upload",
            ),
        )

    async def feeds(self) -> tuple[FeedStatus, ...]:
        return (
            FeedStatus(
                feed="recorded",
                broker="recorded",
                instruments=(SAMSUNG.id,),
                state=FeedState.LIVE,
                is_recorded=True,
                description="a recording",
                last_message_ns=self.clock.now_ns(),
                messages=1,
                speed=1.0,
            ),
        )

    async def follow(self, id: InstrumentId, timeframe: Timeframe) -> None:
        return None


@dataclass
class StandInStrategies:
    """A program that contains `error` does not start; starting a name that runs is refused."""

    clock: HandClock
    kept: dict[str, RunView] = field(default_factory=dict)
    started: int = 0

    async def check(self, text: str) -> tuple[DiagnosticView, ...]:
        if "error" not in text:
            return ()
        return (
            DiagnosticView(
                code="J101",
                severity="error",
                line=1,
                column=1,
                end_line=1,
                end_column=6,
                message="expected a strategy, found `error`",
                excerpt=text[:40],
            ),
        )

    async def start(self, command: StartStrategy) -> RunView | NotStarted:
        found = await self.check(command.text)
        if found:
            return NotStarted(run=command.run, reason="the program has errors", diagnostics=found)
        self.started += 1
        view = RunView(
            run=command.run,
            name="Cross",
            account=command.account,
            instrument=SAMSUNG.id,
            timeframe=Timeframe(1, "d"),
            state=RunState.WARMING,
            message="",
            plan="9f2c",
            text=command.text,
            parameters=command.parameters,
            started_ns=self.clock.now_ns(),
            bars_seen=0,
            bars_needed=20,
            quantity="0",
            realised="0 KRW",
            last_decision=None,
        )
        self.kept[command.run] = view
        return view

    async def stop(self, command: StopStrategy) -> RunView | None:
        view = self.kept.get(command.run)
        if view is None:
            return None
        self.kept[command.run] = replace(view, state=RunState.STOPPED)
        return self.kept[command.run]

    async def runs(self) -> tuple[RunView, ...]:
        return tuple(self.kept.values())

    async def decisions(self, run: RunId, *, limit: int = 100) -> tuple[Decision, ...]:
        decision = Decision(
            run=run,
            sequence=1,
            bar_open_ns=Nanos(0),
            at_ns=self.clock.now_ns(),
            outcome="ordered",
            rule="buy when fast crosses above slow",
            because="it did",
            values={"fast": "2", "slow": "1"},
            orders=(ClientOrderId("jts-1"),),
        )
        return (decision,)[:limit]


@dataclass
class StandInNotifications:
    clock: HandClock

    async def recent(self, *, limit: int = 50) -> tuple[Notice, ...]:
        return (notice(self.clock.now_ns()),)[:limit]


def notice(at_ns: int, name: str = "n-1") -> Notice:
    return Notice(
        provenance=provenance(at_ns, name),
        severity=Severity.INFO,
        subject="started",
        text='the platform has "started"',
        values={},
    )
