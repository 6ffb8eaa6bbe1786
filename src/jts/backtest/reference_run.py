"""The slow twin of a backtest: the reference evaluator under the same venue, run as plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy
from numpy.typing import NDArray

from jts.backtest import venue
from jts.backtest.history import FIELDS, History
from jts.backtest.run import EVENTS_PER_SLOT_AND_BAR, needs_sessions, starting_cash
from jts.language.compile.running import EVENT_FIELDS
from jts.language.compile.sessions import period_column, session_column
from jts.language.compile.terms import parameter_values, terms
from jts.language.evaluate.reference import Columns, Reference
from jts.language.kernels.records import Book, Event
from jts.language.plan import Plan


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """What must equal the compiled run: the log, the equity curve, the book."""

    events: NDArray[numpy.int64]
    equity_units: NDArray[numpy.int64]
    book: Book


def reference_backtest(
    plan: Plan,
    bars: History,
    *,
    cash: Decimal | None = None,
    fee_bps: Decimal = Decimal(0),
    parameters: Mapping[str, Decimal] | None = None,
) -> ReferenceRun:
    """As jts.backtest.run.backtest, thousands of times slower and obviously right."""
    start_cash = cash if cash is not None else starting_cash(plan, str(bars.instrument.currency))
    values = parameter_values(plan, parameters or {})
    run_terms = terms(
        plan, bars.instrument, price_scale=bars.bars.price_scale, cash=start_cash, fee_bps=fee_bps
    )
    factor = 10 ** (run_terms.price_scale - bars.bars.price_scale)
    units = {name: (bars.column(name) * factor).tolist() for name in FIELDS}
    one = float(run_terms.book.price_one)
    prices = {name: [price / one for price in units[name]] for name in FIELDS}
    prices["volume"] = bars.volume().tolist()
    sessions = session_column(bars.instrument, bars.timeframe, bars.column("open_ns"))
    periods = {
        state.resets_each: period_column(state.resets_each, sessions).tolist()
        for state in plan.states
        if state.resets_each
    }
    columns = Columns(
        whole=units, one=one, prices=prices, instants=bars.column("open_ns").tolist(), periods=periods
    )
    reference = Reference(plan, run_terms, values, columns)
    events: list[list[int]] = []
    bar = 0
    while bar < len(bars):
        bar = venue.run(
            reference,
            reference.book,
            reference.orders,
            reference.log,
            len(reference.orders),
            EVENTS_PER_SLOT_AND_BAR * (len(reference.orders) + 1),
            reference.prepared.has_open_view,
            reference.prepared.has_open_view or plan.entries_per_session > 0,
            needs_sessions(plan),
            units["open"],
            units["high"],
            units["low"],
            units["close"],
            sessions.tolist(),
            bar,
            len(bars),
        )
        events += [_line(event) for event in reference.log[: reference.book.log_at]]
        reference.book.log_at = 0
    log = numpy.array(events, dtype=numpy.int64).reshape(len(events), len(EVENT_FIELDS))
    return ReferenceRun(log, numpy.array(reference.equity, dtype=numpy.int64), reference.book)


def _line(event: Event) -> list[int]:
    return [getattr(event, name) for name in EVENT_FIELDS]
