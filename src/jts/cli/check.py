"""`jts check`: is this strategy sound, and what does it do?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from jts.cli.options import json_option, print_json
from jts.language.check import Checked, check
from jts.language.diagnostics import render
from jts.language.plan import OrderRule, Plan, SetRule, View

BYTES_MAX = 1_000_000
EXIT_WRONG = 1
EXIT_UNREADABLE = 2

_HEADINGS = {
    "en": ("plan", "trades", "warm-up", "parameters", "states", "at the close", "at the open", "bars"),
    "ko": ("계획", "매매", "준비 기간", "변수", "상태", "종가에", "시가에", "봉"),
}


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@json_option
@click.option(
    "--lang", "tongue", type=click.Choice(["en", "ko"]), default="en", help="Language of the messages."
)
def command(files: tuple[Path, ...], as_json: bool, tongue: str) -> None:
    """Check strategy files and explain what is wrong.

    Prints each finding with its line and the next step, or what the strategy will do. Exit code 1: a file has
    errors; 2: a file could not be read.

    \b
    jts check examples/average_cross.jts
    jts check examples/*.jts --json
    """
    code = 0
    documents: list[dict[str, Any]] = []
    for file in files:
        text, problem = _read(file)
        if text is None:
            code = EXIT_UNREADABLE
            documents.append({"file": str(file), "ok": False, "problem": problem, "diagnostics": []})
            click.echo(f"{file}: {problem}", err=True)
            continue
        checked = check(text, file=str(file))
        if checked.plan is None:
            code = max(code, EXIT_WRONG)
        documents.append(_document(file, checked))
        if not as_json:
            _show(file, text, checked, tongue)
    if as_json:
        print_json({"ok": code == 0, "files": documents})
    sys.exit(code)


def _read(file: Path) -> tuple[str | None, str]:
    """(text, "") or (None, what is wrong and what to do)."""
    try:
        with file.open("rb") as opened:
            data = opened.read(BYTES_MAX + 1)
    except FileNotFoundError:
        return None, "expected a strategy file; there is none under this name; check the path"
    except IsADirectoryError:
        return None, "expected a strategy file; this is a folder; name the files in it, such as *.jts"
    except OSError as error:
        return None, f"expected a readable file; the system says: {error.strerror}; check its permissions"
    if len(data) > BYTES_MAX:
        return (
            None,
            f"expected a program of at most {BYTES_MAX:,} bytes; this file is larger; is it a strategy?",
        )
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        return None, f"expected UTF-8 text; byte {error.start + 1} is not; save the file as UTF-8"


def _document(file: Path, checked: Checked) -> dict[str, Any]:
    findings = [one.to_dict() for one in checked.diagnostics]
    document: dict[str, Any] = {"file": str(file), "ok": checked.plan is not None, "diagnostics": findings}
    plan = checked.plan
    if plan is not None:
        document["plan"] = {
            "hash": plan.hash,
            "name": plan.name,
            "version": plan.version,
            "semantics": plan.semantics,
            "symbol": plan.instruments[0],
            "timeframe": plan.timeframe.text,
            "warm_up_bars": plan.warm_up_bars,
            "parameters": {one.name: str(one.default) for one in plan.parameters},
            "rules": [
                {"line": rule.span.line, "view": rule.view.value, "text": rule.text} for rule in plan.rules
            ],
        }
    return document


def _show(file: Path, text: str, checked: Checked, tongue: str) -> None:
    if checked.diagnostics:
        click.echo(render(checked.diagnostics, text, str(file), tongue))
        click.echo()
    if checked.plan is not None:
        click.echo(_summary(checked.plan, tongue))


def _summary(plan: Plan, tongue: str) -> str:
    """The plan in a few lines: what it is, and its rules by the instant at which they are decided."""
    word = dict(zip(_HEADINGS["en"], _HEADINGS[tongue], strict=True))
    lines = [
        f"{plan.name} · v{plan.version}",
        f"  {word['plan']}: {plan.hash}",
        f"  {word['trades']}: {plan.instruments[0]} · {plan.timeframe.text}",
        f"  {word['warm-up']}: {plan.warm_up_bars} {word['bars']}",
    ]
    if plan.parameters:
        shown = ", ".join(f"{one.name} = {one.default}" for one in plan.parameters)
        lines.append(f"  {word['parameters']}: {shown}")
    written = [one.name for one in plan.states if " " not in one.name]
    if written:
        lines.append(f"  {word['states']}: {', '.join(written)}")
    for view, heading in ((View.OPEN, word["at the open"]), (View.CLOSE, word["at the close"])):
        rules = [rule for rule in plan.rules if rule.view is view]
        if rules:
            lines.append(f"  {heading}:")
            lines += [line for rule in rules for line in _rule(rule)]
    return "\n".join(lines)


def _rule(rule: OrderRule | SetRule) -> list[str]:
    lines = [f"    {rule.span.line:>4}  {rule.text}"]
    if isinstance(rule, OrderRule):
        lines += [f"    {one.span.line:>4}    {one.text}" for one in rule.protections]
    return lines
