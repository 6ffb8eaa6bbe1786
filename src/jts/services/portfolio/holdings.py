"""One account as portfolio holds it in mind, and the figures people see, computed from it in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from jts.contracts.portfolio import AccountView, CurrencyView, PositionView
from jts.domain.instruments.session_calendar import SessionCalendar, calendar
from jts.domain.ledger.position import Position
from jts.domain.ledger.postings import Balance
from jts.domain.values import KRW, AccountId, Currency, InstrumentId, Money, Nanos
from jts.ports.portfolio_store import DayStart, EquitySample, Mark
from jts.services.portfolio.account_setting import AccountSetting

ZERO = Decimal(0)


def days_of(currency: Currency) -> SessionCalendar:
    """Whose trading day counts for `today`: the Korea Exchange's for won, the UTC day for everything else."""
    return calendar("krx" if currency == KRW else "always")


@dataclass(slots=True, kw_only=True)
class Holdings:
    """What one account holds. Changed by the portfolio service alone, after the store has kept the change."""

    setting: AccountSetting
    positions: dict[InstrumentId, Position] = field(default_factory=dict)
    balances: dict[Currency, Balance] = field(default_factory=dict)
    days: dict[Currency, DayStart] = field(default_factory=dict)
    curves: dict[Currency, list[EquitySample]] = field(default_factory=dict)

    @property
    def account(self) -> AccountId:
        return self.setting.account

    def currencies(self) -> tuple[Currency, ...]:
        """Every currency that was ever held, by name."""
        traded = {position.currency for position in self.positions.values()}
        return tuple(sorted({*self.balances, *traded}))

    def balance(self, currency: Currency) -> Balance:
        return self.balances.get(currency) or Balance(account=self.account, currency=currency)

    def holds(self, instruments: set[InstrumentId]) -> bool:
        """Whether a price of any of these changes what this account is worth."""
        return any(self.positions[each].quantity for each in instruments & self.positions.keys())

    def begin_day(self, now_ns: Nanos, marks: Mapping[InstrumentId, Mark]) -> tuple[DayStart, ...]:
        """Note where each currency stands when its trading day has changed; what was noted anew.

        The very first day begins with nothing, so that the opening deposit is no profit.
        """
        begun = []
        for currency in self.currencies():
            day = days_of(currency).trading_day(now_ns)
            before = self.days.get(currency)
            if before is not None and before.day == day:
                continue
            start = DayStart(
                account=self.account,
                currency=currency,
                day=day,
                equity=self.equity(currency, marks) if before else ZERO,
                deposits=self.balance(currency).deposits if before else ZERO,
            )
            self.days[currency] = start
            begun.append(start)
        return tuple(begun)

    def equity(self, currency: Currency, marks: Mapping[InstrumentId, Mark]) -> Decimal:
        """Cash and what the positions would fetch."""
        worth = (
            _worth(position, marks.get(position.instrument))
            for position in self.positions.values()
            if position.currency == currency
        )
        return self.balance(currency).cash + sum(worth, ZERO)

    def view(self, now_ns: Nanos, marks: Mapping[InstrumentId, Mark]) -> AccountView:
        return AccountView(
            account=self.account,
            kind=self.setting.kind,
            broker=self.setting.broker,
            currencies=tuple(self._currency_view(currency, marks) for currency in self.currencies()),
            positions=self.position_views(now_ns, marks),
            at_ns=now_ns,
        )

    def position_views(self, now_ns: Nanos, marks: Mapping[InstrumentId, Mark]) -> tuple[PositionView, ...]:
        """What is held, and what was closed on this trading day (quantity 0), by instrument."""
        today: dict[Currency, date] = {
            currency: days_of(currency).trading_day(now_ns) for currency in self.currencies()
        }
        return tuple(
            _position_view(position, marks.get(instrument))
            for instrument, position in sorted(self.positions.items())
            if position.quantity
            or days_of(position.currency).trading_day(position.updated_ns) == today[position.currency]
        )

    def _currency_view(self, currency: Currency, marks: Mapping[InstrumentId, Mark]) -> CurrencyView:
        own = [position for position in self.positions.values() if position.currency == currency]
        balance = self.balance(currency)
        worth = sum((_worth(each, marks.get(each.instrument)) for each in own), ZERO)
        cost = sum((each.cost for each in own), ZERO)
        equity = balance.cash + worth
        start = self.days.get(currency)
        began = start.equity - start.deposits if start else ZERO
        return CurrencyView(
            account=self.account,
            currency=currency,
            cash=balance.cash,
            positions=worth,
            equity=equity,
            realised=sum((each.realised for each in own), ZERO),
            unrealised=worth - cost,
            fees=sum((each.fees + each.taxes for each in own), ZERO),
            today=equity - balance.deposits - began,
            deposits=balance.deposits,
        )


def _worth(position: Position, mark: Mark | None) -> Decimal:
    """At its mark; at its cost while no price is known, so that nothing is won or lost by not knowing."""
    return position.cost if mark is None else position.worth(mark.price)


def _position_view(position: Position, mark: Mark | None) -> PositionView:
    currency = position.currency
    worth = _worth(position, mark)
    return PositionView(
        account=position.account,
        instrument=position.instrument,
        quantity=position.quantity,
        average_cost=position.average_cost,
        mark=None if mark is None else mark.price,
        marked_ns=None if mark is None else mark.at_ns,
        value=Money(amount=worth, currency=currency),
        realised=Money(amount=position.realised, currency=currency),
        unrealised=Money(amount=worth - position.cost, currency=currency),
        fees=Money(amount=position.fees + position.taxes, currency=currency),
        opened_ns=position.opened_ns,
        updated_ns=position.updated_ns,
    )
