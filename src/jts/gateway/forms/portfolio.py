"""Portfolio as the API says it: figures come from the portfolio service and are shown unchanged."""

from __future__ import annotations

from collections.abc import Mapping

from jts.contracts.portfolio import AccountView, CurrencyView, EquityPoint, PositionView
from jts.domain.ledger.fill import Fill
from jts.domain.values import InstrumentId, Side
from jts.gateway.exact import plain
from jts.gateway.forms.form import Form, told, when
from jts.gateway.instants import iso, iso_or_none


class CurrencyForm(Form):
    """One currency of an account."""

    currency: str = told("The currency.", "KRW")
    cash: str = told("Cash, settled or not.", "9288000")
    positions: str = told("Worth of the positions at their marks.", "712000")
    equity: str = told("Cash and positions together.", "10000000")
    realised: str = told("Profit of what was closed, after fees and taxes.", "12000")
    unrealised: str = told("Profit of what is open, at the marks.", "-3000")
    fees: str = told("Fees and taxes paid so far.", "1068")
    today: str = told("Profit since the start of the trading day.", "9000")
    deposits: str = told("Money put in less money taken out.", "10000000")

    @staticmethod
    def of(view: CurrencyView) -> CurrencyForm:
        return CurrencyForm(
            currency=view.currency,
            cash=plain(view.cash),
            positions=plain(view.positions),
            equity=plain(view.equity),
            realised=plain(view.realised),
            unrealised=plain(view.unrealised),
            fees=plain(view.fees),
            today=plain(view.today),
            deposits=plain(view.deposits),
        )


class AccountForm(Form):
    """One account as a whole."""

    account: str = told("The account.", "paper")
    kind: str = told("`paper` or `live`.", "paper")
    broker: str = told("Who holds it.", "paper")
    at: str = when("When these figures were reckoned.")
    currencies: list[CurrencyForm] = told("Its figures per currency; currencies are never added up.", [])

    @staticmethod
    def of(view: AccountView) -> AccountForm:
        return AccountForm(
            account=view.account,
            kind=view.kind,
            broker=view.broker,
            at=iso(view.at_ns),
            currencies=[CurrencyForm.of(one) for one in view.currencies],
        )


class PortfolioForm(Form):
    """Every account."""

    accounts: list[AccountForm] = told("The accounts.", [])


class PositionForm(Form):
    """One position."""

    account: str = told("The account.", "paper")
    instrument: str = told("VENUE:CODE.", "KRX:005930")
    name: str = told("The instrument's name.", "삼성전자")
    currency: str = told("The currency of its figures.", "KRW")
    quantity: str = told("How much is held; negative when sold short.", "10")
    average_cost: str = told("Price paid per unit, fees excluded.", "71200")
    mark: str | None = told("The price it is worth now; null if none was heard.", "71500")
    marked_at: str | None = when("How old the mark is.")
    value: str = told("Quantity at the mark.", "715000")
    realised: str = told("Profit of what was closed, after fees and taxes.", "0")
    unrealised: str = told("(mark - average cost) x quantity.", "3000")
    fees: str = told("Fees and taxes paid so far.", "107")
    opened_at: str | None = when("When it was opened.")
    updated_at: str = when("When it last changed.")

    @staticmethod
    def of(view: PositionView, names: Mapping[InstrumentId, str]) -> PositionForm:
        return PositionForm(
            account=view.account,
            instrument=view.instrument,
            name=names.get(view.instrument, view.instrument),
            currency=view.value.currency,
            quantity=plain(view.quantity),
            average_cost=plain(view.average_cost),
            mark=None if view.mark is None else plain(view.mark),
            marked_at=iso_or_none(view.marked_ns),
            value=plain(view.value.amount),
            realised=plain(view.realised.amount),
            unrealised=plain(view.unrealised.amount),
            fees=plain(view.fees.amount),
            opened_at=iso_or_none(view.opened_ns),
            updated_at=iso(view.updated_ns),
        )


class PositionsForm(Form):
    """Positions of one account or of all."""

    positions: list[PositionForm] = told("The positions.", [])


class AccountPositionsForm(Form):
    """All positions of one account, as the stream says them."""

    account: str = told("The account.", "paper")
    positions: list[PositionForm] = told("All of its positions.", [])


class FillForm(Form):
    """One execution: a fact."""

    id: str = told("The venue's name for it.", "KRX/0000441")
    order: str = told("The order it belongs to.", "jts-5c1f0e9a7b3d4c2e8f6a1b0d")
    account: str = told("The account.", "paper")
    instrument: str = told("VENUE:CODE.", "KRX:005930")
    side: Side = told("buy or sell.", "buy")
    quantity: str = told("How much traded.", "4")
    price: str = told("At what price.", "71200")
    notional: str = told("Price times quantity.", "284800")
    fee: str = told("What the broker took.", "42")
    tax: str = told("What the state took.", "0")
    currency: str = told("The currency of these amounts.", "KRW")
    at: str = when("When it traded, by the venue.")
    received_at: str = when("When we learnt of it.")

    @staticmethod
    def of(fill: Fill) -> FillForm:
        return FillForm(
            id=fill.id,
            order=fill.order,
            account=fill.account,
            instrument=fill.instrument,
            side=fill.side,
            quantity=plain(fill.quantity),
            price=plain(fill.price),
            notional=plain(fill.notional.amount),
            fee=plain(fill.fee.amount),
            tax=plain(fill.tax.amount),
            currency=fill.notional.currency,
            at=iso(fill.venue_ns),
            received_at=iso(fill.received_ns),
        )


class FillsForm(Form):
    """Fills, newest first."""

    fills: list[FillForm] = told("The fills.", [])


class EquityPointForm(Form):
    """Equity at an instant."""

    at: str = when("When.")
    equity: str = told("Cash and positions together.", "10000000")

    @staticmethod
    def of(point: EquityPoint) -> EquityPointForm:
        return EquityPointForm(at=iso(point.at_ns), equity=plain(point.equity))


class EquityForm(Form):
    """The equity curve of one currency of one account, oldest first."""

    points: list[EquityPointForm] = told("The curve.", [])
