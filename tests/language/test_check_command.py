"""`jts check`, as a person at a terminal meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jts.cli.check import command
from tests.language.pages import REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.jts"))
WRONG = 'strategy "Wrong" version 1\ntrade KRX:005930 on 1d\nbuy when close[-1] > open\n'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_sound(file: Path) -> None:
    result = run(str(file), "--json")

    told = json.loads(result.output)
    assert result.exit_code == 0
    assert told["ok"] is True
    assert told["files"][0]["diagnostics"] == []
    assert len(told["files"][0]["plan"]["hash"]) == 64


def test_there_are_three_examples() -> None:
    assert {file.stem for file in EXAMPLES} >= {"average_cross", "volatility_breakout", "rsi_reversion"}


def test_a_sound_program_is_summed_up() -> None:
    result = run(str(REPOSITORY / "examples" / "volatility_breakout.jts"))

    assert result.exit_code == 0
    assert "Volatility breakout · v1" in result.output
    assert "trades: BINANCE:BTCUSDT · 1d" in result.output
    assert "warm-up: 10 bars" in result.output
    assert "exit at open" in result.output


def test_a_wrong_program_is_explained_and_ends_with_one(tmp_path: Path) -> None:
    file = tmp_path / "wrong.jts"
    file.write_text(WRONG, encoding="utf-8")

    result = run(str(file), "--lang", "ko")

    assert result.exit_code == 1
    assert "wrong.jts:3:16: 오류 J201" in result.output


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nothing.jts"), str(EXAMPLES[0]))

    assert result.exit_code == 2
    assert "there is none under this name" in result.output
    assert "Average cross" in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe\x00", "UTF-8"), (b"a" * 1_000_001, "at most 1,000,000 bytes")],
    ids=["not text", "too large"],
)
def test_a_file_that_is_no_program_ends_with_two(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "odd.jts"
    file.write_bytes(content)

    result = run(str(file))

    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_is_no_program(tmp_path: Path) -> None:
    result = run(str(tmp_path))

    assert result.exit_code == 2
    assert "this is a folder" in result.output


def test_json_names_the_problem_of_each_file(tmp_path: Path) -> None:
    file = tmp_path / "wrong.jts"
    file.write_text(WRONG, encoding="utf-8")

    result = run(str(file), str(EXAMPLES[0]), "--json")

    told = json.loads(result.output)
    assert result.exit_code == 1
    assert [one["ok"] for one in told["files"]] == [False, True]
    assert told["files"][0]["diagnostics"][0]["code"] == "J201"
