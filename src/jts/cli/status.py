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
    from rich.table import Table

    console = Console()
    kill = status["kill"]
    console.print(
        f"[bold]JTS {status['version']}[/] at {url} · {status['profile']} · up {_span(status['uptime_s'])}"
    )
    if kill["engaged"]:
        console.print(
            f"[bold white on red] KILL SWITCH ENGAGED [/] {', '.join(kill['acts'])} by {kill['by']}: {kill['reason']}"
        )
    accounts = Table(title="Accounts", title_justify="left")
    for heading in (
        "Account",
        "Kind",
        "Currency",
        "Cash",
        "Positions",
        "Equity",
        "Today",
        "Realised",
        "Unrealised",
    ):
        accounts.add_column(
            heading, justify="left" if heading in ("Account", "Kind", "Currency") else "right"
        )
    for account in status["accounts"]:
        for row in account["currencies"]:
            figures = (row[k] for k in ("cash", "positions", "equity", "today", "realised", "unrealised"))
            accounts.add_row(
                account["account"], account["kind"].upper(), row["currency"], *map(_number, figures)
            )
    console.print(accounts)
    held = Table(title="Positions", title_justify="left")
    for heading in ("Instrument", "Quantity", "Average cost", "Mark", "Unrealised"):
        held.add_column(heading, justify="left" if heading == "Instrument" else "right")
    for position in positions:
        if position["quantity"] not in ("0", "0.0"):
            figures = (position[k] for k in ("quantity", "average_cost", "mark", "unrealised"))
            held.add_row(position["instrument"], *map(_number, figures))
    console.print(held if held.row_count else "Positions: none")
    feeds = Table(title="Feeds", title_justify="left")
    for heading in ("Feed", "State", "Last message", "What it is"):
        feeds.add_column(heading)
    for feed in status["feeds"]:
        age = "never" if feed["age_ms"] is None else f"{feed['age_ms'] / 1000:.1f} s ago"
        what = ("RECORDED · " if feed["is_recorded"] else "") + feed["description"]
        feeds.add_row(feed["feed"], feed["state"], age, what)
    console.print(feeds)
    strategies = Table(title="Strategies", title_justify="left")
    for heading in ("Run", "State", "Symbol", "Holds", "Last decision"):
        strategies.add_column(heading)
    for run in status["strategies"]:
        last = run["last_decision"]
        why = f"{last['outcome']}: {last['because']}" if last else "none yet"
        strategies.add_row(
            run["run"], run["state"], f"{run['instrument']} {run['timeframe']}", run["quantity"], why
        )
    console.print(strategies)
    console.print(f"Orders: {status['orders_open']} open, {status['orders_unknown']} unknown")


def _number(text: str | None) -> str:
    if text is None:
        return "–"
    whole, _, rest = text.partition(".")
    try:
        return f"{int(whole):,}" + (f".{rest}" if rest else "")
    except ValueError:
        return text


def _span(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
