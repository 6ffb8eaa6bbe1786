"""The `jts` command: one verb, one file. Verbs are loaded when they are used, so that each starts fast."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

VERBS: dict[str, tuple[str, str]] = {
    "run": ("jts.cli.run", "Start the platform on this machine."),
    "status": ("jts.cli.status", "What the running platform is doing: accounts, feeds, strategies, orders."),
    "link": ("jts.cli.link", "Print a fresh one-time sign-in link."),
    "check": ("jts.cli.check", "Check strategy files and explain what is wrong."),
    "backtest": ("jts.cli.backtest", "Run a strategy over stored bars."),
    "data": ("jts.cli.data", "Import, list and show bars."),
    "orders": ("jts.cli.orders", "List, show, place and cancel orders."),
    "positions": ("jts.cli.positions", "What is held, what it cost, what it is worth."),
    "strategies": ("jts.cli.strategies", "List, start and stop strategies; show their decisions."),
    "kill": ("jts.cli.kill", "The kill switch: freeze, cancel, flatten."),
    "audit": ("jts.cli.audit", "Verify the hash chain over everything that was decided."),
    "api-key": ("jts.cli.api_key", "Create, list and revoke keys for scripts."),
}


class Verbs(click.Group):
    """Shows every verb with one line, imports only the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(VERBS[cmd_name][0])
        command = module.command
        assert isinstance(command, click.Command), f"{VERBS[cmd_name][0]}.command is a click command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            close = _closest(args[0])
            hint = f" Did you mean `jts {close}`?" if close else " `jts --help` lists the verbs."
            raise click.UsageError(f"there is no verb {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jts", prog_name="jts")
def main() -> None:
    """JTS: automated trading for Korean stocks and crypto.

    Begin with `jts run --demo`: it starts a paper account on a recorded market and prints a sign-in link.
    Every verb has --help; every verb that prints results has --json. JTS_HOME says where data lives (~/.jts).
    """


def _closest(word: str) -> str | None:
    import difflib

    found = difflib.get_close_matches(word, VERBS, n=1)
    return found[0] if found else None


def entry() -> Any:
    """For `python -m jts.cli.main`."""
    return main(prog_name="jts")


if __name__ == "__main__":
    sys.exit(entry())
