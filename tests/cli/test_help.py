"""What the command line promises of every verb: help with an example, JSON, and a word when it is misused."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from jts.cli.main import VERBS, main


def verbs(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every verb that does something, such as ("orders", "place")."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, f"jts {' '.join((*path, name))} is listed, so it exists"
            yield from verbs(found, (*path, name))
        if not command.invoke_without_command:
            return
    if path:
        yield path


ALL = tuple(verbs())


def test_the_verbs_that_were_promised_are_there() -> None:
    promised = {
        "run",
        "status",
        "check",
        "backtest",
        "data",
        "orders",
        "positions",
        "kill",
        "audit",
        "api-key",
    }

    assert promised <= set(VERBS)
    assert ("audit", "verify") in ALL
    assert ("api-key", "create") in ALL


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    told = CliRunner().invoke(main, [verb, "--help"])

    assert told.exit_code == 0
    examples = [line for line in told.output.splitlines() if line.strip().startswith(f"jts {verb}")]
    assert examples, f"`jts {verb} --help` shows how it is used:\n{told.output}"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_verb_has_help_that_begins_with_a_sentence(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"])

    assert told.exit_code == 0
    assert told.output.startswith("Usage: ")
    assert len(told.output.splitlines()[2].strip()) > 15, told.output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_verb_has_json(path: tuple[str, ...]) -> None:
    assert "--json" in CliRunner().invoke(main, [*path, "--help"]).output


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_an_option_that_does_not_exist_ends_with_2_and_names_it(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--no-such-option"])

    assert told.exit_code == 2
    assert "--no-such-option" in told.output


@pytest.mark.parametrize(
    ("typed", "meant"), [("statsu", "status"), ("order", "orders"), ("bactest", "backtest"), ("kil", "kill")]
)
def test_a_verb_that_was_mistyped_is_suggested(typed: str, meant: str) -> None:
    told = CliRunner().invoke(main, [typed])

    assert told.exit_code == 2
    assert f"Did you mean `jts {meant}`?" in told.output


def test_a_verb_like_no_other_points_to_the_list() -> None:
    told = CliRunner().invoke(main, ["xyzzy"])

    assert told.exit_code == 2
    assert "jts --help" in told.output


def test_the_version_is_told() -> None:
    told = CliRunner().invoke(main, ["--version"])

    assert told.exit_code == 0
    assert told.output.startswith("jts, version ")
