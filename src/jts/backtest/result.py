"""What came of a backtest: trades with reasons, the equity curve, digests; each made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy
from numpy.typing import NDArray

from jts.backtest.digest import order_rows, orders_digest
from jts.backtest.history import History
from jts.language.compile.lower import Program
from jts.language.compile.names import Slot
from jts.language.compile.running import EVENT_FIELDS
from jts.language.compile.terms import Terms
from jts.language.kernels.records import BUY, FILLED, Book
from jts.language.plan import Plan

_AT = {name: at for at, name in enumerate(EVENT_FIELDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """From an entry to an exit; an exit of a part of the position is a row of its own.

    `entry_price` is the average of the entries when there were several. `profit` is after fees, in the
    currency.
    """

    entry_ns: int
    entry_price: Decimal
    exit_ns: int
    exit_price: Decimal
    quantity: Decimal
    bars: int
    fees: Decimal
    profit: Decimal
    reason_in: str
    reason_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished run. `events` is the log of the desk, `equity_units` the curve at each close in money
    units.
    """

    plan: Plan
    history: History
    terms: Terms
    program: Program
    logs: tuple[NDArray[numpy.int64], ...]
    equity_units: NDArray[numpy.int64]
    book: Book
    start_cash: Decimal
    fee_bps: Decimal
    parameters: dict[str, float]
    seconds: float

    @property
    def events(self) -> NDArray[numpy.int64]:
        """The log of the desk: one row of `EVENT_FIELDS` for whatever happened to an order."""
        return self.logs[0] if len(self.logs) == 1 else numpy.concatenate(self.logs)

    @property
    def final_equity(self) -> Decimal:
        return self.terms.money(int(self.equity_units[-1]))

    @property
    def open_quantity(self) -> Decimal:
        return self.terms.quantity(self.book.position)

    @property
    def fills(self) -> int:
        return sum(int((log[:, _AT["what"]] == FILLED).sum()) for log in self.logs)

    def equity(self) -> NDArray[numpy.float64]:
        """The equity curve, one value per bar, as doubles."""
        return self.equity_units / float(10**self.terms.cash_scale)

    def orders_digest(self) -> str:
        return orders_digest(self.order_rows(), self.terms)

    def order_rows(self) -> NDArray[numpy.int64]:
        """One row per order decided; see jts.backtest.digest."""
        return order_rows(self.events, self.history.column("open_ns"))

    def total_return(self) -> float:
        return float(self.final_equity / self.start_cash - 1)

    def max_drawdown(self) -> float:
        """The deepest fall from a peak of the equity curve, as a part of the peak: 0.25 is a quarter lost."""
        curve = self.equity()
        peaks = numpy.maximum.accumulate(numpy.maximum(curve, float(self.start_cash)))
        return float(numpy.max(1.0 - curve / peaks)) if len(curve) else 0.0

    def trades(self) -> list[Trade]:
        """Every exit with the entry it closes, oldest first."""
        events = self.events
        filled = events[events[:, _AT["what"]] == FILLED]
        maker = _Trades(self.terms, self.program.slots, self.history.column("open_ns"))
        for row in filled.tolist():
            maker.add(row)
        return maker.done


class _Trades:
    """Follows the fills of one position after the other."""

    def __init__(self, terms: Terms, slots: tuple[Slot, ...], open_ns: NDArray[numpy.int64]) -> None:
        self._terms, self._slots, self._open_ns = terms, slots, open_ns
        self.done: list[Trade] = []
        self._held = 0
        self._cost = 0
        self._fees = 0
        self._priced = 0
        self._bar = 0
        self._reason = ""

    def add(self, row: list[int]) -> None:
        quantity, price = row[_AT["quantity"]], row[_AT["price"]]
        reason = reason_of(self._slots[row[_AT["slot"]]])
        if row[_AT["side"]] == BUY:
            if self._held == 0:
                self._bar, self._reason = row[_AT["bar"]], reason
                self._cost = self._fees = self._priced = 0
            self._held += quantity
            self._cost += row[_AT["notional"]]
            self._fees += row[_AT["fee"]]
            self._priced += price * quantity
            return
        cost = self._cost * quantity // self._held
        fees = self._fees * quantity // self._held
        priced = self._priced * quantity // self._held
        average = Decimal(priced) / quantity
        money = self._terms.money
        self.done.append(
            Trade(
                entry_ns=int(self._open_ns[self._bar]),
                entry_price=average.scaleb(-self._terms.price_scale),
                exit_ns=int(self._open_ns[row[_AT["bar"]]]),
                exit_price=self._terms.price(price),
                quantity=self._terms.quantity(quantity),
                bars=row[_AT["bar"]] - self._bar,
                fees=money(fees + row[_AT["fee"]]),
                profit=money(row[_AT["notional"]] - row[_AT["fee"]] - cost - fees),
                reason_in=self._reason,
                reason_out=reason,
            )
        )
        self._held -= quantity
        self._cost -= cost
        self._fees -= fees
        self._priced -= priced


def reason_of(slot: Slot) -> str:
    """The words of the rule or clause that an order came from."""
    text = slot.rule.text if slot.protection is None else slot.protection.text
    because = slot.rule.because if slot.protection is None else ""
    return f"{because}: {text}" if because else text
