"""`jts api-key`: make, list and revoke keys for scripts, on the running platform or on its resting store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from jts.adapters.clock.system import SystemClock, SystemNames
from jts.cli.client import Client
from jts.cli.options import home_option, json_option, print_json
from jts.domain.access.principal import Principal, Scope
from jts.domain.values import NANOS_PER_SECOND, BadInput, Nanos, OutsideError
from jts.gateway.forms.access import ApiKeyForm
from jts.gateway.instants import iso
from jts.services.access.service import AccessService

T = TypeVar("T")

DAY_S = 24 * 3600
DAYS_MAX = 3650
CLI = Principal(name="cli", scope=Scope.OWNER)


@click.group("api-key")
def command() -> None:
    """Keys for scripts: `Authorization: Bearer KEY`. A key is shown once, when it is made.

    \b
    jts api-key create --name notebook --scope read
    jts api-key list
    jts api-key revoke ID
    """


@command.command("create")
@click.option("--name", required=True, help="What you call it: 1 to 64 printable characters.")
@click.option(
    "--scope",
    type=click.Choice(["read", "trade"]),
    required=True,
    help="read looks; trade also orders, cancels, starts strategies and stops everything.",
)
@click.option(
    "--expires",
    "days",
    type=click.IntRange(1, DAYS_MAX),
    default=None,
    help="Days it works; never ends without.",
)
@home_option
@json_option
def create(name: str, scope: str, days: int | None, home: Path, as_json: bool) -> None:
    """Make a key and print it, this once."""
    now_ns = SystemClock().now_ns()
    ends_ns = None if days is None else Nanos(now_ns + days * DAY_S * NANOS_PER_SECOND)
    client = Client.find(home)
    if client is not None:
        ends = None if ends_ns is None else iso(ends_ns)
        made = client.post("api-keys", {"name": name, "scope": scope, "expires_at": ends})
    else:
        made = _directly(home, lambda access: _create(access, name, Scope(scope), ends_ns))
    if as_json:
        print_json(made)
        return
    click.echo(made["key"])
    click.echo(f"Keep it now: it is not shown again. Id {made['id']}, scope {made['scope']}.", err=True)


@command.command("list")
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """Every key, newest first, the revoked ones too; never their secrets."""
    client = Client.find(home)
    found = client.get("api-keys") if client is not None else _directly(home, _list)
    if as_json:
        print_json(found)
        return
    if not found["api_keys"]:
        click.echo("There are no keys. Make one: jts api-key create --name notebook --scope read")
        return
    table = Table("Id", "Name", "Scope", "Created", "Ends", "Last used", "State", box=None)
    for key in found["api_keys"]:
        state = "revoked" if key["revoked_at"] else "works"
        shown = (_short(key[field]) for field in ("created_at", "expires_at", "last_used_at"))
        table.add_row(key["id"], key["name"], key["scope"], *shown, state)
    Console().print(table)


@command.command("revoke")
@click.argument("id")
@home_option
@json_option
def revoke(id: str, home: Path, as_json: bool) -> None:
    """End a key, at once. ID is shown by `jts api-key list`."""
    client = Client.find(home)
    if client is not None:
        client.delete(f"api-keys/{id}")
    else:
        _directly(home, lambda access: _revoke(access, id))
    if as_json:
        print_json({"id": id, "revoked": True})
    else:
        click.echo(f"Key {id} is revoked.")


@asynccontextmanager
async def open_access(home: Path) -> AsyncIterator[AccessService]:
    """Access on the store itself, with the platform kept out meanwhile.

    Errors: BadInput (another platform holds the home, or it cannot be written), StoreUnavailable,
    StoreCorrupt.
    """
    from jts.adapters.sql.schema import migrations
    from jts.adapters.sql.sqlite.access_store import SqliteAccessStore
    from jts.adapters.sql.sqlite.database import SqliteDatabase
    from jts.runtime.home import Home, HomeLock

    place = Home(home)
    place.prepare()
    lock = HomeLock(place)
    lock.take()
    database = SqliteDatabase(place.database)
    try:
        database.open(migrations())
        yield AccessService(store=SqliteAccessStore(database), clock=SystemClock(), names=SystemNames())
    finally:
        database.close()
        lock.release()


def _directly(home: Path, act: Callable[[AccessService], Awaitable[T]]) -> T:
    """Errors: click.ClickException in a person's words."""

    async def whole() -> T:
        async with open_access(home) as access:
            return await act(access)

    try:
        return asyncio.run(whole())
    except (BadInput, OutsideError) as error:
        raise click.ClickException(str(error)) from error


async def _create(access: AccessService, name: str, scope: Scope, ends_ns: Nanos | None) -> dict[str, Any]:
    made = await access.create_api_key(name=name, scope=scope, by=CLI, expires_ns=ends_ns)
    shown = ApiKeyForm.of(made.api_key).model_dump(mode="json")
    fields = ("id", "prefix", "name", "scope", "created_at", "expires_at")
    return {field: shown[field] for field in fields} | {"key": made.secret}


async def _list(access: AccessService) -> dict[str, Any]:
    return {"api_keys": [ApiKeyForm.of(key).model_dump(mode="json") for key in await access.api_keys()]}


async def _revoke(access: AccessService, id: str) -> None:
    if not await access.revoke_api_key(id, by=CLI):
        raise BadInput(f"there is no working API key {id}; `jts api-key list` shows them")


def _short(instant: str | None) -> str:
    return "-" if instant is None else instant[:16].replace("T", " ") + "Z"
