"""The length of a bar, as traders write it: 5s, 1m, 5m, 1h, 4h, 1d, 1w, 1mo."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jts.domain.values import NANOS_PER_SECOND, BadInput

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"^([1-9]\d*)(mo|[smhdw])$")


@dataclass(frozen=True, slots=True, order=True)
class Timeframe:
    """`count` times `unit`; `text` is the canonical spelling. Months have no fixed length."""

    count: int
    unit: str

    @staticmethod
    def parse(text: str) -> Timeframe:
        found = _FORM.match(text)
        if not found:
            raise BadInput(f"expected a timeframe such as 1m, 5m, 1h or 1d; found {text!r}", code="timeframe")
        return Timeframe(int(found[1]), found[2])

    @property
    def text(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def is_intraday(self) -> bool:
        return self.unit in "smh"

    @property
    def nanos(self) -> int:
        """Length in nanoseconds. Errors: AssertionError for months."""
        assert self.unit in _SECONDS, "a month has no fixed length; ask the calendar"
        return self.count * _SECONDS[self.unit] * NANOS_PER_SECOND

    def __str__(self) -> str:
        return self.text
