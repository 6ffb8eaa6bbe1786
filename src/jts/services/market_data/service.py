"""Market data: listens to every source, keeps the newest prints, builds bars, and says how far each feed is
true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TypeAlias

from jts.contracts.market_data import BarClosed, FeedChanged, FeedStatus, SeriesInfo
from jts.contracts.topics import BARS, FEEDS, QUOTES, TRADES
from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bar, Bars
from jts.domain.market.prices import MarketTrade, ReferencePrice
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import NANOS_PER_SECOND, BadInput, InstrumentId, Nanos
from jts.ports.bar_store import BarStore, BarStoreUnavailable
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.market_source import MarketEvent, MarketSource
from jts.ports.names import Names, begin
from jts.ports.series_catalog import SeriesCatalog
from jts.services.market_data.bar_builder import BarBuilder, bar_end_ns
from jts.services.market_data.bar_columns import at_scale, join, last_bar, newest, one_bar
from jts.services.market_data.feed_watch import FeedWatch
from jts.services.market_data.keep_series import known_instrument, stored_series
from jts.services.market_data.tape import Tape

log = logging.getLogger(__name__)

BARS_MAX = 20_000
TELLINGS_WAITING_MAX = 4096
WATCH_EVERY_S = 0.1
PRINTS_COME_LATE_NS = 200_000_000  # how long a finished interval is held open for prints still on their way
BACKOFF_FIRST_S, BACKOFF_MAX_S = 1.0, 30.0
_DAY = Timeframe(1, "d")

_Key: TypeAlias = tuple[InstrumentId, Timeframe]
_Telling: TypeAlias = "tuple[MarketSource, Bar, bool] | FeedStatus"


class MarketDataService:
    """`contracts.market_data.MarketData` over any number of sources. `start` first, then keep `run` running.

    Bars of a live source are stored as they close. Those of a recorded one are not: they can be made again
    from the recording, and the present's dates on the past's prices would spoil a series of real bars.
    """

    def __init__(
        self,
        *,
        sources: tuple[MarketSource, ...],
        bars: BarStore,
        catalog: SeriesCatalog,
        bus: Bus,
        clock: Clock,
        names: Names,
        stale_after_s: float = 10.0,
    ) -> None:
        """`stale_after_s`: how old a print may be before it is no reference for an order, at the least; a
        source with a slower heartbeat gets twice that."""
        self._sources = sources
        self._bars = bars
        self._catalog = catalog
        self._bus = bus
        self._clock = clock
        self._names = names
        self._stale_after_s = stale_after_s
        self._feeds: dict[str, FeedWatch] = {}
        self._source_of: dict[InstrumentId, MarketSource] = {}
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._tapes: dict[InstrumentId, Tape] = {}
        self._builders: dict[_Key, BarBuilder] = {}
        self._tellings: asyncio.Queue[_Telling] = asyncio.Queue(maxsize=TELLINGS_WAITING_MAX)

    async def start(self) -> None:
        """Learn what each source has. After this every question can be answered, though nothing moves yet."""
        for source in self._sources:
            own: list[InstrumentId] = []
            for instrument in await source.instruments():
                if instrument.id in self._source_of:
                    continue  # the first source that has it, has it
                own.append(instrument.id)
                self._source_of[instrument.id] = source
                self._instruments[instrument.id] = instrument
                stale_s = max(self._stale_after_s, 2 * source.heartbeat_s)
                tape = Tape(instrument, stale_after_ns=int(stale_s * NANOS_PER_SECOND))
                await self._learn_where_it_stands(source, tape)
                self._tapes[instrument.id] = tape
            self._feeds[source.feed] = FeedWatch(source, tuple(own))

    async def run(self) -> None:
        """Listen, watch and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._sources:
                tasks.create_task(self._listen(source), name=f"listen {source.feed}")
            tasks.create_task(self._watch(), name="watch feeds")
            tasks.create_task(self._tell(), name="tell market data")

    # ---- contracts.market_data.MarketData ----

    async def instruments(self) -> tuple[Instrument, ...]:
        found = dict(self._instruments)
        for stored in await self._bars.series():
            known = known_instrument(stored.instrument)
            if known is not None:
                found.setdefault(known.id, known)
        return tuple(found.values())

    async def instrument(self, id: InstrumentId) -> Instrument | None:
        return self._instruments.get(id) or known_instrument(id)

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        tape = self._tapes.get(id)
        return tape.reference(self._clock.now_ns()) if tape is not None else None

    async def last_trades(self, id: InstrumentId, *, limit: int = 50) -> tuple[MarketTrade, ...]:
        tape = self._tapes.get(id)
        return tape.recent(limit) if tape is not None else ()

    async def bars(
        self, id: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos | None = None, limit: int = 500
    ) -> Bars:
        if not 1 <= limit <= BARS_MAX:
            raise BadInput(f"expected a limit from 1 to {BARS_MAX}, found {limit}", code="limit")
        source = self._source_of.get(id)
        end = self._unfinished_from(id, timeframe)
        end = Nanos(end if before_ns is None else min(end, before_ns))
        told = None
        if source is not None:
            told = await source.history(id, timeframe, before_ns=end, limit=limit)
        if source is None or told is None or not source.is_recorded:
            told = await self._with_stored(id, timeframe, end, limit, told)
        if told is None:
            raise BadInput(
                f"expected a timeframe of {id} that is stored or can be built from a stored one; found "
                f"{timeframe}. `jts data list` shows what there is",
                code="timeframe",
            )
        instrument = await self.instrument(id)
        told = at_scale(told, instrument.price_scale) if instrument is not None else told
        return newest(told, limit, before_ns=end)

    async def series(self) -> tuple[SeriesInfo, ...]:
        return await stored_series(self._bars, self._catalog)

    async def feeds(self) -> tuple[FeedStatus, ...]:
        return tuple(feed.status() for feed in self._feeds.values())

    async def follow(self, id: InstrumentId, timeframe: Timeframe) -> None:
        if (id, timeframe) in self._builders:
            return
        instrument = self._instruments.get(id)
        if instrument is None:
            known = ", ".join(sorted(self._instruments)) or "none"
            raise BadInput(f"expected an instrument on a feed ({known}); found {id}", code="instrument")
        builder = BarBuilder(instrument, timeframe)
        last = self._tapes[id].last
        if last is not None:
            builder.watching_since(Nanos(last.venue_ns + 1))
        self._builders[id, timeframe] = builder

    # ---- private: questions ----

    async def _learn_where_it_stands(self, source: MarketSource, tape: Tape) -> None:
        if tape.instrument.calendar == "always":
            return
        days = await source.history(tape.instrument.id, _DAY, before_ns=self._clock.now_ns(), limit=1)
        if days is not None and len(days):
            scaled = at_scale(days, tape.instrument.price_scale)
            if scaled.price_scale == tape.instrument.price_scale:
                close = tape.instrument.price_from_units(scaled.close_units[-1])
                tape.begin_behind(close, Nanos(bar_end_ns(tape.instrument, _DAY, scaled.open_ns[-1])))

    async def _with_stored(
        self, id: InstrumentId, timeframe: Timeframe, end: Nanos, limit: int, told: Bars | None
    ) -> Bars | None:
        """What is stored, and what the source says beside it; where both have a bar, the stored one
        counts."""
        stored = await self._bars.read(id, timeframe, before_ns=end, limit=limit)
        if stored is None:
            return told
        if told is None:
            return stored
        return join(stored, told)

    def _unfinished_from(self, id: InstrumentId, timeframe: Timeframe) -> int:
        """The first instant at which a bar would open that is not finished yet, by the venue's own time."""
        tape = self._tapes.get(id)
        now = tape.venue_now_ns(self._clock.now_ns()) if tape is not None else self._clock.now_ns()
        instrument = self._instruments.get(id) or known_instrument(id)
        if instrument is None or timeframe.unit not in "smhd":
            return now
        open_ns = now // timeframe.nanos * timeframe.nanos
        is_finished = bar_end_ns(instrument, timeframe, open_ns) <= now
        return open_ns + timeframe.nanos if is_finished else open_ns

    # ---- private: what goes on ----

    async def _listen(self, source: MarketSource) -> None:
        backoff_s = BACKOFF_FIRST_S
        watch = self._feeds[source.feed]
        while True:
            heard = 0
            try:
                async for event in source.stream():
                    if heard == 0:
                        self._watching_since(source, event.venue_ns)
                    heard += 1
                    await self._hear(source, watch, event)
                await self._changed(watch, watch.ended())
                return
            except AssertionError:
                raise  # we are wrong, not the outside
            except Exception as error:  # whatever a source may fail with: the others go on
                backoff_s = BACKOFF_FIRST_S if heard else min(backoff_s * 2, BACKOFF_MAX_S)
                log.warning("feed %s failed, again in %.0f s: %s", source.feed, backoff_s, error)
                await self._changed(watch, watch.failed())
            await self._clock.sleep(backoff_s)

    def _watching_since(self, source: MarketSource, at_ns: Nanos) -> None:
        for (id, _), builder in self._builders.items():
            if self._source_of[id] is source:
                builder.watching_since(at_ns)

    async def _hear(self, source: MarketSource, watch: FeedWatch, event: MarketEvent) -> None:
        changed = watch.heard(
            venue_ns=event.venue_ns,
            received_ns=event.received_ns,
            monotonic_ns=self._clock.monotonic_ns(),
        )
        await self._changed(watch, changed)
        if self._source_of.get(event.instrument) is not source:
            return
        if not isinstance(event, MarketTrade):
            self._bus.offer(QUOTES, event)
            return
        self._tapes[event.instrument].add(event)
        self._bus.offer(TRADES, event)
        for (id, _), builder in self._builders.items():
            if id == event.instrument:
                await self._finished(source, builder.add(event))

    async def _watch(self) -> None:
        """Silence has meaning too: it ends bars and makes feeds stale."""
        while True:
            await self._clock.sleep(WATCH_EVERY_S)
            for feed in self._feeds.values():
                await self._changed(feed, feed.look(self._clock.monotonic_ns()))
            passed_ns = self._clock.now_ns() - PRINTS_COME_LATE_NS
            for (id, _), builder in tuple(self._builders.items()):
                if not self._tapes[id].is_at_another_date:
                    finished = builder.close_until(passed_ns)
                    if finished is not None:
                        await self._finished(self._source_of[id], [finished])

    async def _finished(self, source: MarketSource, bars: Iterable[tuple[Bar, bool]]) -> None:
        for bar, is_whole in bars:
            await self._tellings.put((source, bar, is_whole))

    async def _changed(self, watch: FeedWatch, changed: bool) -> None:
        if changed:
            await self._tellings.put(watch.status())

    async def _tell(self) -> None:
        """Publish in the sequence in which things happened. Its own task, so that a slow reader of bars
        does not hold up the prints."""
        while True:
            telling = await self._tellings.get()
            provenance = begin(self._names, self._clock.now_ns())
            if isinstance(telling, FeedStatus):
                changed = FeedChanged(provenance=provenance, feed=telling.feed, status=telling)
                await self._bus.publish(FEEDS, changed)
                continue
            bar = await self._whole(*telling)
            if bar is not None:
                await self._bus.publish(BARS, BarClosed(provenance=provenance, bar=bar))

    async def _whole(self, source: MarketSource, bar: Bar, is_whole: bool) -> Bar | None:
        """The finished bar; one we did not watch from its beginning is asked of the source, or not told at
        all."""
        instrument = self._instruments[bar.instrument]
        if not is_whole:
            asked = await self._ask(source, bar)
            if asked is None or len(asked) == 0 or asked.open_ns[-1] != bar.open_ns:
                log.info("no whole bar of %s %s at %d", bar.instrument, bar.timeframe, bar.open_ns)
                return None
            bar = last_bar(at_scale(asked, instrument.price_scale), bar.close_ns)
        if not source.is_recorded:
            try:
                await self._bars.append(one_bar(bar, instrument.price_scale))
            except BarStoreUnavailable as error:
                # The bar can be had again from the source; the strategy's turn cannot.
                log.error("a closed bar was not stored: %s", error)
        return bar

    async def _ask(self, source: MarketSource, bar: Bar) -> Bars | None:
        before = Nanos(bar.open_ns + 1)
        try:
            return await source.history(bar.instrument, bar.timeframe, before_ns=before, limit=1)
        except AssertionError:
            raise
        except Exception as error:
            log.warning("%s did not give a bar: %s", source.feed, error)
            return None
