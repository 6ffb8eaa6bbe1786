"""The topics of the bus: what is said there, and by which key its sequence is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from jts.contracts.market_data import BarClosed, FeedChanged
from jts.contracts.notifications import Notice
from jts.contracts.portfolio import CashMoved, PortfolioChanged
from jts.contracts.risk import KillChanged, OrderRefused
from jts.contracts.strategy import StrategyChanged, StrategyDecided
from jts.domain.market.prices import MarketTrade, Quote
from jts.domain.orders.events import AnyOrderEvent
from jts.domain.risk.verdict import Approved

M = TypeVar("M", contravariant=True)


@dataclass(frozen=True, slots=True)
class Topic(Generic[M]):
    """A named stream of messages; `key` is the attribute path whose equal values keep their sequence.

    `kinds` are the message classes that may be said here. `sheds`: when a reader falls behind, the oldest
    waiting
    messages are dropped (market data). Topics that do not shed make the publisher wait: an order fact is
    never dropped.
    """

    name: str
    kinds: tuple[type, ...]
    key: str
    sheds: bool = False

    def accepts(self, message: M) -> bool:
        return isinstance(message, self.kinds)


ORDER_COMMANDS: Topic[Approved] = Topic("orders.commands", (Approved,), key="command.account")
ORDER_EVENTS: Topic[AnyOrderEvent] = Topic("orders.events", get_args(AnyOrderEvent), key="account")
REFUSALS: Topic[OrderRefused] = Topic("risk.refusals", (OrderRefused,), key="refused.account")
KILL: Topic[KillChanged] = Topic("risk.kill", (KillChanged,), key="state.account")
CASH: Topic[CashMoved] = Topic("portfolio.cash", (CashMoved,), key="account")
PORTFOLIO: Topic[PortfolioChanged] = Topic("portfolio.events", (PortfolioChanged,), key="account", sheds=True)
TRADES: Topic[MarketTrade] = Topic("market.trades", (MarketTrade,), key="instrument", sheds=True)
QUOTES: Topic[Quote] = Topic("market.quotes", (Quote,), key="instrument", sheds=True)
BARS: Topic[BarClosed] = Topic("market.bars", (BarClosed,), key="bar.instrument")
FEEDS: Topic[FeedChanged] = Topic("market.feeds", (FeedChanged,), key="feed")
DECISIONS: Topic[StrategyDecided] = Topic("strategy.decisions", (StrategyDecided,), key="run")
STRATEGIES: Topic[StrategyChanged] = Topic("strategy.events", (StrategyChanged,), key="run")
NOTICES: Topic[Notice] = Topic("notifications", (Notice,), key="severity")

ALL: tuple[Topic[Any], ...] = (
    ORDER_COMMANDS, ORDER_EVENTS, REFUSALS, KILL, CASH, PORTFOLIO, TRADES, QUOTES, BARS, FEEDS, DECISIONS,
    STRATEGIES, NOTICES,
)  # fmt: skip
