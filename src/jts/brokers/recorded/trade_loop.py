"""A recording of trades, played round and round: which print happens when, as plain arithmetic.

The phase is a function of the clock alone, so a restart joins the tape where it would have been anyway, and
the bars of earlier loops can be computed instead of remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from jts.domain.market.bars import Bars
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos

Int64s = npt.NDArray[np.int64]

_SPEED_PARTS_MAX = 1000


class TradeLoop:
    """Prints at `offsets_ns` from the loop's start, repeated every `length_ns` of recorded time.

    Print number g is print g mod n of loop g div n. Loop 0 began at `anchor_ns`; `speed` is how much faster
    than the recording the present runs.
    """

    def __init__(
        self,
        *,
        offsets_ns: Int64s,
        price_units: Int64s,
        quantity_units: Int64s,
        length_ns: int,
        anchor_ns: int,
        speed: float,
    ) -> None:
        assert len(offsets_ns) > 0 and bool(np.all(np.diff(offsets_ns) >= 0)), "prints come in order of time"
        assert offsets_ns[0] >= 0 and offsets_ns[-1] < length_ns, "all prints lie inside the loop"
        self._offsets: list[int] = offsets_ns.tolist()
        self._length = length_ns
        self._anchor = anchor_ns
        ratio = Fraction(speed).limit_denominator(_SPEED_PARTS_MAX)
        assert ratio > 0, f"a speed is positive, was {speed}"
        self._faster, self._slower = ratio.numerator, ratio.denominator
        self.price_units = price_units
        self.quantity_units = quantity_units
        # Twice over, so that a range of prints across the seam is one slice.
        self._twice = np.concatenate([price_units, price_units])
        self._volume_before = np.concatenate([[0], np.cumsum(quantity_units)])

    def __len__(self) -> int:
        return len(self._offsets)

    def instant(self, number: int) -> Nanos:
        """When print `number` happens."""
        loop, at = divmod(number, len(self))
        recorded = loop * self._length + self._offsets[at]
        return Nanos(self._anchor - (-recorded * self._slower) // self._faster)

    def count_before(self, at_ns: int) -> int:
        """How many prints happen before this instant, counted from the anchor: the number of the next one."""
        recorded = ((at_ns - self._anchor - 1) * self._faster) // self._slower
        loop, phase = divmod(recorded, self._length)
        return loop * len(self) + bisect_right(self._offsets, phase)

    def bars(
        self,
        *,
        instrument: InstrumentId,
        timeframe: Timeframe,
        price_scale: int,
        quantity_scale: int,
        last_open_ns: int,
        limit: int,
    ) -> Bars:
        """The bars of the `limit` intervals up to the one that opens at `last_open_ns`; empty ones are left
        out."""
        opens = [last_open_ns - timeframe.nanos * back for back in range(limit - 1, -1, -1)]
        counts = [self.count_before(edge) for edge in (*opens, last_open_ns + timeframe.nanos)]
        spans = [
            (open_ns, begin, end)
            for open_ns, begin, end in zip(opens, counts, counts[1:], strict=False)
            if end > begin
        ]
        n = len(self)
        first = np.array([begin % n for _, begin, _ in spans], dtype=np.int64)
        last = np.array([(end - 1) % n for _, _, end in spans], dtype=np.int64)
        # A span longer than a loop holds every print; one slice of the doubled tape holds any shorter one.
        width = np.array([min(end - begin, n) for _, begin, end in spans], dtype=np.int64)
        volume = np.array(
            [self._volume(end) - self._volume(begin) for _, begin, end in spans], dtype=np.float64
        )
        columns: dict[str, Any] = {
            "open_ns": np.array([open_ns for open_ns, _, _ in spans], dtype=np.int64),
            "open_units": self.price_units[first],
            "high_units": _over_spans(np.maximum, self._twice, first, width),
            "low_units": _over_spans(np.minimum, self._twice, first, width),
            "close_units": self.price_units[last],
            "volume": volume / 10.0**quantity_scale,
        }
        return Bars.of(instrument=instrument, timeframe=timeframe, price_scale=price_scale, **columns)

    def _volume(self, number: int) -> int:
        loop, at = divmod(number, len(self))
        return loop * int(self._volume_before[-1]) + int(self._volume_before[at])


def _over_spans(reduce: np.ufunc, tape: Int64s, first: Int64s, width: Int64s) -> Int64s:
    if len(first) == 0:
        return np.zeros(0, dtype=np.int64)
    ends = np.minimum(first + width, len(tape) - 1)
    pairs = np.column_stack([first, ends]).ravel()
    found = np.asarray(reduce.reduceat(tape, pairs)[::2], dtype=np.int64)
    # reduceat leaves the last entry of the tape out of a span that ends there.
    whole = first + width >= len(tape)
    return np.where(whole, reduce(found, tape[-1]), found)
