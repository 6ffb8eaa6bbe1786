"""`jts strategies`: list, start and stop strategies; show what they decided and why."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from jts.cli.client import Client
from jts.cli.options import home_option, json_option, print_json


@click.group("strategies")
def command() -> None:
    """Strategies of the running platform.

    \b
    jts strategies list
    jts strategies start examples/average_cross.jts --account paper
    jts strategies why average-cross     its last decisions, with their figures
    jts strategies stop average-cross --flatten
    """


@command.command("list")
@home_option
@json_option
def list_runs(home: Path, as_json: bool) -> None:
    """Every strategy with its state and last decision."""
    found = Client.from_home(home).get("strategies")
    if as_json:
        print_json(found)
        return
    for run in found["strategies"]:
        last = run["last_decision"]
        click.echo(
            f"{run['run']}  {run['state']}  {run['instrument']} {run['timeframe']}  holds {run['quantity']}"
        )
        click.echo(f"    plan {run['plan'][:12]}  {run['name']}")
        if last:
            click.echo(f"    {last['outcome']}: {last['because']}")
    if not found["strategies"]:
        click.echo("no strategies. Start one: jts strategies start FILE.jts --account paper")


@command.command("start")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--account", default="paper", show_default=True, help="The account it trades on.")
@click.option("--run", "name", help="The name of the run; by default the file's name.")
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="Override a parameter.")
@home_option
@json_option
def start(
    file: Path, account: str, name: str | None, parameters: tuple[str, ...], home: Path, as_json: bool
) -> None:
    """Start the strategy in FILE on a paper account.

    \b
    jts strategies start examples/average_cross.jts --account paper --param fast=10
    """
    text = file.read_text(encoding="utf-8")
    run = name or file.stem.replace("_", "-")
    chosen = dict(_pair(each) for each in parameters)
    body = {"run": run, "account": account, "text": text, "parameters": chosen}
    client = Client.from_home(home)
    answer = client.post("strategies", body, key=_key("start", run, client))
    _tell(answer, as_json, f"{run} is {answer['state']} on {answer['instrument']} {answer['timeframe']}")


@command.command("stop")
@click.argument("run")
@click.option("--flatten", is_flag=True, help="Also close what the strategy holds.")
@home_option
@json_option
def stop(run: str, flatten: bool, home: Path, as_json: bool) -> None:
    """Stop RUN: its working orders are cancelled, its position is kept unless --flatten."""
    client = Client.from_home(home)
    answer = client.post(f"strategies/{run}/stop", {"flatten": flatten}, key=_key("stop", run, client))
    _tell(answer, as_json, f"{run} is {answer['state']}; it holds {answer['quantity']}")


@command.command("why")
@click.argument("run")
@click.option("--limit", default=20, show_default=True, help="How many decisions, newest first.")
@home_option
@json_option
def why(run: str, limit: int, home: Path, as_json: bool) -> None:
    """What RUN decided, and the rule, the numbers and the gate behind each decision."""
    found = Client.from_home(home).get(f"strategies/{run}/decisions", limit=limit)
    if as_json:
        print_json(found)
        return
    for each in found["decisions"]:
        click.echo(f"{each['at'][:19]}Z  {each['outcome']}  {each['rule']}")
        click.echo(f"    {each['because']}")
        for name, value in each["values"].items():
            click.echo(f"    {name} = {value}")
    if not found["decisions"]:
        click.echo(f"{run} has decided nothing yet")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"--param expects NAME=VALUE, found {text!r}")
    return name.strip(), value.strip()


def _key(verb: str, run: str, client: Client) -> str:
    """One key per asking: starting again after a stop is another wish, a repeated request is not."""
    started = next(
        (
            each["started_at"] + each["state"]
            for each in client.get("strategies")["strategies"]
            if each["run"] == run
        ),
        "",
    )
    return hashlib.sha256(f"cli {verb} {run} {started}".encode()).hexdigest()[:32]


def _tell(answer: dict[str, Any], as_json: bool, text: str) -> None:
    if as_json:
        print_json(answer)
    else:
        click.echo(text)
