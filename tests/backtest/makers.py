"""Small makers of plans, instruments and bars for the tests of the back end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

import numpy

from jts.backtest.history import History, history
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.tick_table import TickTable
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import Currency, InstrumentId, Venue
from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    OrderRule,
    Parameter,
    ParameterDeclaration,
    Plan,
    Protection,
    SetRule,
    Size,
    Span,
    Stage,
    StateDeclaration,
    StateValue,
    Type,
    Unit,
    View,
)

SPAN = Span(1, 1, 1, 2)
NUMBER = Type(Unit.NUMBER)
DAY_NS = 86_400_000_000_000
CONDITIONS = {
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not",
    "crosses_above", "crosses_below", "defined",
}  # fmt: skip


def number(value: object, unit: Unit = Unit.NUMBER) -> Constant:
    return Constant(value=Decimal(str(value)), type=Type(unit), stage=Stage.ANY, span=SPAN)


def undefined() -> Constant:
    return Constant(value=None, type=NUMBER, stage=Stage.ANY, span=SPAN)


def column(name: str) -> Column:
    return Column(name=name, type=Type(Unit.PRICE, "KRW", True), stage=Stage.CLOSE, span=SPAN)


def _expression(value: object) -> Expression:
    if isinstance(value, str):
        return column(value)
    if isinstance(value, int | float | Decimal):
        return number(value)
    return value  # type: ignore[return-value]


def call(function: str, *arguments: object, unit: Unit | None = None) -> Apply:
    unit = unit or (Unit.BOOL if function in CONDITIONS else Unit.NUMBER)
    return Apply(
        function=function,
        arguments=tuple(_expression(one) for one in arguments),
        type=Type(unit),
        stage=Stage.CLOSE,
        span=SPAN,
    )


def back(of: object, offset: int | Parameter) -> Back:
    e = _expression(of)
    by = offset if isinstance(offset, Parameter) else number(offset, Unit.BARS)
    return Back(of=e, offset=by, type=e.type, stage=Stage.OPEN, span=SPAN)


def fact(name: str) -> Fact:
    truths = {"flat", "holding", "long", "entered", "exited"}
    money = {"cash", "equity", "profit"}
    unit = Unit.BOOL if name in truths else Unit.MONEY if name in money else Unit.NUMBER
    stage = Stage.FILL if name in ("entry", "initial_risk") else Stage.NOW
    return Fact(name=name, type=Type(unit), stage=stage, span=SPAN)


def state(name: str, unit: Unit = Unit.NUMBER) -> StateValue:
    return StateValue(name=name, type=Type(unit), stage=Stage.NOW, span=SPAN)


def parameter(name: str, unit: Unit = Unit.NUMBER) -> Parameter:
    return Parameter(name=name, type=Type(unit), stage=Stage.ANY, span=SPAN)


def declared(name: str, default: object, low: object, high: object, step: object = 1) -> ParameterDeclaration:
    return ParameterDeclaration(
        name=name,
        type=NUMBER,
        default=Decimal(str(default)),
        low=Decimal(str(low)),
        high=Decimal(str(high)),
        step=Decimal(str(step)),
        choices=(),
    )


def share_of(what: str, part: object) -> Size:
    value = call("multiply", number(part, Unit.RATIO), fact(what), unit=Unit.MONEY)
    return Size(value=value)


def shares(count: object) -> Size:
    return Size(value=number(count, Unit.QUANTITY))


_next = iter(range(1, 10_000_000))


def protection(kind: str, price: object, fraction: object = 1, text: str = "") -> Protection:
    return Protection(
        id=next(_next),
        kind=kind,
        price=_expression(price),
        fraction=Decimal(str(fraction)),
        span=SPAN,
        text=text or f"{kind} at …",
    )


def order(
    verb: str,
    when: Expression | None = None,
    *,
    view: View = View.CLOSE,
    kind: str = "market",
    timing: str = "now",
    stop: object = None,
    limit: object = None,
    size: Size | None = None,
    fraction: object = None,
    after_bars: object = None,
    good_for_bars: object = None,
    is_day_order: bool = False,
    is_kept: bool = False,
    protections: Sequence[Protection] = (),
    text: str = "",
) -> OrderRule:
    return OrderRule(
        id=next(_next),
        view=view,
        verb=verb,
        kind=kind,
        timing=timing,
        when=when,
        stop=None if stop is None else _expression(stop),
        limit=None if limit is None else _expression(limit),
        size=size,
        fraction=None if fraction is None else Decimal(str(fraction)),
        after_bars=None if after_bars is None else _expression(after_bars),
        good_for_bars=None if good_for_bars is None else _expression(good_for_bars),
        is_day_order=is_day_order,
        is_kept=is_kept,
        protections=tuple(protections),
        because="",
        label="",
        span=SPAN,
        text=text or f"{verb} {kind}",
    )


def set_state(name: str, value: object, when: Expression | None = None, view: View = View.CLOSE) -> SetRule:
    return SetRule(
        id=next(_next),
        view=view,
        when=when,
        name=name,
        value=_expression(value),
        span=SPAN,
        text=f"set {name}",
    )


def declared_state(name: str, initial: object, resets_each: str | None = None) -> StateDeclaration:
    return StateDeclaration(name=name, type=NUMBER, initial=_expression(initial), resets_each=resets_each)


def plan(
    *rules: OrderRule | SetRule,
    timeframe: str = "1d",
    cash: dict[str, Decimal] | None = None,
    default_size: Size | None = None,
    units: int = 1,
    entries_per_session: int = 0,
    prices: tuple[str, ...] = (),
    parameters: Sequence[ParameterDeclaration] = (),
    states: Sequence[StateDeclaration] = (),
    warm_up_bars: int = 0,
    instrument: str = "SIM:TEST",
) -> Plan:
    """A plan of these rules. Its hash is that of its printed form."""
    made = Plan(
        name="made",
        kind="strategy",
        version=1,
        semantics=1,
        instruments=(InstrumentId(instrument),),
        timeframe=Timeframe.parse(timeframe),
        cash=cash or {},
        costs=(),
        default_size=default_size,
        units=units,
        entries_per_session=entries_per_session,
        allow_short=False,
        repaint_free=False,
        prices=prices,
        parameters=tuple(parameters),
        states=tuple(states),
        rules=rules,
        warm_up_bars=warm_up_bars,
        hash="",
        text="",
    )
    object.__setattr__(made, "hash", hashlib.sha256(repr(made).encode()).hexdigest())
    return made


def instrument(
    *,
    tick: str = "1",
    lot: str = "1",
    currency: str = "KRW",
    calendar: str = "from-data",
    name: str = "SIM:TEST",
) -> Instrument:
    return Instrument(
        id=InstrumentId(name),
        venue=Venue("SIM"),
        name="made",
        base="TEST",
        currency=Currency(currency),
        ticks=TickTable.flat(Decimal(tick)),
        lot=Decimal(lot),
        minimum_quantity=Decimal(lot),
        minimum_notional=Decimal(0),
        price_scale=0,
        quantity_scale=0,
        calendar=calendar,
        kind="simulated",
    )


def bars(
    rows: Sequence[tuple[float, float, float, float]],
    *,
    of: Instrument | None = None,
    timeframe: str = "1d",
    volumes: Sequence[float] | None = None,
) -> History:
    """(open, high, low, close) rows, one a bar, from the first day of 1970."""
    frame = Timeframe.parse(timeframe)
    table = numpy.array(rows, dtype=numpy.float64)
    return history(
        instrument=of or instrument(),
        timeframe=frame,
        open_ns=numpy.arange(len(rows), dtype=numpy.int64) * frame.nanos,
        prices={name: table[:, at].copy() for at, name in enumerate(("open", "high", "low", "close"))},
        volume=numpy.array(volumes if volumes is not None else [1.0] * len(rows), dtype=numpy.float64),
    )


def walk(
    seed: int,
    count: int,
    *,
    of: Instrument | None = None,
    timeframe: str = "1d",
    start: float = 1000.0,
    decimals: int = 0,
) -> History:
    """A seeded random walk of bars on a grid of `decimals`."""
    chance = numpy.random.default_rng(seed)
    close = start * numpy.exp(numpy.cumsum(chance.normal(0, 0.02, count)))
    open_ = numpy.concatenate(([start], close[:-1])) * numpy.exp(chance.normal(0, 0.008, count))
    top = numpy.maximum(open_, close) * (1 + numpy.abs(chance.normal(0, 0.01, count)))
    low = numpy.minimum(open_, close) * (1 - numpy.abs(chance.normal(0, 0.01, count)))
    table = numpy.round(numpy.stack([open_, top, low, close], axis=1), decimals)
    return bars(
        [(o, max(o, h, c), min(o, low_, c), c) for o, h, low_, c in table.tolist()],
        of=of,
        timeframe=timeframe,
        volumes=numpy.round(chance.uniform(1, 1000, count)).tolist(),
    )
