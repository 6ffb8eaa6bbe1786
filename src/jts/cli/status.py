"""`jts status`: what the running platform is doing, in one screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jts.cli.client import Client
from jts.cli.options import home_option, json_option, print_json


@click.command("status")
@home_option
@json_option
def command(home: Path, as_json: bool) -> None:
    """What the running platform is doing.

    Shows accounts with equity and profit, every feed with its state and age, strategies with their last
    decision, open orders, and the kill switch.

    \b
    jts status           for people
    jts status --json    for programs
    """
    client = Client.from_home(home)
    status = client.get("status")
    if as_json:
        positions = client.get("positions")["positions"]
        print_json({**status, "positions": positions, "url": client.running.url, "pid": client.running.pid})
        return
    _show(status, client.get("positions")["positions"], client.running.url)


def _show(status: dict[str, Any], positions: list[dict[str, Any]], url: str) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    up = _span(status["uptime_s"])
    console.print(f"[bold]JTS {status['version']}[/] at {url} · {status['profile']} profile · up {up}")
    kill = status["kill"]
    if kill["engaged"]:
        acts = ", ".join(kill["acts"])
        console.print(f"[bold white on red] KILL SWITCH ENGAGED [/] {acts} by {kill['by']}: {kill['reason']}")
    for account in status["accounts"]:
        console.print(f"\n[bold]{account['account']}[/] · {account['kind'].upper()} · {account['broker']}")
        of_account = ("", "equity", "cash", "positions", "today", "realised", "unrealised")
        keys = ("currency", *of_account[1:])
        _table(console, of_account, [[_number(row[key]) for key in keys] for row in account["currencies"]])
    held = [each for each in positions if _is_held(each["quantity"])]
    console.print("\n[bold]Positions[/]" if held else "\nPositions: none")
    of_positions = ("instrument", "quantity", "average_cost", "mark", "unrealised", "realised")
    if held:
        of_position = ("", "quantity", "average cost", "mark", "unrealised", "realised")
        _table(console, of_position, [[_number(each[key]) for key in of_positions] for each in held])
    console.print("\n[bold]Feeds[/]" if status["feeds"] else "\nFeeds: none")
    for feed in status["feeds"]:
        age = "nothing heard yet" if feed["age_ms"] is None else f"{feed['age_ms'] / 1000:.1f} s ago"
        recorded = "RECORDED · " if feed["is_recorded"] else ""
        console.print(f"  {feed['feed']}: {feed['state']}, {age} · {recorded}{feed['description']}")
    console.print("\n[bold]Strategies[/]" if status["strategies"] else "\nStrategies: none")
    for run in status["strategies"]:
        symbol = f"{run['instrument']} {run['timeframe']}"
        console.print(f"  {run['run']}: {run['state']} on {symbol}, holds {_number(run['quantity'])}")
        last = run["last_decision"]
        if last:
            console.print(
                f"    last: {last['outcome']} · {last['rule']}\n    {last['because']}", markup=False
            )
    console.print(f"\nOrders: {status['orders_open']} open, {status['orders_unknown']} unknown")


def _table(console: Any, headings: tuple[str, ...], rows: list[list[str]]) -> None:
    """Right-aligned columns as wide as their widest figure: a figure is never cut."""
    widths = [max(len(line[i]) for line in ([*headings], *rows)) for i in range(len(headings))]
    for line in ([*headings], *rows):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        console.print("  " + "  ".join(cells), markup=False)


def _is_held(quantity: str) -> bool:
    return any(digit in quantity for digit in "123456789")


def _number(text: str | None) -> str:
    if text is None:
        return "–"
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    try:
        return ("-" if text.startswith("-0.") else "") + f"{int(whole):,}" + (f".{rest}" if rest else "")
    except ValueError:
        return text


def _span(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
