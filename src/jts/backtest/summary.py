"""A result for people and for programs: one JSON object, or a table in the terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jts.backtest.result import Result, Trade

TRADES_SHOWN_MAX = 20


def warnings(result: Result) -> list[str]:
    """What a reader of the figures should know."""
    out = []
    plan, instrument = result.plan, result.history.instrument
    if plan.instruments and instrument.id not in plan.instruments:
        wanted = ", ".join(plan.instruments)
        out.append(f"the program trades {wanted}; these are bars of {instrument.id}")
    if len(result.history) < plan.warm_up_bars:
        out.append(
            f"the program needs {plan.warm_up_bars} bars before it can decide; there are "
            f"{len(result.history)}"
        )
    if "unrounded" in plan.prices:
        out.append("prices are unrounded: research only, no venue would take such an order")
    if plan.costs and result.fee_bps == 0:
        names = ", ".join(name for name, _ in plan.costs)
        out.append(f"the program states costs ({names}); this run has a fee of 0: give --fee-bps")
    return out


def number(value: Decimal) -> int | float:
    """A JSON number: whole if it is whole (exact), else the nearest double."""
    return int(value) if value == value.to_integral_value() else float(value)


def as_json(result: Result) -> dict[str, Any]:
    """The object that `jts backtest --json` prints."""
    return {
        "strategy": result.plan.name,
        "plan": result.plan.hash,
        "module": result.program.name,
        "data": result.history.digest(),
        "orders_digest": result.orders_digest(),
        "symbol": str(result.history.instrument.id),
        "timeframe": result.history.timeframe.text,
        "currency": str(result.history.instrument.currency),
        "cash": number(result.start_cash),
        "fee_bps": number(result.fee_bps),
        "parameters": {name: number(Decimal(repr(value))) for name, value in result.parameters.items()},
        "bars": len(result.history),
        "fills": result.fills,
        "orders": len(result.order_rows()),
        "trades": [_trade(trade) for trade in result.trades()],
        "open_quantity": number(result.open_quantity),
        "final_equity": number(result.final_equity),
        "return": result.total_return(),
        "max_drawdown": result.max_drawdown(),
        "warnings": warnings(result),
        "seconds": result.seconds,
    }


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "entry_ns": trade.entry_ns,
        "entry_price": number(trade.entry_price),
        "exit_ns": trade.exit_ns,
        "exit_price": number(trade.exit_price),
        "quantity": number(trade.quantity),
        "bars": trade.bars,
        "fees": number(trade.fees),
        "profit": number(trade.profit),
        "reason_in": trade.reason_in,
        "reason_out": trade.reason_out,
    }


def show(result: Result, console: Any, *, cash_from: str) -> None:
    """Prints the summary and the newest trades. `cash_from` says who chose the cash."""
    from rich.table import Table

    history, currency = result.history, str(result.history.instrument.currency)
    trades = result.trades()
    won = sum(trade.profit > 0 for trade in trades)
    facts = Table(show_header=False, box=None, pad_edge=False)
    facts.add_column(style="dim")
    facts.add_column(justify="right")
    facts.add_row("program", f"{result.plan.name}  ({result.plan.hash[:12]})")
    facts.add_row("bars", f"{len(history):,} of {history.instrument.id} on {history.timeframe}")
    facts.add_row("from, to", f"{_day(history.column('open_ns')[0])}, {_day(history.column('open_ns')[-1])}")
    facts.add_row("cash", f"{result.start_cash:,} {currency}  ({cash_from})")
    facts.add_row("fee a side", f"{result.fee_bps} bps")
    facts.add_row("final equity", f"{result.final_equity:,} {currency}")
    facts.add_row("return", f"{result.total_return():+.2%}")
    facts.add_row("max drawdown", f"{result.max_drawdown():.2%}")
    facts.add_row("trades", f"{len(trades)}  (won {won / len(trades):.0%})" if trades else "0")
    facts.add_row("still held", f"{result.open_quantity:,}")
    facts.add_row("orders digest", result.orders_digest()[:16])
    console.print(facts)
    if trades:
        console.print(_trades(trades))
    for warning in warnings(result):
        console.print(f"[yellow]warning[/yellow] {warning}")


def _trades(trades: list[Trade]) -> Any:
    from rich.table import Table

    shown = trades[-TRADES_SHOWN_MAX:]
    title = f"the last {len(shown)} of {len(trades)} trades" if len(shown) < len(trades) else "trades"
    table = Table(title=title, title_justify="left")
    for name in ("in", "price", "out", "price", "quantity", "profit"):
        table.add_column(name, justify="right")
    table.add_column("because")
    for trade in shown:
        table.add_row(
            _day(trade.entry_ns),
            f"{number(trade.entry_price):,}",
            _day(trade.exit_ns),
            f"{number(trade.exit_price):,}",
            f"{number(trade.quantity):,}",
            f"{number(trade.profit):+,}",
            trade.reason_out,
        )
    return table


def _day(instant_ns: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(instant_ns) / 1e9, tz=UTC).strftime("%Y-%m-%d %H:%M")
