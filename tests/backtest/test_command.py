"""`jts backtest` from the outside: one JSON object, a table, and one message for each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from jts.cli.backtest import command
from tests.backtest.makers import DAY_NS

PROGRAM = """strategy "Up and down" version 1
trade SIM:TEST on 1d
param level = 100 in 50..200 step 10
buy size 2 shares when close > level
exit when close < level
"""
CLOSES = [90.0, 110.0, 120.0, 95.0, 80.0]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    program = tmp_path / "up.jts"
    program.write_text(PROGRAM.replace("SIM:TEST", "KRX:005930"), encoding="utf-8")
    table = pyarrow.table(
        {
            "ts": [DAY_NS * (at + 10_000) for at in range(len(CLOSES))],
            **dict.fromkeys(("open", "high", "low", "close"), CLOSES),
            "volume": [1.0] * len(CLOSES),
        }
    )
    metadata = {
        "symbol": "005930",
        "venue": "KRX",
        "timeframe": "1d",
        "currency": "KRW",
        "exchange_tz": "Asia/Seoul",
        "adjusted": "none",
    }
    bars = tmp_path / "bars.parquet"
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), bars)
    return program, bars


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def answer(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_one_object_tells_the_whole_run(files: tuple[Path, Path]) -> None:
    program, bars = files

    result = run(program, "--bars", bars, "--cash", "1,000", "--fee-bps", 100, "--json")

    found = answer(result)
    assert result.exit_code == 0
    # Decided at the close of 110, bought at 120; decided at the close of 95, sold at 80; fees 2 and 1 won.
    assert found["trades"] == [
        {
            "entry_ns": DAY_NS * 10_002,
            "entry_price": 120,
            "exit_ns": DAY_NS * 10_004,
            "exit_price": 80,
            "quantity": 2,
            "bars": 2,
            "fees": 3,
            "profit": -83,
            "reason_in": "buy size 2 shares when close > level",
            "reason_out": "exit when close < level",
        }
    ]
    assert (found["final_equity"], found["open_quantity"], found["bars"], found["fills"]) == (917, 0, 5, 2)
    assert (found["currency"], found["cash"], found["fee_bps"]) == ("KRW", 1000, 100)
    assert found["parameters"] == {"level": 100}
    assert found["warnings"] == []
    assert all(len(found[name]) == 64 for name in ("plan", "data", "orders_digest"))
    assert found["seconds"] > 0


def test_another_parameter_is_another_run_of_the_same_plan(files: tuple[Path, Path]) -> None:
    program, bars = files

    first = answer(run(program, "--bars", bars, "--json"))
    other = answer(run(program, "--bars", bars, "--param", "level=130", "--json"))

    assert first["plan"] == other["plan"]
    assert first["orders_digest"] != other["orders_digest"]
    assert other["trades"] == []


def test_without_cash_the_default_is_said(files: tuple[Path, Path]) -> None:
    program, bars = files

    result = run(program, "--bars", bars)

    assert result.exit_code == 0
    assert "10,000,000 KRW" in result.stdout
    assert "the default" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--param", "level=300"), "from 50 to 200; found 300"),
        (("--param", "level=55"), "in steps of 10; found 55"),
        (("--param", "depth=1"), "(level), found `depth`"),
        (("--param", "level"), "NAME=VALUE"),
        (("--cash", "much"), "a number for --cash; found 'much'"),
        (("--cash", "0"), "cash above 0"),
        (("--fee-bps", "-1"), "from 0 to 1000 basis points"),
        (("--fee-bps", "NaN"), "a number for --fee-bps"),
    ],
)
def test_terms_that_cannot_be_get_one_message(
    files: tuple[Path, Path], arguments: tuple[str, ...], words: str
) -> None:
    program, bars = files

    result = run(program, "--bars", bars, *arguments)

    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_program_shows_its_diagnostics(files: tuple[Path, Path]) -> None:
    program, bars = files
    program.write_text(PROGRAM.replace("close > level", "close[-1] > level"), encoding="utf-8")

    result = run(program, "--bars", bars)

    assert result.exit_code == 1
    assert "J201" in result.stderr


def test_bars_of_another_timeframe_are_refused(files: tuple[Path, Path]) -> None:
    program, bars = files
    program.write_text(program.read_text(encoding="utf-8").replace("on 1d", "on 1h"), encoding="utf-8")

    result = run(program, "--bars", bars)

    assert result.exit_code == 1
    assert "expected bars of 1h" in result.stderr


def test_bars_of_another_symbol_are_a_warning(files: tuple[Path, Path]) -> None:
    program, bars = files
    program.write_text(program.read_text(encoding="utf-8").replace("005930", "000660"), encoding="utf-8")

    found = answer(run(program, "--bars", bars, "--json"))

    assert found["warnings"] == ["the program trades KRX:000660; these are bars of KRX:005930"]


def test_a_missing_file_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    program, bars = files

    no_bars = run(program, "--bars", tmp_path / "no.parquet")
    no_program = run(tmp_path / "no.jts", "--bars", bars)

    assert (no_bars.exit_code, no_program.exit_code) == (2, 2)
    assert "no such file" in no_bars.stderr
    assert "no.jts" in no_program.stderr


def test_bars_may_be_given_by_symbol(files: tuple[Path, Path], tmp_path: Path) -> None:
    program, bars = files

    result = run(program, "--bars", f"KRX:000660={tmp_path / 'no'}", "--bars", f"KRX:005930={bars}", "--json")
    unknown = run(program, "--bars", f"KRX:000660={bars}")

    assert answer(result)["symbol"] == "KRX:005930"
    assert "expected --bars for KRX:005930" in unknown.stderr
