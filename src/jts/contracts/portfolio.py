"""What portfolio says: what is owned, what it is worth, what it earned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from jts.domain.ledger.fill import Fill
from jts.domain.values import AccountId, Currency, InstrumentId, Money, Nanos, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMoved:
    """Money came in or went out, other than by a fill: a deposit (positive) or a withdrawal (negative)."""

    provenance: Provenance
    id: str
    account: AccountId
    money: Money
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """One position with its figures, computed by portfolio and shown unchanged everywhere.

    `average_cost` is per unit, fees excluded; `realised` is after fees and taxes of both sides so far;
    `unrealised` is (mark - average_cost) * quantity; `marked_ns` says how old the mark is.
    """

    account: AccountId
    instrument: InstrumentId
    quantity: Decimal
    average_cost: Decimal
    mark: Decimal | None
    marked_ns: Nanos | None
    value: Money
    realised: Money
    unrealised: Money
    fees: Money
    opened_ns: Nanos | None
    updated_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyView:
    """One currency of an account: cash, worth of positions, equity = cash + positions, and profit since the
    start.

    `today` is equity now less equity at the start of the trading day, less deposits of the day.
    """

    account: AccountId
    currency: Currency
    cash: Decimal
    positions: Decimal
    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    today: Decimal
    deposits: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as a whole. `kind` is `paper` or `live`; `broker` names who holds it."""

    account: AccountId
    kind: str
    broker: str
    currencies: tuple[CurrencyView, ...]
    positions: tuple[PositionView, ...]
    at_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioChanged:
    """The account after something changed it, or after its marks moved (at most a few times a second)."""

    provenance: Provenance
    account: AccountId
    view: AccountView


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """Equity of one currency at an instant, for the curve on the page."""

    at_ns: Nanos
    currency: Currency
    equity: Decimal


class Portfolio(Protocol):
    async def accounts(self) -> tuple[AccountView, ...]: ...

    async def account(self, account: AccountId) -> AccountView | None: ...

    async def positions(self, account: AccountId | None = None) -> tuple[PositionView, ...]: ...

    async def fills(self, account: AccountId | None = None, *, limit: int = 100) -> tuple[Fill, ...]:
        """Newest first."""
        ...

    async def equity_curve(
        self, account: AccountId, currency: Currency, *, points: int = 500
    ) -> tuple[EquityPoint, ...]: ...

    async def deposit(self, moved: CashMoved) -> None:
        """Book money in or out, once per `moved.id`."""
        ...
