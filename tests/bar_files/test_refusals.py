"""Nonsense is refused with its row and the reason; what is harmless is set right and counted."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jts.adapters.bar_files.bar_file import RefusedFile, Wishes
from jts.adapters.bar_files.read import read_bar_bytes, read_bar_file
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput
from tests.bar_files.makers import SAMSUNG, csv, house_columns, parquet, read, zipped

GOOD = "20240305,10,12,9,11,100"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("20240306,10,9,12,10,100", r"row 3: the high 9 is below the low 12"),
        ("20240306,10,12,9,-11,100", r"row 3: the close is -11; expected more than 0"),
        ("20240306,10,12,0,11,100", r"row 3: the low is 0; expected more than 0"),
        ("20240306,10,12,9,nan,100", r"row 3: the close is 'nan'; expected a number"),
        ("20240306,10,12,9,inf,100", r"row 3: the close is 'inf'; expected a number"),
        ("20240306,10,12,9,,100", r"row 3: the close is ''; expected a number"),
        ("20240306,10,12,9,1O,100", r"row 3: the close is '1O'; expected a number"),
        ("20240306,10,12,9,11,-1", r"row 3: the volume is -1; expected 0 or more"),
        ("20240306,10,12,9,11", r"row 3: expected 6 columns as in the first row, found 5"),
        ("20240306,10,12,9,11,1,1", r"row 3: expected 6 columns as in the first row, found 7"),
        ("20240306,10,12,9,11.123456789,1", r"row 3: the close '11.123456789' has more than 8 decimals"),
        ("20240306,10,99999999999,9,11,1", r"row 3: the high is '99999999999'; expected less than"),
        ("20240306,10,12,9,13,1", r"row 3: open or close lies outside low and high"),
        ("20240230,10,12,9,11,1", r"row 3: the time is '20240230'; expected a day of the calendar"),
        ("yesterday,10,12,9,11,1", r"row 3: the time is 'yesterday'; expected a time such as"),
        ("20240305,10,12,9,10,100", r"rows 2 and 3: two different bars for 2024-03-05"),
        ("20240306,10,12,9,11,1\n20240304,10,12,9,11,1", r"row 4: the time goes back to 2024-03-04"),
        ("2024-03-06T00:00:00+09:00,10,12,9,11,1", r"row 3: the time .* is in another zone"),
        ("19010101,10,12,9,11,1", r"row 3: the time is 1901-01-01"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_bar_is_named_with_its_reason(row: str, words: str) -> None:
    data = csv(GOOD, row)

    with pytest.raises(RefusedFile, match=words):
        read(data)


def test_the_row_is_counted_as_an_editor_counts_it_blank_lines_included() -> None:
    data = csv(GOOD, "", "", "20240306,10,12,9,bad,1")

    with pytest.raises(RefusedFile, match="row 5: the close is 'bad'"):
        read(data)


def test_an_equal_duplicate_is_dropped_and_counted() -> None:
    file = read(csv(GOOD, GOOD, "20240306,10,12,9,11,100"))

    assert len(file.bars) == 2 and file.rows == 3
    assert file.findings == {"duplicates": 1}


def test_a_halted_day_written_as_zeros_is_left_out_and_counted() -> None:
    file = read(csv(GOOD, "20240306,0,0,0,11,0"))

    assert len(file.bars) == 1
    assert file.findings == {"halted": 1}


@pytest.mark.parametrize(("close", "widened"), [(100_000, None), (100_500, 100_500)])
def test_a_close_a_rounding_above_the_high_widens_it(close: int, widened: int | None) -> None:
    file = read(csv(f"20240305,100000,100000,99000,{close},1", "20240306,100000,100000,100000,100000,1"))

    assert file.bars.high_units[0] == (widened or 100_000)
    assert file.findings == ({"widened": 1} if widened else {})


def test_a_close_more_than_a_rounding_above_the_high_is_refused() -> None:
    with pytest.raises(RefusedFile, match="row 2: open or close lies outside"):
        read(csv("20240305,100000,100000,99000,100504,1"))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RefusedFile, match="no column for low"):
        read(csv("20240305,1,1,1,1", header="date,open,high,close,volume"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"  \n ", "the file is empty"),
        (b"date,open,high,low,close,volume\n", "at least one row"),
        (b"hello world\nthis is a letter\n", "expected a table of bars"),
        (b"\xff\xfe\x00\x01" * 10, "expected Parquet, CSV, a zip"),
        (b"\x81\x20\xff\xff,\xff", "expected text in UTF-8 or cp949"),
        (b"PAR1 and then nothing of the kind", "expected a readable Parquet file"),
        (b"PK\x03\x04 broken", "expected a readable zip"),
        (b"\x1f\x8b\x08 broken", "gzip"),
        (b"[1, 2, 3]", "row 1: expected a candle"),
        (b"[" * 100_000, "expected a JSON array of candles"),
        (b'{"a": 1}', "expected a JSON array of at least one candle"),
    ],
)
def test_what_is_no_file_of_bars_is_told_what_was_expected(data: bytes, words: str) -> None:
    with pytest.raises(RefusedFile, match=words):
        read(data)


def test_a_candle_without_a_field_is_named() -> None:
    data = json.dumps([{"market": "KRW-BTC", "candle_date_time_utc": "2020-02-20T11:19:00"}]).encode()

    with pytest.raises(RefusedFile, match="row 1: expected 'opening_price'"):
        read(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("close"), "missing close"),
        (lambda c: c.update(ts=pa.array([0.0, 1.0])), "the column 'ts' is double; expected int64"),
        (lambda c: c.update(close=pa.array(["1", "2"])), "the column 'close' is string; expected float64"),
        (lambda c: c.update(close=pa.array([1.0, None])), "row 2: the close is empty"),
        (lambda c: c.update(close=pa.array([1.0, float("nan")])), "row 2: the close is nan"),
        (lambda c: c.update(close=pa.array([1.0, 1 / 3])), "row 2: the close .* needs more than 8 decimals"),
    ],
)
def test_a_malformed_parquet_names_the_column_or_the_row(
    change: Callable[[dict[str, Any]], object], words: str
) -> None:
    columns = house_columns(close=[1.0, 1.0])
    change(columns)

    with pytest.raises(RefusedFile, match=words):
        read(parquet(columns))


def test_an_empty_parquet_is_refused() -> None:
    with pytest.raises(RefusedFile, match="at least one row"):
        read(parquet(house_columns(close=[])))


def _zip_with(name: str, data: bytes, mode: int = 0) -> bytes:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, data)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (_zip_with("bomb.csv", b"0" * (8 << 20)), "packed more than 200 to 1"),
        (_zip_with("../../etc/passwd", csv(GOOD)), "leads out of its folder"),
        (_zip_with("/etc/passwd", csv(GOOD)), "leads out of its folder"),
        (_zip_with("link.csv", b"/etc/passwd", stat.S_IFLNK | 0o777), "symbolic link"),
        (zipped({"a.csv": csv(GOOD), "b.csv": csv(GOOD)}), "one file inside, found 2"),
        (zipped({}), "one file inside, found 0"),
        (zipped({"a.zip": zipped({"a.csv": csv(GOOD)})}), "packed twice"),
    ],
)
def test_a_zip_that_smells_is_not_opened(data: bytes, words: str) -> None:
    with pytest.raises(RefusedFile, match=words):
        read(data)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    import gzip

    with pytest.raises(RefusedFile, match="packed more than 200 to 1"):
        read(gzip.compress(b"0" * (64 << 20)))


def test_a_zone_for_times_that_are_utc_already_is_refused() -> None:
    data = parquet(house_columns(close=[1.0, 1.0]))

    with pytest.raises(BadInput, match="--timezone Asia/Seoul cannot apply"):
        read_bar_bytes(data, "x", Wishes(instrument=SAMSUNG, timeframe=Timeframe(1, "m"), zone="Asia/Seoul"))


def test_a_file_that_is_not_there_or_a_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="no such file"):
        read_bar_file(tmp_path / "nowhere.csv")
    with pytest.raises(RefusedFile, match="this is a folder"):
        read_bar_file(tmp_path)
