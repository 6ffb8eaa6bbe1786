"""`jts audit`: prove that the book of facts is whole, with the platform running or not."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from jts.cli.options import home_option, json_option, print_json
from jts.domain.audit import Verdict

EXIT_BROKEN = 1


@click.group("audit")
def command() -> None:
    """Every decision, order and fill is written into one book, each entry under the hash of the one
    before.

    \b
    jts audit verify    is the book whole?
    """


@command.command("verify")
@home_option
@json_option
def verify_command(home: Path, as_json: bool) -> None:
    """Read the whole book and say whether anything was changed, taken out, put in, moved or cut off.

    Reads the store file itself and changes nothing; the platform may run meanwhile. The exit code is 0 when
    the book is whole and 1 when it is broken. A cut-off end shows only against an anchor: keep a copy of
    HOME/audit/anchor.jsonl elsewhere.

    \b
    jts audit verify
    jts audit verify --json
    """
    from jts.adapters.sql.sqlite.anchor import AnchorFile
    from jts.adapters.sql.sqlite.audit_log import verify_file
    from jts.domain.values import OutsideError
    from jts.runtime.home import Home

    store = Home(home).database
    if not store.is_file():
        raise click.ClickException(
            f"there is no store at {store}. Name the home with --home or JTS_HOME, "
            "or start a platform with `jts run`."
        )
    anchors = AnchorFile(Home(home).anchor)
    try:
        verdict = verify_file(store, anchors)
    except OutsideError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(_as_json(verdict))
    else:
        _show(verdict, anchors.path)
    sys.exit(0 if verdict.is_whole else EXIT_BROKEN)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    broken = verdict.broken
    return {
        "whole": verdict.is_whole,
        "entries": verdict.entries,
        "head": {
            "sequence": verdict.head.sequence,
            "hash": verdict.head.hash,
            "at": _instant(verdict.head.at_ns),
        },
        "anchors_checked": verdict.anchors_checked,
        "broken": None
        if broken is None
        else {"sequence": broken.sequence, "kind": broken.kind.value, "reason": broken.reason},
    }


def _show(verdict: Verdict, anchors: Path) -> None:
    broken = verdict.broken
    if broken is not None:
        click.echo(f"BROKEN at entry {broken.sequence}: {broken.kind.value}. {broken.reason}.")
        click.echo(
            f"{verdict.entries} entries before it are whole. Stop the platform, keep this store as evidence, "
            "and compare it with a backup."
        )
        return
    click.echo(f"Whole: {verdict.entries:,} entries, head {verdict.head.hash[:16]}…")
    if verdict.anchors_checked:
        click.echo(f"{verdict.anchors_checked:,} anchors in {anchors} agree.")
    else:
        click.echo(f"No anchor in {anchors}: a cut-off end could not be seen.")


def _instant(at_ns: int) -> str | None:
    if at_ns == 0:
        return None
    seconds, nanos = divmod(at_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"
