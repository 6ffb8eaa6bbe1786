"""What a file of bars is once it has been read: its bars, what was understood of it, and what was left
out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

import numpy as np
import numpy.typing as npt

from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class RefusedFile(BadInput):
    """This file is not imported: the row, what was expected there, what was found, the next step."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="bars_file")


class Labels(StrEnum):
    """Whether a row's time is the instant its bar opened, or the one at which it ended (as Creon says it)."""

    OPEN = "open"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person says about the file; it goes before whatever we would have understood."""

    instrument: InstrumentId | None = None
    timeframe: Timeframe | None = None
    zone: str | None = None
    labels: Labels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What the file turned out to be. `form` is in words, such as `Upbit candles (JSON)`."""

    form: str
    instrument: InstrumentId
    timeframe: Timeframe
    zone: str
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a file as columns, in the file's own sequence, not yet checked.

    `wall_ns`: the times as written, in nanoseconds as if they were UTC; `is_utc` when they truly are.
    `dates_only`: the rows name days, not instants. Prices are int64 in 1e-8 (`units`), or at `scale` if
    given. `row_of` tells which row of the file (counted from 1, header included) entry i came from.
    """

    form: str
    wall_ns: Int64s
    is_utc: bool
    dates_only: bool
    open_units: Int64s
    high_units: Int64s
    low_units: Int64s
    close_units: Int64s
    scale: int
    volume: Floats
    row_of: RowNumbers
    instrument: InstrumentId | None = None
    timeframe: Timeframe | None = None
    zone: str | None = None
    labels: Labels | None = None
    findings: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.wall_ns)


class RowNumbers:
    """From an entry of the columns to the row of the file a person can look up."""

    def __init__(self, first: int = 1, text: bytes | None = None) -> None:
        """`first`: the row of the first entry. `text`: the rows from there on, if blank ones are among
        them."""
        self._first = first
        self._text = text

    def __call__(self, entry: int) -> int:
        if self._text is None:
            return entry + self._first
        filled = (n for n, line in enumerate(self._text.split(b"\n")) if line.strip())
        return next(islice(filled, entry, None)) + self._first


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFile:
    """A file that may be stored. `findings` counts what was left out or set right; `digest` names its
    bytes."""

    bars: Bars
    understood: Understood
    findings: dict[str, int]
    digest: str
    rows: int
