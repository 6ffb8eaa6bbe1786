"""Taking a file's bars into the store, and judging the series they belong to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from jts.contracts.market_data import SeriesInfo
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bars
from jts.domain.market.grading import grade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId
from jts.ports.bar_store import BarStore, Stored
from jts.ports.clock import Clock
from jts.ports.series_catalog import GradedSeries, ImportedFile, SeriesCatalog
from jts.services.market_data.grade_bars import count_findings

UNGRADED = "-"


class SeriesKeeper:
    """The one way of imported bars into the store, near (`jts data import`) and far (the gateway's
    import)."""

    def __init__(self, *, bars: BarStore, catalog: SeriesCatalog, clock: Clock) -> None:
        self._bars = bars
        self._catalog = catalog
        self._clock = clock

    async def keep(
        self, bars: Bars, *, name: str, form: str, digest: str, rows: int, findings: Mapping[str, int]
    ) -> Stored:
        """Store the bars of one file, all of them or none. Twice equals once. Errors: BarStoreUnavailable."""
        stored = await self._bars.append(bars)
        await self._catalog.record(
            ImportedFile(
                instrument=bars.instrument,
                timeframe=bars.timeframe,
                digest=digest,
                name=name,
                form=form,
                rows=rows,
                findings=dict(findings),
                at_ns=self._clock.now_ns(),
            )
        )
        return stored

    async def regrade(self, instrument: InstrumentId, timeframe: Timeframe) -> GradedSeries:
        """Judge the whole series anew, with what its files had wrong. Errors: AssertionError if it is
        empty."""
        bars = await self._bars.read(instrument, timeframe)
        assert bars is not None and len(bars) > 0, f"{instrument} {timeframe} has bars"
        files = await self._catalog.files(instrument, timeframe)
        # In a thread: a million bars take a tenth of a second, and the trading loop must not wait for it.
        letter, findings = await asyncio.to_thread(grade_of, bars, [file.findings for file in files])
        graded = GradedSeries(
            instrument=instrument,
            timeframe=timeframe,
            grade=letter,
            findings=findings,
            count=len(bars),
            at_ns=self._clock.now_ns(),
        )
        await self._catalog.grade(graded)
        return graded


def grade_of(bars: Bars, of_files: list[dict[str, int]]) -> tuple[str, dict[str, int]]:
    """The grade of these bars and the counted findings: what they show, and what their files had wrong."""
    counted = Counter(count_findings(bars, known_instrument(bars.instrument)))
    for findings in of_files:
        counted.update(findings)
    counts = {kind: counted[kind] for kind in sorted(counted)}
    return grade(len(bars), counts), counts


async def stored_series(bars: BarStore, catalog: SeriesCatalog) -> tuple[SeriesInfo, ...]:
    """Every stored series with its grade and where it came from."""
    graded = {(g.instrument, g.timeframe): g for g in await catalog.graded()}
    found = []
    for stored in await bars.series():
        known = graded.get((stored.instrument, stored.timeframe))
        files = await catalog.files(stored.instrument, stored.timeframe)
        found.append(
            SeriesInfo(
                instrument=stored.instrument,
                timeframe=stored.timeframe,
                count=stored.count,
                first_ns=stored.first_ns,
                last_ns=stored.last_ns,
                grade=known.grade if known is not None else UNGRADED,
                findings=dict(known.findings) if known is not None else {},
                source=_source_text([file.name for file in files]),
            )
        )
    return tuple(found)


def known_instrument(id: InstrumentId) -> Instrument | None:
    """The instrument, or None if it is of a market this house has no tables for."""
    try:
        return describe(id)
    except BadInput:
        return None


def _source_text(names: list[str]) -> str:
    if not names:
        return "live"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
