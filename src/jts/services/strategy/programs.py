"""From a checked plan to a program at work on one instrument. Pure, but for asking market data for the
instrument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from jts.contracts.market_data import MarketData
from jts.contracts.strategy import DiagnosticView
from jts.domain.instruments.instrument import Instrument
from jts.domain.ledger.fill import Fill
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import NANOS_PER_SECOND, BadInput
from jts.language.diagnostics import Diagnostic
from jts.language.evaluate.live import LiveProgram
from jts.language.plan import ParameterDeclaration, Plan
from jts.ports.strategy_store import SlotRecord

DAY_NS = 86_400 * NANOS_PER_SECOND
CASH_WITHOUT_A_LINE = {"KRW": Decimal(10_000_000)}
CASH_WITHOUT_A_LINE_ELSEWHERE = Decimal(10_000)


def views(diagnostics: Iterable[Diagnostic]) -> tuple[DiagnosticView, ...]:
    return tuple(
        DiagnosticView(
            code=each.code,
            severity=each.severity,
            line=each.span.line,
            column=each.span.column,
            end_line=each.span.end_line,
            end_column=each.span.end_column,
            message=each.message,
            excerpt=each.excerpt,
            hint=each.hint,
        )
        for each in diagnostics
    )


async def instrument(plan: Plan, market: MarketData) -> Instrument:
    """The one instrument the plan trades. Errors: BadInput if there are several, or market data has none
    such."""
    if len(plan.instruments) != 1:
        raise BadInput(f"expected a program that trades one symbol; this one trades {len(plan.instruments)}")
    id = plan.instruments[0]
    found = await market.instrument(id)
    if found is None:
        known = ", ".join(sorted(each.id for each in await market.instruments())) or "none"
        raise BadInput(f"no market data source offers {id}; available here: {known}")
    return found


def parameters(plan: Plan, given: Mapping[str, str]) -> dict[str, Decimal]:
    """Every parameter of the plan: its default, or what was given. Errors: BadInput with the allowed
    values."""
    declared = {each.name: each for each in plan.parameters}
    for name in given:
        if name not in declared:
            raise BadInput(f"there is no parameter {name!r}; known: {', '.join(declared) or 'none'}")
    return {name: _value(each, given.get(name)) for name, each in declared.items()}


def _value(declared: ParameterDeclaration, given: str | None) -> Decimal:
    if given is None:
        return Decimal(declared.default)
    try:
        value = Decimal(given.strip())
    except InvalidOperation:
        raise BadInput(f"parameter {declared.name}: expected a number, found {given!r}") from None
    too_low = declared.low is not None and value < declared.low
    too_high = declared.high is not None and value > declared.high
    if too_low or too_high or not value.is_finite():
        raise BadInput(f"parameter {declared.name}: {value} is outside {declared.low}..{declared.high}")
    if declared.choices and value not in [Decimal(choice) for choice in declared.choices]:
        allowed = ", ".join(str(choice) for choice in declared.choices)
        raise BadInput(f"parameter {declared.name}: {value} is not one of {allowed}")
    return value


def cash(plan: Plan, instrument: Instrument) -> Decimal:
    """What the run may call its own: the program's cash line, else a default that the backtest uses too."""
    default = CASH_WITHOUT_A_LINE.get(instrument.currency, CASH_WITHOUT_A_LINE_ELSEWHERE)
    return plan.cash.get(instrument.currency, default)


def live(
    plan: Plan, instrument: Instrument, parameters: Mapping[str, Decimal], fee_bps: Decimal
) -> LiveProgram:
    return LiveProgram(
        plan=plan,
        instrument=instrument,
        parameters=parameters,
        cash=cash(plan, instrument),
        fee_bps=fee_bps,
    )


def fill_fields(fill: Fill) -> dict[str, Any]:
    """What a program is told of a fill; fee and tax are one cost to it."""
    return {
        "side": fill.side,
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fill.fee.amount + fill.tax.amount,
        "at_ns": fill.venue_ns,
    }


def bar_open_ns(timeframe: Timeframe, trade: MarketTrade) -> int | None:
    """The opening instant of the bar that a print belongs to; None for a print that opens no daily
    session."""
    if timeframe.is_intraday:
        return trade.venue_ns // timeframe.nanos * timeframe.nanos
    return trade.venue_ns // DAY_NS * DAY_NS if trade.opens_session else None


def moved(
    slot: SlotRecord,
    *,
    is_open: bool | None = None,
    events_seen: int | None = None,
    wish: bytes | None,
) -> SlotRecord:
    """The slot after something happened to its order."""
    return SlotRecord(
        order=slot.order,
        run=slot.run,
        slot=slot.slot,
        is_open=slot.is_open if is_open is None else is_open,
        is_exit=slot.is_exit,
        events_seen=slot.events_seen if events_seen is None else events_seen,
        wish=wish,
        decided_ns=slot.decided_ns,
    )
