"""Verbs on a home where nothing runs: each says so and what to do, and none hangs or shows a traceback."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jts.cli.main import main

NEEDS_A_PLATFORM = [
    ["status"],
    ["link"],
    ["orders"],
    ["orders", "show", "jts-1"],
    ["orders", "cancel", "jts-1"],
    [
        "orders",
        "place",
        "--account",
        "paper",
        "--instrument",
        "KRX:005930",
        "--side",
        "buy",
        "--quantity",
        "1",
    ],
    ["positions"],
    ["strategies", "list"],
    ["strategies", "stop", "a-run"],
    ["strategies", "why", "a-run"],
    ["kill", "status"],
    ["kill", "reset", "--reason", "test", "--yes"],
]


@pytest.mark.parametrize("verb", NEEDS_A_PLATFORM, ids=lambda verb: " ".join(verb[:2]))
def test_a_verb_that_needs_the_platform_says_so_and_how_to_start_it(verb: list[str], tmp_path: Path) -> None:
    told = _jts(*verb, home=tmp_path)

    assert told.exit_code == 1
    assert f"no platform is running on {tmp_path}" in told.stderr
    assert "jts run" in told.stderr
    assert told.stdout == ""


def test_a_platform_that_was_killed_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    _left_behind(
        tmp_path, f'{{"url": "http://127.0.0.1:{_unused_port()}", "pid": 1, "key": "k", "version": "1"}}'
    )

    told = _jts("status", home=tmp_path)

    assert told.exit_code == 1
    assert "no platform is running" in told.stderr


@pytest.mark.parametrize("text", ["", "{", '{"url": 5}', "\x00\xff"])
def test_a_damaged_note_of_the_platform_is_the_same_as_none(text: str, tmp_path: Path) -> None:
    _left_behind(tmp_path, text)

    told = _jts("orders", home=tmp_path)

    assert told.exit_code == 1
    assert "no platform is running" in told.stderr


def test_without_a_platform_kill_drops_the_file_that_the_next_start_obeys(tmp_path: Path) -> None:
    told = _jts("kill", "--freeze", "--reason", "test", "--yes", home=tmp_path)

    dropped = json.loads((tmp_path / "KILL").read_text())
    assert dropped["acts"] == ["freeze"]
    assert dropped["reason"] == "test"
    assert "platform" in (told.stderr + told.stdout)


def test_a_home_without_a_store_has_no_book_to_verify_and_none_is_made(tmp_path: Path) -> None:
    told = _jts("audit", "verify", home=tmp_path)

    assert told.exit_code == 1
    assert "no store" in told.stderr
    assert list(tmp_path.iterdir()) == []


def _jts(*arguments: str, home: Path) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"JTS_HOME": str(home)}, catch_exceptions=False)


def _left_behind(home: Path, text: str) -> None:
    (home / "run").mkdir()
    (home / "run" / "platform.json").write_text(text, encoding="utf-8")


def _unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
