"""`jts kill`: freeze, cancel, flatten, from a terminal, also when the platform does not answer."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from jts.adapters.clock.system import SystemClock, SystemNames
from jts.cli.client import Client, NotRunning, Problem
from jts.cli.options import home_option, json_option, print_json
from jts.domain.risk.kill_switch import KillAct
from jts.domain.values import NANOS_PER_SECOND

KILL_FILE = "KILL"
EXIT_UNCONFIRMED = 4

_MEANS = {
    KillAct.FREEZE: "freeze: no new orders",
    KillAct.CANCEL: "cancel: end every open order",
    KillAct.FLATTEN: "flatten: close every position at market",
}


@click.group(invoke_without_command=True)
@click.option("--freeze", is_flag=True, help="No new orders until a person resets it.")
@click.option("--cancel", is_flag=True, help="End every open order.")
@click.option("--flatten", is_flag=True, help="Close every position at market, after the cancels.")
@click.option("--account", default=None, help="One account only; without it, every account.")
@click.option("--reason", default="", help="Why; it is kept and shown.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    freeze: bool,
    cancel: bool,
    flatten: bool,
    account: str | None,
    reason: str,
    yes: bool,
    home: Path,
    as_json: bool,
) -> None:
    """The kill switch: freeze, cancel and flatten are separate acts; without one, freeze and cancel.

    It stays engaged, over restarts too, until `jts kill reset`. If the platform does not answer, the wish
    is left as the file KILL in its home, which a running platform obeys and a starting one obeys first; the
    exit code is then 4, since nobody has confirmed it.

    \b
    jts kill                                  freeze and cancel, after asking
    jts kill --flatten --reason "news" --yes  close every position too
    jts kill reset --reason "checked"
    """
    context.obj = {"home": home, "as_json": as_json}
    if context.invoked_subcommand is not None:
        return
    chosen = {KillAct.FREEZE: freeze, KillAct.CANCEL: cancel, KillAct.FLATTEN: flatten}
    acts = tuple(act for act, is_chosen in chosen.items() if is_chosen) or (KillAct.FREEZE, KillAct.CANCEL)
    if not yes:
        _ask(acts, account)
    body = {"acts": [str(act) for act in acts], "reason": reason} | ({"account": account} if account else {})
    state = _engage(home, body)
    if state is None:
        _leave_file(home, body, as_json)
        context.exit(EXIT_UNCONFIRMED)
    _show(state, as_json)


@command.command()
@home_option
@json_option
@click.pass_context
def status(context: click.Context, home: Path, as_json: bool) -> None:
    """Whether it is engaged, by whom, since when and why."""
    _show(Client.from_home(_home(context, home)).get("kill"), as_json or context.obj["as_json"])


@command.command()
@click.option("--reason", required=True, help="Why trading may begin again; it is kept.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@home_option
@json_option
@click.pass_context
def reset(context: click.Context, reason: str, yes: bool, home: Path, as_json: bool) -> None:
    """Let trading begin again. Strategies that run will order again at once."""
    home = _home(context, home)
    left = home / KILL_FILE
    if left.exists():
        raise click.ClickException(
            f"{left} asks for a kill that nobody has taken up yet. Remove that file if it is no longer "
            "meant, then reset."
        )
    client = Client.from_home(home)
    if not yes:
        click.echo("Trading begins again; strategies that run may order at once.", err=True)
        click.confirm("Reset the kill switch?", abort=True, err=True)
    state = client.post("kill/reset", {"reason": reason}, key=SystemNames().message_id())
    _show(state, as_json or context.obj["as_json"])


# ---- private, in the order they are called ----


def _ask(acts: tuple[KillAct, ...], account: str | None) -> None:
    scope = f"account {account}" if account else "EVERY account"
    click.echo(f"Kill switch on {scope}:", err=True)
    for act in acts:
        click.echo(f"  {_MEANS[act]}", err=True)
    click.confirm("Do it now?", abort=True, err=True)


def _engage(home: Path, body: dict[str, Any]) -> dict[str, Any] | None:
    """The kill state the platform confirmed; None if it gave no answer that can be relied on."""
    client = Client.find(home)
    if client is None:
        return None
    try:
        return client.post("kill", body, key=SystemNames().message_id())
    except Problem as problem:
        if problem.status < 500:
            raise
        click.echo(f"the platform could not do it: {problem.message}", err=True)
    except NotRunning as gone:
        click.echo(gone.message, err=True)
    except click.ClickException as silent:
        click.echo(silent.message, err=True)
    return None


def _leave_file(home: Path, body: dict[str, Any], as_json: bool) -> None:
    """Whole or not at all: written aside and moved into place."""
    at = datetime.fromtimestamp(SystemClock().now_ns() // NANOS_PER_SECOND, UTC)
    wish = {**body, "by": f"{_user()} (file)", "at": at.isoformat().replace("+00:00", "Z")}
    target = home / KILL_FILE
    beside = home / f".{KILL_FILE}.new"
    try:
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(wish, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise click.ClickException(
            f"the platform does not answer, and {target} cannot be written ({error.strerror}). Stop its "
            "process, and cancel the orders at the broker."
        ) from None
    if as_json:
        print_json({"confirmed": False, "file": str(target), **wish})
    click.echo(
        f"The platform on {home} does not answer. The wish is left in {target}: a running platform obeys it "
        "within a second, a starting one before anything else. NOT CONFIRMED: look with `jts kill status`, "
        "and at the broker.",
        err=True,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "terminal"  # a user without a name


def _home(context: click.Context, home: Path) -> Path:
    """The home said closest to the verb: `jts kill --home H status` and `jts kill status --home H` both
    work."""
    said_here = context.get_parameter_source("home") is click.core.ParameterSource.COMMANDLINE
    return home if said_here else Path(context.obj["home"])


def _show(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    if not state.get("engaged"):
        click.echo("The kill switch is not engaged: orders are checked and sent.")
        return
    scope = f"account {state['account']}" if state.get("account") else "every account"
    acts = ", ".join(state.get("acts", ()))
    why = f": {state['reason']}" if state.get("reason") else ""
    click.echo(f"ENGAGED on {scope} ({acts}) by {state.get('by')} at {state.get('at')}{why}")
    click.echo("It stays so until `jts kill reset --reason ...`.")
