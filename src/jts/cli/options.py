"""Options that many verbs share, said once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def home_option(function: F) -> F:
    """--home, from JTS_HOME, else ~/.jts."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="JTS_HOME",
        default=lambda: Path.home() / ".jts",
        show_default="~/.jts",
        help="Where the platform keeps its data (also JTS_HOME).",
    )(function)


def json_option(function: F) -> F:
    """--json, passed on as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")(
        function
    )


def print_json(value: Any) -> None:
    """One JSON document on standard output, Korean text unescaped."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
