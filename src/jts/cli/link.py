"""`jts link`: a fresh one-time sign-in link for the owner's browser."""

from __future__ import annotations

from pathlib import Path

import click

from jts.cli.client import Client
from jts.cli.options import home_option, json_option, print_json


@click.command("link")
@home_option
@json_option
def command(home: Path, as_json: bool) -> None:
    """Print a fresh one-time sign-in link.

    It works once, for 15 minutes, and ends earlier links that were not used. The platform must be running.

    \b
    jts link
    """
    client = Client.from_home(home)
    url = client.running.url + client.post("sign-in-links")["path"]
    if as_json:
        print_json({"url": url})
    else:
        click.echo(url)
