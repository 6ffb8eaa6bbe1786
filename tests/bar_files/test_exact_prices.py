"""No price is ever rounded on its way in."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jts.adapters.bar_files.bar_file import RefusedFile, RowNumbers
from jts.adapters.bar_files.exact_prices import fewest_decimals, units_from_floats, units_from_text
from jts.adapters.bar_files.wire import from_arrow, to_arrow
from tests.bar_files.makers import csv, read

PRICES = st.decimals(min_value=Decimal("0.00000001"), max_value=Decimal(10**9), places=8)


@settings(deadline=None)
@given(st.lists(PRICES, min_size=1, max_size=20))
def test_every_written_price_keeps_every_digit(prices: list[Decimal]) -> None:
    texts = pa.array([f"{price:,f}" for price in prices])

    units = units_from_text(texts, "close", RowNumbers())

    assert [Decimal(int(u)).scaleb(-8) for u in units] == prices


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.integers(0, 6))
def test_every_float_price_comes_back_as_the_same_float(units: list[int], scale: int) -> None:
    floats = np.array(units, dtype=np.float64) / 10**scale

    columns, found = units_from_floats({"close": floats}, RowNumbers())

    assert found <= scale
    assert (columns["close"] / 10**found == floats).all()


def test_the_scale_is_the_smallest_that_holds_all_prices() -> None:
    columns = {"open": np.array([100_000_000, 150_000_000]), "close": np.array([125_000_000, 100_000_000])}

    reduced, scale = fewest_decimals(columns, 8)

    assert scale == 2
    assert reduced["open"].tolist() == [100, 150] and reduced["close"].tolist() == [125, 100]


def test_a_third_is_no_price() -> None:
    with pytest.raises(RefusedFile, match="row 1: the close"):
        units_from_floats({"close": np.array([1 / 3])}, RowNumbers())


def test_a_file_crosses_the_wire_unchanged() -> None:
    file = read(csv("20240305,10.5,12,9,11,100", "20240306,10,12,9,11,100", "20240306,10,12,9,11,100"))

    arrived, name = from_arrow(to_arrow(file, "삼성.csv"))

    assert name == "삼성.csv" and arrived.findings == {"duplicates": 1}
    assert arrived.understood == file.understood and arrived.digest == file.digest
    assert arrived.bars == file.bars


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xff\xff\xff\xff\x00\x00\x00\x00"])
def test_what_is_not_of_our_making_is_refused_at_the_door(body: bytes) -> None:
    with pytest.raises(RefusedFile, match="expected bars as `jts data import` sends them"):
        from_arrow(body)
