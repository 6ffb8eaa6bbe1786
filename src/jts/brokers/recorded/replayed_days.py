"""Samsung Electronics day by day, 2012 to 2018, replayed fast at the recording's own dates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.instruments.session_calendar import Hours, SessionCalendar, calendar
from jts.domain.market.bars import Bars
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import NANOS_PER_SECOND, InstrumentId, Nanos, Quantity
from jts.ports.clock import Clock
from jts.ports.market_source import MarketEvent

SAMSUNG = InstrumentId("KRX:005930")
DAY = Timeframe(1, "d")
BEGINS = date(2012, 1, 2)

_FILE = "krx_005930_1d_1985_2018.parquet"
_NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND
# One day's second: the four prints come at these parts of it, and the night is what is left, so that an order
# decided at the close arrives before the next open.
_AT = (0.0, 0.2, 0.4, 0.6)


class _Day(NamedTuple):
    open_ns: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class ReplayedDays:
    """`ports.market_source.MarketSource` over daily bars: each day is four prints at its own date.

    Open, low, high, close, in that sequence: for who is long the stop is met before the target, as the
    semantics (rule 7) has it for bars. The day's volume is split evenly over the four. The first print
    opens the session, the last closes it. What lies before the present day is history; what lies behind is
    not told to anyone.
    """

    feed = "recorded-005930"
    broker = "recorded"
    is_recorded = True
    description = (
        "recording of KRX 005930 daily bars from 2012 to 2018-02-14 (before the 50:1 split), replayed"
    )

    def __init__(
        self, *, clock: Clock, speed: float = 1.0, resume_after_ns: Nanos | None = None, begins: date = BEGINS
    ) -> None:
        """`speed`: days per second. `resume_after_ns`: the last finished bar somebody knows; the day after is
        next."""
        assert speed > 0, f"a speed is positive, was {speed}"
        self._clock = clock
        self._speed = speed
        self._instrument = describe(SAMSUNG)
        self._calendar: SessionCalendar = calendar(self._instrument.calendar)
        self._days = _read()
        first_ns = (begins - date(1970, 1, 1)).days * _NANOS_PER_DAY
        self._next = next((n for n, day in enumerate(self._days) if day.open_ns >= first_ns), len(self._days))
        if resume_after_ns is not None:
            known = sum(1 for day in self._days if day.open_ns <= resume_after_ns)
            self._next = max(self._next, known)

    @property
    def speed(self) -> float | None:
        return self._speed

    @property
    def heartbeat_s(self) -> float:
        return max(5.0, 2 / self._speed)

    async def instruments(self) -> tuple[Instrument, ...]:
        return (self._instrument,)

    async def history(
        self, instrument: InstrumentId, timeframe: Timeframe, *, before_ns: Nanos, limit: int
    ) -> Bars | None:
        """The days already replayed and those before the beginning; never one that is still to come."""
        if instrument != SAMSUNG or timeframe != DAY:
            return None
        told = [day for day in self._days[: self._next] if day.open_ns < before_ns][-limit:]
        columns: dict[str, Any] = {
            "open_ns": np.array([day.open_ns for day in told], dtype=np.int64),
            "open_units": np.array([day.open for day in told], dtype=np.int64),
            "high_units": np.array([day.high for day in told], dtype=np.int64),
            "low_units": np.array([day.low for day in told], dtype=np.int64),
            "close_units": np.array([day.close for day in told], dtype=np.int64),
            "volume": np.array([day.volume for day in told], dtype=np.float64),
        }
        return Bars.of(
            instrument=instrument, timeframe=timeframe, price_scale=self._instrument.price_scale, **columns
        )

    async def stream(self) -> AsyncIterator[MarketEvent]:
        day_ns = int(NANOS_PER_SECOND / self._speed)
        begins = self._clock.monotonic_ns()
        while self._next < len(self._days):
            day = self._days[self._next]
            hours = self._hours(day)
            for place, part in enumerate(_AT):
                await self._until(begins + int(day_ns * part))
                if place == len(_AT) - 1:
                    self._next += 1  # from its closing print on, the day is history
                yield self._print(day, hours, place)
            begins += day_ns
            await self._until(begins)

    # ---- private ----

    def _hours(self, day: _Day) -> Hours:
        """The session; a day the calendar does not know keeps today's regular hours, 09:00 to 15:30 in
        Seoul."""
        hours = self._calendar.session(datetime.fromtimestamp(day.open_ns / NANOS_PER_SECOND, UTC).date())
        if hours is not None:
            return hours
        return Hours(Nanos(day.open_ns), Nanos(day.open_ns + 13 * 1800 * NANOS_PER_SECOND))

    async def _until(self, monotonic_ns: int) -> None:
        left = monotonic_ns - self._clock.monotonic_ns()
        await self._clock.sleep(max(left, 0) / NANOS_PER_SECOND)

    def _print(self, day: _Day, hours: Hours, place: int) -> MarketTrade:
        name = ("open", "low", "high", "close")[place]
        third = (hours.close_ns - hours.open_ns) // 3
        instants = (hours.open_ns, hours.open_ns + third, hours.open_ns + 2 * third, hours.close_ns)
        quarter = day.volume // 4
        units = quarter if place < 3 else day.volume - 3 * quarter
        return MarketTrade(
            instrument=SAMSUNG,
            price=self._instrument.price_from_units(getattr(day, name)),
            quantity=Quantity(Decimal(units)),
            venue_ns=Nanos(instants[place]),
            received_ns=self._clock.now_ns(),
            trade_id=f"{datetime.fromtimestamp(day.open_ns / NANOS_PER_SECOND, UTC):%Y%m%d}-{name}",
            opens_session=place == 0,
            closes_session=place == 3,
        )


def _read() -> list[_Day]:
    with resources.as_file(resources.files("jts.brokers.recorded") / "data" / _FILE) as path:
        table = pq.read_table(path)
    names = ("ts", "open", "high", "low", "close", "volume")
    columns = [table.column(name).to_numpy().astype(np.int64).tolist() for name in names]
    return [_Day(*row) for row in zip(*columns, strict=True)]
