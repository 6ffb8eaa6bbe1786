"""`jts run`: starts the platform and says where it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jts.cli.options import home_option

if TYPE_CHECKING:
    from jts.runtime.platform import Ready


@click.command("run")
@click.option(
    "--demo", is_flag=True, help="Trade a paper account on recorded markets, with three strategies."
)
@click.option("--speed", type=float, help="How fast the recorded markets play: 60 is a minute a second.")
@click.option(
    "--port", type=int, envvar="JTS_PORT", help="Listen here on loopback (also JTS_PORT). [default: 8787]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as a JSON object.")
@home_option
def command(demo: bool, speed: float | None, port: int | None, as_json: bool, home: Path) -> None:
    """Start the platform in one process on loopback, and print a one-time sign-in link.

    Everything it knows is kept in JTS_HOME. Ctrl-C stops it; a crash or kill -9 loses nothing: the next start
    takes up where it was.

    \b
    jts run --demo               a newcomer's first start
    jts run --demo --speed 60    the same, sixty times as fast
    """
    from jts.domain.values import BadInput, OutsideError

    environment = dict(os.environ)
    if port is not None:
        environment["JTS_PORT"] = str(port)
    try:
        _run(home, environment, is_demo=demo, speed=speed, as_json=as_json)
    except (BadInput, OutsideError) as error:
        raise click.ClickException(str(error)) from error
    except BaseExceptionGroup as group:
        raise click.ClickException(_broke(group, home)) from group


def _run(
    home: Path, environment: dict[str, str], *, is_demo: bool, speed: float | None, as_json: bool
) -> None:
    import asyncio
    import signal

    import uvloop

    from jts.adapters.telemetry.logs import start_logging
    from jts.runtime.home import Home
    from jts.runtime.platform import Platform
    from jts.runtime.settings import read

    place = Home(home)
    place.prepare()
    settings = read(place.settings, environment, speed=speed)
    start_logging(place.log)
    platform = Platform(home=place, settings=settings, is_demo=is_demo)

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await platform.run(stop=stop, ready=lambda ready: _tell(ready, as_json))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_stopped())
    if not as_json:
        click.echo("JTS has stopped.")


def _tell(ready: Ready, as_json: bool) -> None:
    if as_json:
        from jts.cli.options import print_json

        print_json({"url": ready.url, "link": ready.link, "pid": os.getpid()})
    else:
        click.echo(f"JTS is ready at {ready.link}")
        click.echo("  It signs you in once; `jts link` prints another. Ctrl-C stops the platform.")
    sys.stdout.flush()


def _broke(group: BaseExceptionGroup[BaseException], home: Path) -> str:
    """What ended the platform while it ran, for a person; the whole story is in the log."""
    import structlog

    structlog.get_logger("jts").error("the platform broke", exc_info=group)
    leaves: list[BaseException] = [group]
    while any(isinstance(each, BaseExceptionGroup) for each in leaves):
        leaves = [
            leaf
            for each in leaves
            for leaf in (each.exceptions if isinstance(each, BaseExceptionGroup) else (each,))
        ]
    what = "; ".join(dict.fromkeys(str(each) or type(each).__name__ for each in leaves))
    return (
        f"the platform stopped itself: {what}\nNothing that was acknowledged is lost; `jts run` takes up "
        f"where it was. The whole story is in {home / 'logs' / 'jts.jsonl'}."
    )
