"""`jts data` from the terminal: import, list, show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jts.adapters.timeseries.chdb_engine import ChdbEngine, explain
from jts.cli.main import main
from tests.bar_files.makers import csv, zipped

ROWS = ("20240304,70000,71000,69000,70500,100", "20240305,70500,71500,70000,71000,200")


def jts(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["data", *words, "--home", str(home)])


def told(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture
def daily(tmp_path: Path) -> Path:
    path = tmp_path / "A005930_daily.csv"
    path.write_bytes(csv(*ROWS))
    return path


def test_a_file_is_imported_listed_and_shown(tmp_path: Path, daily: Path) -> None:
    home = tmp_path / "home"

    imported = jts(home, "import", str(daily), "--json")
    listed = jts(home, "list", "--json")
    shown = jts(home, "show", "KRX:005930", "--timeframe", "1d", "--json")

    assert imported.exit_code == 0, imported.output
    (outcome,) = told(imported)["files"]
    assert (outcome["outcome"], outcome["instrument"], outcome["added"]) == ("imported", "KRX:005930", 2)
    (series,) = told(listed)["series"]
    assert (series["timeframe"], series["count"], series["grade"]) == ("1d", 2, "A")
    assert series["first_at"] == "2024-03-04T00:00:00.000000000Z" and series["source"] == daily.name
    assert told(shown)["bars"] == [
        [1709510400000, 70000.0, 71000.0, 69000.0, 70500.0, 100.0],
        [1709596800000, 70500.0, 71500.0, 70000.0, 71000.0, 200.0],
    ]


def test_importing_twice_changes_nothing(tmp_path: Path, daily: Path) -> None:
    home = tmp_path / "home"
    jts(home, "import", str(daily), "--json")
    before = jts(home, "list", "--json").stdout

    again = jts(home, "import", str(daily), "--json")

    (outcome,) = told(again)["files"]
    assert (outcome["added"], outcome["unchanged"], outcome["replaced"]) == (0, 2, 0)
    assert jts(home, "list", "--json").stdout == before


def test_a_refused_file_ends_with_1_and_the_others_are_imported(tmp_path: Path, daily: Path) -> None:
    bad = tmp_path / "005930_bad.csv"
    bad.write_bytes(csv(*ROWS, "20240306,70000,69000,71000,70000,1"))

    result = jts(tmp_path / "home", "import", str(bad), str(daily), str(tmp_path / "nowhere.csv"), "--json")

    assert result.exit_code == 1
    first, second, third = told(result)["files"]
    assert (first["outcome"], second["outcome"], third["outcome"]) == ("refused", "imported", "refused")
    assert "row 4: the high 69000 is below the low 71000" in first["reason"]
    assert told(result)["refused"] == 2


def test_a_dry_run_stores_nothing_and_makes_no_home(tmp_path: Path, daily: Path) -> None:
    home = tmp_path / "home"

    result = jts(home, "import", str(daily), "--dry-run", "--json")

    (outcome,) = told(result)["files"]
    assert outcome["outcome"] == "checked" and outcome["grade"] == "A"
    assert not home.exists()


def test_the_tables_for_people_say_the_same(tmp_path: Path, daily: Path) -> None:
    home = tmp_path / "home"

    empty = jts(home, "list")
    imported = jts(home, "import", str(daily))
    listed = jts(home, "list")
    shown = jts(home, "show", "KRX:005930", "--timeframe", "1d")

    assert "jts data import" in empty.output
    assert "KRX:005930 1d" in imported.output and "A005930_daily.csv" in imported.output
    assert "2024-03-05 00:00" in listed.output
    assert "71,500" in shown.output


def test_minutes_are_shown_as_hours(tmp_path: Path) -> None:
    home = tmp_path / "home"
    rows = [
        f"{(1_709_596_800 + 60 * n) * 1000},{100 + n},{100 + n},{100 + n},{100 + n},1,0,1,1,1,1,0"
        for n in range(90)
    ]
    path = tmp_path / "BTCUSDT-1m-2024-03-05.zip"
    path.write_bytes(zipped({"BTCUSDT-1m-2024-03-05.csv": "\n".join(rows).encode()}))
    jts(home, "import", str(path))

    shown = jts(home, "show", "BINANCE:BTCUSDT", "--timeframe", "1h", "--json")

    assert [bar[1:] for bar in told(shown)["bars"]] == [
        [100.0, 159.0, 100.0, 159.0, 60.0],
        [160.0, 189.0, 160.0, 189.0, 30.0],
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("import", "x.csv", "--symbol", "005930"), "expected VENUE:CODE such as KRX:005930"),
        (("import", "x.csv", "--timeframe", "1 day"), "expected a timeframe such as 1m"),
        (("import", "x.csv", "--timezone", "Seoul"), "expected a time zone such as Asia/Seoul"),
        (("show", "KRX:005930", "--timeframe", "1d"), "there are no bars of KRX:005930 1d"),
        (("show", "KRX:005930", "--timeframe", "1d", "--last", "0"), "0 is not in the range"),
        (("import",), "Missing argument"),
    ],
)
def test_what_a_person_gets_wrong_is_said_in_one_message(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    result = jts(tmp_path / "home", *words)

    assert result.exit_code != 0
    assert message in result.output and "Traceback" not in result.output


def test_a_disk_that_fills_up_keeps_whole_files_and_says_so(
    tmp_path: Path, daily: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, third = tmp_path / "A000660_daily.csv", tmp_path / "A005380_daily.csv"
    second.write_bytes(daily.read_bytes())
    third.write_bytes(daily.read_bytes())
    whole = ChdbEngine.insert

    def full(self: ChdbEngine, sql: str, incoming: Any, **parameters: Any) -> None:
        if parameters["instrument"] == "KRX:000660":
            raise explain("Code: 243. DB::Exception: Cannot reserve (NOT_ENOUGH_SPACE)", self.folder)
        whole(self, sql, incoming, **parameters)

    monkeypatch.setattr(ChdbEngine, "insert", full)
    result = jts(tmp_path / "home", "import", str(daily), str(second), str(third), "--json")
    monkeypatch.undo()

    assert result.exit_code == 1
    assert [outcome["outcome"] for outcome in told(result)["files"]] == ["imported"]
    assert "is full; nothing of this write is kept" in told(result)["failure"]
    (series,) = told(jts(tmp_path / "home", "list", "--json"))["series"]
    assert (series["instrument"], series["count"], series["grade"]) == ("KRX:005930", 2, "A")


def test_a_damaged_store_is_one_clear_message(tmp_path: Path, daily: Path) -> None:
    home = tmp_path / "home"
    jts(home, "import", str(daily))
    for columns in (home / "bars" / "tables" / "store").rglob("columns.txt"):
        columns.write_text("garbage")

    result = jts(home, "list")

    assert result.exit_code == 1
    assert "is damaged" in result.output and "import the files again" in result.output


@pytest.mark.slow
def test_a_store_that_another_process_holds_is_one_clear_message(tmp_path: Path, daily: Path) -> None:
    import subprocess
    import sys

    home = tmp_path / "home"
    jts(home, "import", str(daily))
    code = (
        "import fcntl, sys, time\n"
        "lock = open(sys.argv[1], 'a+')\nfcntl.flock(lock, fcntl.LOCK_EX)\nprint('held', "
        "flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home / "bars" / "owner.lock")], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"

        result = jts(home, "list")
        holder.kill()

    assert result.exit_code == 1
    assert "is open in another process" in result.output
