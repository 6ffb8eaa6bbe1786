"""A file of bars is read whole, or refused with the row and the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from jts.backtest.bars_file import read_bars
from jts.domain.values import BadInput

METADATA = {
    "symbol": "TEST",
    "venue": "SIM",
    "timeframe": "1d",
    "currency": "KRW",
    "tick": "1",
    "lot": "1",
    "calendar": "from-data",
}
DAY = 86_400_000_000_000


def _columns(**changes: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "ts": [DAY, 2 * DAY, 3 * DAY],
        "open": [100.0, 101.0, 102.0],
        "high": [105.0, 105.0, 105.0],
        "low": [95.0, 95.0, 95.0],
        "close": [101.0, 102.0, 103.0],
        "volume": [10.0, 0.0, 10.0],
    }
    columns.update(changes)
    return {name: values for name, values in columns.items() if values is not None}


def _write(path: Path, metadata: dict[str, str] | None = None, **changes: Any) -> Path:
    table = pyarrow.table(_columns(**changes))
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata or METADATA), path)
    return path


def test_a_simulated_file_brings_its_own_grid(tmp_path: Path) -> None:
    bars = read_bars(_write(tmp_path / "a.parquet", {**METADATA, "tick": "0.5", "lot": "0.001"}))

    assert len(bars) == 3
    assert str(bars.instrument.ticks.tick(bars.instrument.lot)) == "0.5"
    assert str(bars.instrument.lot) == "0.001"
    assert bars.column("close").tolist() == [101, 102, 103]


def test_prices_keep_every_decimal_of_the_file(tmp_path: Path) -> None:
    bars = read_bars(_write(tmp_path / "a.parquet", close=[101.0, 102.25, 103.00000001]))

    assert bars.bars.price_scale == 8
    assert bars.column("close").tolist() == [10_100_000_000, 10_225_000_000, 10_300_000_001]


def test_the_digest_names_the_data_and_not_the_file(tmp_path: Path) -> None:
    one = read_bars(_write(tmp_path / "a.parquet"))
    other = read_bars(_write(tmp_path / "b.parquet", {**METADATA, "note": "another file"}))
    changed = read_bars(_write(tmp_path / "c.parquet", volume=[10.0, 0.0, 11.0]))

    assert one.digest() == other.digest()
    assert one.digest() != changed.digest()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"close": None}, ["`close` is missing"]),
        ({"close": ["a", "b", "c"]}, ["`close` as float64", "string"]),
        ({"ts": [1.0, 2.0, 3.0]}, ["`ts` as int64", "double"]),
        ({"close": [101.0, None, 103.0]}, ["row 1 is empty"]),
        ({"close": [101.0, float("nan"), 103.0]}, ["finite close", "row 1"]),
        ({"high": [105.0, 105.0, float("inf")]}, ["finite high", "row 2"]),
        ({"ts": [DAY, DAY, 3 * DAY]}, ["a duplicate in row 1"]),
        ({"ts": [2 * DAY, DAY, 3 * DAY]}, ["an earlier instant in row 1"]),
        ({"high": [105.0, 101.5, 105.0]}, ["not above high", "row 1"]),
        ({"low": [95.0, 101.5, 95.0]}, ["not below low", "row 1"]),
        ({"low": [95.0, 0.0, 95.0]}, ["low above 0", "row 1"]),
        ({"volume": [1.0, 1.0, -1.0]}, ["volume not negative", "row 2"]),
        ({"close": [101.0, 102.0, 103.000000001]}, ["at most 8 decimals", "row 2"]),
    ],
)
def test_what_no_market_printed_is_refused(tmp_path: Path, changes: dict[str, Any], words: list[str]) -> None:
    path = _write(tmp_path / "bad.parquet", **changes)

    with pytest.raises(BadInput) as refused:
        read_bars(path)

    message = str(refused.value)
    assert str(path) in message
    assert all(word in message for word in words), message


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    table = pyarrow.table(_columns()).slice(0, 0).replace_schema_metadata(METADATA)
    pyarrow.parquet.write_table(table, tmp_path / "empty.parquet")

    with pytest.raises(BadInput, match="at least one bar"):
        read_bars(tmp_path / "empty.parquet")


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    whole = _write(tmp_path / "whole.parquet").read_bytes()
    half = tmp_path / "half.parquet"
    half.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadInput, match="whole Parquet file"):
        read_bars(half)


@pytest.mark.parametrize("missing", ["symbol", "venue", "timeframe", "currency", "tick", "lot"])
def test_metadata_that_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    metadata = {name: value for name, value in METADATA.items() if name != missing}

    with pytest.raises(BadInput, match=f"`{missing}` is missing"):
        read_bars(_write(tmp_path / "a.parquet", metadata))


@pytest.mark.parametrize("tick", ["0", "-1", "NaN", "one"])
def test_a_grid_that_cannot_be_is_refused(tmp_path: Path, tick: str) -> None:
    with pytest.raises(BadInput, match="`tick` as a number above 0"):
        read_bars(_write(tmp_path / "a.parquet", {**METADATA, "tick": tick}))
