"""Runs a plan over a history: the whole of it inside the module, in a few calls."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import FunctionType

import numpy
from numpy.typing import NDArray
from wasmtime import Func, Memory

from jts.backtest import venue
from jts.backtest.history import FIELDS, History
from jts.backtest.result import Result
from jts.domain.values import BadInput
from jts.language.compile import ir
from jts.language.compile.kernel import with_callees
from jts.language.compile.lower import lower
from jts.language.compile.machine import Machine
from jts.language.compile.running import Running
from jts.language.compile.sessions import period_column, session_column
from jts.language.compile.terms import parameter_values, terms
from jts.language.compile.wasm import encode
from jts.language.plan import OrderRule, Plan

DEFAULT_CASH = {"KRW": Decimal(10_000_000)}
DEFAULT_CASH_OTHERS = Decimal(10_000)
EVENTS_PER_SLOT_AND_BAR = 8
BARS_MAX = 20_000_000
IDLE_BYTES_MAX = 256 * 1024 * 1024

_idle: dict[str, Machine] = {}


def backtest(
    plan: Plan,
    bars: History,
    *,
    cash: Decimal | None = None,
    fee_bps: Decimal = Decimal(0),
    parameters: Mapping[str, Decimal] | None = None,
) -> Result:
    """What this plan would have done on these bars. Money is exact; equal inputs give equal bits.

    `cash` in the instrument's currency: given, or the program's, or 10,000,000 KRW (10,000 of others).
    `fee_bps` is paid on each side. Errors: BadInput for terms, parameters or a timeframe that do not fit.
    """
    if plan.timeframe != bars.timeframe:
        raise BadInput(
            f"expected bars of {plan.timeframe}, as the program trades; found {bars.timeframe}: give a "
            f"file of "
            f"{plan.timeframe} bars, or change `trade … on {bars.timeframe}`",
            code="timeframe",
        )
    if len(bars) > BARS_MAX:
        raise BadInput(f"expected at most {BARS_MAX:,} bars; found {len(bars):,}")
    started = time.perf_counter()
    currency = str(bars.instrument.currency)
    start_cash = cash if cash is not None else starting_cash(plan, currency)
    values = parameter_values(plan, parameters or {})
    run_terms = terms(
        plan, bars.instrument, price_scale=bars.bars.price_scale, cash=start_cash, fee_bps=fee_bps
    )
    program = lower(plan)
    running = Running(program, run_terms, values, _idle.pop(program.name, None))
    load(running, bars)
    logs = _run(running, bars)
    equity = running.ints("equity")[: len(bars)].copy()
    book = running.book()
    _put_by(running)
    seconds = time.perf_counter() - started
    return Result(
        plan=plan,
        history=bars,
        terms=run_terms,
        program=program,
        logs=logs,
        equity_units=equity,
        book=book,
        start_cash=start_cash,
        fee_bps=fee_bps,
        parameters=values,
        seconds=seconds,
    )


def _put_by(running: Running) -> None:
    """Keeps the machine of the newest program for its next run: its memory is resident, its module linked."""
    machine = running.machine
    if machine.memory.data_len(machine.store) <= IDLE_BYTES_MAX:
        _idle.clear()
        _idle[running.program.name] = machine


def starting_cash(plan: Plan, currency: str) -> Decimal:
    """The program's cash in this currency, else the house's default."""
    return plan.cash.get(currency, DEFAULT_CASH.get(currency, DEFAULT_CASH_OTHERS))


def needs_range(plan: Plan) -> bool:
    """Whether high and low can decide a fill."""
    orders = [rule for rule in plan.rules if isinstance(rule, OrderRule)]
    return any(rule.kind != "market" or rule.protections for rule in orders)


def needs_sessions(plan: Plan) -> bool:
    """Whether the ends of sessions can matter."""
    orders = [rule for rule in plan.rules if isinstance(rule, OrderRule)]
    has_resets = any(one.resets_each for one in plan.states)
    timed = any(rule.is_day_order or rule.timing == "at_close" for rule in orders)
    return timed or has_resets or plan.entries_per_session > 0


def load(running: Running, bars: History) -> None:
    """Lays the columns out and copies in those that the program or the venue reads."""
    plan, terms_, count = running.program.plan, running.terms, len(bars)
    wanted = set(running.program.inputs) & set(FIELDS)
    if needs_range(plan):
        wanted |= {"high", "low"}
    if terms_.has_eras:
        wanted.add("instant")
    running.lay_out(count, wanted=wanted)
    factor = 10 ** (terms_.price_scale - bars.bars.price_scale)
    for name in sorted(wanted & set(FIELDS) | {"open", "close"}):
        column = bars.column(name)
        running.ints(name)[:] = column if factor == 1 else column * factor
    if terms_.has_eras:
        running.ints("instant")[:] = bars.column("open_ns")
    volume = running.volume_node()
    if volume is not None:
        running.floats(volume)[:] = bars.volume()


def _run(running: Running, bars: History) -> tuple[NDArray[numpy.int64], ...]:
    """The venue's loop over all bars; the log is emptied when it fills."""
    plan, program, count = running.program.plan, running.program, len(bars)
    memory = program.memory
    if needs_sessions(plan):
        sessions = session_column(bars.instrument, bars.timeframe, bars.column("open_ns"))
        session_at = running.reserve_beyond(count * 8)
        running.machine.ints(session_at, count)[:] = sessions
        for period in memory.periods:
            running.ints(f"period.{period}")[:] = period_column(period, sessions)
    else:
        session_at = running.place("close")
    machine = running.machine
    loop = machine.served_by or Machine(venue_binary(), store=machine.store, imports=_imports(running))
    machine.served_by = loop
    slots = len(program.slots)
    is_every_bar = program.has_open_view or plan.entries_per_session > 0
    run = loop.caller("run", 15)
    fixed = (
        *(memory.address("book"), memory.address("orders"), memory.address("log"), slots),
        *(EVENTS_PER_SLOT_AND_BAR * slots + EVENTS_PER_SLOT_AND_BAR, program.has_open_view, is_every_bar),
        needs_sessions(plan),
        *(running.place("open"), running.place("high"), running.place("low"), running.place("close")),
        session_at,
    )
    bar, logs = 0, []
    while bar < count:
        bar = run(*fixed, bar, count)
        logs.append(running.drain())
    return tuple(logs)


def _imports(running: Running) -> list[Func | Memory]:
    wanted = [one.name for one in venue_parts()[1]]
    return [*(running.machine.function(name) for name in wanted), running.machine.memory]


@lru_cache(maxsize=1)
def venue_parts() -> tuple[tuple[ir.Function, ...], tuple[ir.Import, ...]]:
    """The functions of the venue's module, and what it asks of a program."""
    assert isinstance(venue.run, FunctionType), "a kernel is a plain function"
    return with_callees([venue.run], frozenset({"run"}))


@lru_cache(maxsize=1)
def venue_binary() -> bytes:
    """The venue's module: one for all programs; it works in the memory of the program it serves."""
    functions, imports = venue_parts()
    return encode(ir.Module(functions=functions, imports=imports, memory_from="program"))
