"""`jts positions`: what is held, what it cost, and what it is worth."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from jts.cli.client import Client
from jts.cli.options import home_option, json_option, print_json

AVERAGE_DECIMALS = 8
DASH = "–"


@click.command("positions")
@click.option("--account", default=None, help="One account only; without it, every account.")
@click.option("--all", "show_flat", is_flag=True, help="Also what was closed on this trading day.")
@home_option
@json_option
def command(account: str | None, show_flat: bool, home: Path, as_json: bool) -> None:
    """What is held, what it cost, what it is worth.

    Profit is after every fee and tax so far, of purchases too. A mark is the last price we heard, with the
    instant we heard it; currencies are never added together.

    \b
    jts positions                    for people
    jts positions --account paper    one account
    jts positions --json             for programs, closed ones included
    """
    answer = Client.from_home(home).get("positions", account=account)
    if as_json:
        print_json(answer)
        return
    positions = answer["positions"]
    shown = [each for each in positions if show_flat or not _is_nothing(each["quantity"])]
    _show(shown, closed=len(positions) - len(shown))


def _show(positions: list[dict[str, Any]], *, closed: int) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title="Positions", title_justify="left")
    for heading in ("Account", "Instrument", "Name"):
        table.add_column(heading)
    for heading in ("Quantity", "Average cost", "Mark", "Value", "Unrealised", "Realised", "Fees"):
        table.add_column(heading, justify="right")
    table.add_column("Currency")
    table.add_column("Marked at (UTC)")
    for each in positions:
        table.add_row(
            each["account"],
            each["instrument"],
            each["name"],
            _number(each["quantity"]),
            _number(each["average_cost"], decimals=AVERAGE_DECIMALS),
            _number(each["mark"]),
            *(_number(each[figure]) for figure in ("value", "unrealised", "realised", "fees")),
            each["currency"],
            _instant(each["marked_at"]),
        )
    console.print(table if positions else "Positions: none")
    if closed:
        console.print(f"{closed} closed on this trading day; `jts positions --all` shows them.")


def _is_nothing(quantity: str) -> bool:
    return Decimal(quantity) == 0


def _number(text: str | None, *, decimals: int | None = None) -> str:
    """Thousands apart, every digit kept; with `decimals` cut to so many, trailing zeros dropped."""
    if text is None:
        return DASH
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if decimals is not None and value != 0:
        value = round(value, decimals).normalize()
    return f"{value:,f}"


def _instant(text: str | None) -> str:
    """`2026-11-22 15:56:01`; seconds are enough to see how old a mark is."""
    return DASH if text is None else text[:19].replace("T", " ")
