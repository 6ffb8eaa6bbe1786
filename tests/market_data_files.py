"""The real market data beside the repository: found once, skipped loudly where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def market_data_file(name: str) -> Path:
    """A file under ../shared/data (or JTS_MARKET_DATA), such as `raw/krx/005930_1m_creon.csv`.

    Where the folder is absent the test is skipped and says so; in CI that is a failure.
    """
    folder = Path(os.environ.get("JTS_MARKET_DATA", _BESIDE))
    if not folder.is_dir():
        message = f"MARKET DATA ABSENT: {folder} is not there, so what this test promises is not proven"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder / name
