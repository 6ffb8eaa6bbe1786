"""The services of one process, made and introduced to each other. The only place where all of them are
named."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version

from jts.adapters.bus.in_process import InProcessBus
from jts.brokers.paper.broker import PaperBroker
from jts.contracts import topics
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.ledger.fees import worst_rate
from jts.domain.values import AccountId
from jts.ports.clock import Clock
from jts.ports.market_source import MarketSource
from jts.ports.names import Names
from jts.runtime.home import Home
from jts.runtime.settings import Settings
from jts.runtime.stores import Stores
from jts.services.access.service import AccessService
from jts.services.market_data.service import MarketDataService
from jts.services.notifications.service import NotificationsService
from jts.services.orders.service import OrdersService
from jts.services.portfolio.account_setting import AccountSetting
from jts.services.portfolio.service import PortfolioService
from jts.services.risk.service import RiskService
from jts.services.strategy.service import StrategyService

BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Every service object of this process. In one process the client is the service itself."""

    access: AccessService
    market: MarketDataService
    risk: RiskService
    portfolio: PortfolioService
    paper: dict[AccountId, PaperBroker]
    orders: OrdersService
    strategies: StrategyService
    notifications: NotificationsService


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What services are made from: settings and keys, stores, and the seams for time, names and events."""

    settings: Settings
    home: Home
    stores: Stores
    bus: InProcessBus
    clock: Clock
    names: Names

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        return tuple(each.account for each in self.settings.accounts)


def make_services(means: Means, sources: tuple[MarketSource, ...]) -> Made:
    """Make every service. Nothing runs and nothing is subscribed yet."""
    market = MarketDataService(
        sources=sources,
        bars=means.stores.bars,
        catalog=means.stores.series,
        bus=means.bus,
        clock=means.clock,
        names=means.names,
    )
    paper = _paper(means)
    risk = _risk(means, market)
    orders = _orders(means, risk, paper)
    return Made(
        access=AccessService(store=means.stores.access, clock=means.clock, names=means.names),
        market=market,
        risk=risk,
        portfolio=_portfolio(means, market),
        paper=paper,
        orders=orders,
        strategies=_strategies(means, market, risk, orders),
        notifications=NotificationsService(documents=means.stores.documents),
    )


def _paper(means: Means) -> dict[AccountId, PaperBroker]:
    return {
        each.account: PaperBroker(
            account=each.account,
            instruments=describe,
            clock=means.clock,
            book=means.stores.paper,
            deposits=each.deposits,
        )
        for each in means.settings.accounts
    }


def _risk(means: Means, market: MarketDataService) -> RiskService:
    return RiskService(
        store=means.stores.risk,
        market=market,
        bus=means.bus,
        clock=means.clock,
        names=means.names,
        limits={each.account: each.limits for each in means.settings.accounts},
        approval_key=means.home.key("approval"),
        fees=_worst_share,
    )


def _orders(means: Means, risk: RiskService, paper: dict[AccountId, PaperBroker]) -> OrdersService:
    return OrdersService(
        store=means.stores.orders,
        broker_for=paper.__getitem__,
        bus=means.bus,
        clock=means.clock,
        names=means.names,
        approval_key=means.home.key("approval"),
        build=version("jts"),
        accounts=means.accounts,
        kill_state=risk.kill_state,
    )


def _portfolio(means: Means, market: MarketDataService) -> PortfolioService:
    return PortfolioService(
        store=means.stores.portfolio,
        market=market,
        bus=means.bus,
        clock=means.clock,
        names=means.names,
        accounts=tuple(
            AccountSetting(account=each.account, kind=each.kind, broker=each.broker, deposits=each.deposits)
            for each in means.settings.accounts
        ),
    )


def _strategies(
    means: Means, market: MarketDataService, risk: RiskService, orders: OrdersService
) -> StrategyService:
    return StrategyService(
        store=means.stores.strategies,
        risk=risk,
        orders=orders,
        market=market,
        bus=means.bus,
        clock=means.clock,
        names=means.names,
        fee_bps=lambda account, instrument: _worst_share(account, instrument) * BPS,
        accounts=frozenset(means.accounts),
    )


def subscribe(made: Made, bus: InProcessBus) -> None:
    """Who hears what, beyond what each service subscribes for itself."""
    for account, broker in made.paper.items():
        bus.subscribe(topics.TRADES, broker.on_trades, reader=f"paper {account}")
    bus.subscribe(topics.BARS, made.strategies.on_bars, reader="strategy")
    bus.subscribe(topics.TRADES, made.strategies.on_trades, reader="strategy")
    bus.subscribe(topics.ORDER_EVENTS, made.strategies.on_order_events, reader="strategy")
    bus.subscribe(topics.NOTICES, made.notifications.on_notices, reader="notifications")


def _worst_share(_account: AccountId, instrument: Instrument) -> Decimal:
    return worst_rate(instrument)
