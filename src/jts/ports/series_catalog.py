"""What is known about the stored series beside their bars: how good they are, and which files they came
from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """One file that went into a series. `digest` names its bytes: the same bytes again are the same file."""

    instrument: InstrumentId
    timeframe: Timeframe
    digest: str
    name: str
    form: str
    rows: int
    findings: dict[str, int]
    at_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSeries:
    """The grade of a whole series, A to F, and the defects behind it, counted by kind."""

    instrument: InstrumentId
    timeframe: Timeframe
    grade: str
    findings: dict[str, int]
    count: int
    at_ns: Nanos


class SeriesCatalog(Protocol):
    async def record(self, file: ImportedFile) -> None:
        """Remember that this file was imported. Said again, it changes nothing but the instant."""
        ...

    async def files(self, instrument: InstrumentId, timeframe: Timeframe) -> tuple[ImportedFile, ...]:
        """Oldest import first."""
        ...

    async def grade(self, graded: GradedSeries) -> None:
        """The newest grade replaces the one before."""
        ...

    async def graded(self) -> tuple[GradedSeries, ...]: ...
