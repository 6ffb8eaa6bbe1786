"""`jts orders`: list orders, follow one from wish to fill, place one, cancel one or all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jts.adapters.clock.system import SystemNames
from jts.cli.client import Client
from jts.cli.options import home_option, json_option, print_json

LIMIT = 30


@click.group("orders", invoke_without_command=True)
@click.option("--open", "open_only", is_flag=True, help="Only orders that have not ended.")
@click.option("--account", default=None, help="One account only.")
@click.option("--limit", type=click.IntRange(1, 1000), default=LIMIT, show_default=True)
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context, open_only: bool, account: str | None, limit: int, home: Path, as_json: bool
) -> None:
    """Orders, newest first. `jts orders show ID` draws the life of one.

    \b
    jts orders --open
    jts orders show ORDER
    jts orders place --account paper --instrument KRX:005930 --side buy --quantity 10 --limit 69000
    jts orders cancel ORDER
    jts orders cancel --all
    """
    context.obj = (home, as_json)
    if context.invoked_subcommand is not None:
        return
    found = Client.from_home(home).get(
        "orders", open="true" if open_only else None, account=account, limit=limit
    )
    if as_json:
        print_json(found)
    else:
        _show_orders(found["orders"])


@command.command("show")
@click.argument("order")
@home_option
@json_option
@click.pass_context
def show(context: click.Context, order: str, home: Path, as_json: bool) -> None:
    """The life line of one order: every event, from the wish to the end."""
    home, as_json = _outer(context, home, as_json)
    life = Client.from_home(home).get(f"orders/{order}/life")
    if as_json:
        print_json(life)
    else:
        _show_life(life)


@command.command("place")
@click.option("--account", required=True)
@click.option("--instrument", required=True, help="VENUE:CODE, such as KRX:005930 or BINANCE:BTCUSDT.")
@click.option("--side", type=click.Choice(["buy", "sell"]), required=True)
@click.option("--quantity", required=True, help="An exact number, such as 10 or 0.015.")
@click.option("--limit", "limit_price", default=None, help="Not worse than this price.")
@click.option("--stop", "stop_price", default=None, help="Wait until the market trades at this price.")
@click.option("--reduce-only", is_flag=True, help="May shrink a position, never open or turn one.")
@click.option("--key", default=None, help="Your name for this wish: said again, it is the same order.")
@home_option
@json_option
@click.pass_context
def place(
    context: click.Context,
    account: str,
    instrument: str,
    side: str,
    quantity: str,
    limit_price: str | None,
    stop_price: str | None,
    reduce_only: bool,
    key: str | None,
    home: Path,
    as_json: bool,
) -> None:
    """Ask risk for an order; approved, it is on its way. The same road as the page and the strategies
    take.
    """
    home, as_json = _outer(context, home, as_json)
    body = {
        "account": account,
        "instrument": instrument,
        "side": side,
        "kind": _kind(limit_price, stop_price),
        "quantity": quantity,
    }
    prices = {"limit_price": limit_price, "stop_price": stop_price}
    body |= {name: price for name, price in prices.items() if price is not None}
    wish = key or f"cli-{SystemNames().message_id()}"
    answer = Client.from_home(home).post(
        "orders", {**body, **({"reduce_only": True} if reduce_only else {})}, key=wish
    )
    if as_json:
        print_json(answer)
    else:
        click.echo(f"Approved: order {answer['order']}. Follow it with `jts orders show {answer['order']}`.")


@command.command("cancel")
@click.argument("order", required=False)
@click.option("--all", "all_orders", is_flag=True, help="Every open order.")
@click.option("--account", default=None, help="With --all: one account only.")
@home_option
@json_option
@click.pass_context
def cancel(
    context: click.Context,
    order: str | None,
    all_orders: bool,
    account: str | None,
    home: Path,
    as_json: bool,
) -> None:
    """Ask for the end of one order, or of all open ones. The order's own events tell the outcome."""
    home, as_json = _outer(context, home, as_json)
    if (order is None) == (not all_orders):
        raise click.UsageError("name one order, or say --all.")
    client = Client.from_home(home)
    if order is not None:
        answer = client.post(f"orders/{order}/cancel")
    else:
        answer = client.post("orders/cancel", {} if account is None else {"account": account})
    if as_json:
        print_json(answer)
    elif order is not None:
        click.echo(f"Cancel of {order} is on its way.")
    else:
        asked = answer["orders"]
        click.echo(f"Cancels on their way: {len(asked)}." if asked else "No open order to cancel.")


def _outer(context: click.Context, home: Path, as_json: bool) -> tuple[Path, bool]:
    """`jts orders --home X --json show ID` means the same as `jts orders show ID --home X --json`."""
    outer_home, outer_json = context.obj
    given = context.get_parameter_source("home")
    is_default = given is not None and given.name in ("DEFAULT", "DEFAULT_MAP")
    return (outer_home if is_default else home), as_json or outer_json


def _kind(limit_price: str | None, stop_price: str | None) -> str:
    if stop_price is not None:
        return "stop" if limit_price is None else "stop_limit"
    return "market" if limit_price is None else "limit"


def _show_orders(orders: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not orders:
        click.echo("No orders.")
        return
    table = Table()
    for heading in ("At (UTC)", "Order", "Wish", "Filled", "Price", "State"):
        right = heading in ("Filled", "Price")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for order in orders:
        price = order["average_price"] if order["filled"] not in ("0", "0.0") else order["limit_price"]
        reason = f": {order['state_reason']}" if order["state_reason"] else ""
        wish = f"{order['side']} {order['quantity']} {order['instrument']} {order['kind']}"
        at = order["created_at"][5:19].replace("T", " ")
        table.add_row(at, order["id"], wish, order["filled"], _short(price), order["state"] + reason)
    Console().print(table)


def _short(price: str | None) -> str:
    """An average may have thirty digits; a table shows eight decimals and says so with a `~`."""
    if price is None:
        return "–"
    whole, dot, decimals = price.partition(".")
    return price if len(decimals) <= 8 else f"~{whole}{dot}{decimals[:8]}"


def _show_life(life: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    order = life["order"]
    console = Console()
    console.print(
        f"[bold]{order['id']}[/]  {order['side']} {order['quantity']} {order['instrument']} "
        f"{order['kind']} on {order['account']}: [bold]{order['state']}[/] {order['state_reason']}",
        highlight=False,
    )
    source = order["source"]
    if source["rule"] or source["because"]:
        console.print(f"because {source['because']}  [dim]{source['rule']}[/]", highlight=False)
    table = Table()
    for heading in ("#", "At (UTC)", "After", "Event", "What"):
        table.add_column(heading, justify="right" if heading in ("#", "After") else "left")
    for event in life["events"]:
        table.add_row(
            str(event["version"]),
            event["at"][11:26],
            f"{event['since_start_ms']} ms",
            event["kind"].removeprefix("Order"),
            _what(event["fields"]),
        )
    console.print(table)


def _what(fields: dict[str, Any]) -> str:
    """What an event adds to what the heading says already; `--json` has every field."""
    if "fill.quantity" in fields:
        told = [f"{fields['fill.quantity']} at {fields['fill.price']}, fee {fields['fill.fee']}"]
        told += [f"{fields['filled']} filled"] if "filled" in fields else []
        told += [f"{fields['leaves']} left"] if "leaves" in fields else []
        return "; ".join(told)
    names = ("reason", "by", "venue_order_id", "approval_id", "cancelled", "expired")
    return ", ".join(f"{name.replace('_', ' ')} {fields[name]}" for name in names if fields.get(name))
