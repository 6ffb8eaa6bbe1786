"""One bar in the making, from prints. Decides only; the service publishes."""

from __future__ import annotations

from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.session_calendar import calendar
from jts.domain.market.bars import Bar
from jts.domain.market.prices import MarketTrade
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, Nanos

_DAY = Timeframe(1, "d")


def bar_end_ns(instrument: Instrument, timeframe: Timeframe, open_ns: int) -> int:
    """When the bar that opens here is finished: after its length, or with the session that cuts it short."""
    end = open_ns + timeframe.nanos
    if instrument.calendar == "always":
        return end
    sessions = calendar(instrument.calendar)
    hours = sessions.session(sessions.trading_day(Nanos(open_ns)))
    return min(end, hours.close_ns) if hours is not None and open_ns < hours.close_ns else end


class BarBuilder:
    """Turns the prints of one instrument into bars of one timeframe.

    A bar opens on the grid of its timeframe (days: 00:00 UTC, which is 09:00 in Seoul) and is finished when
    the venue's time passes its end: by a later print, by the print that closes the session, or by
    `close_until`. An interval without a print makes no bar. A print of an interval that is finished is late:
    it is counted and left out. `is_whole` of a finished bar is false if we did not watch its interval from
    the beginning.
    """

    def __init__(self, instrument: Instrument, timeframe: Timeframe) -> None:
        """Errors: BadInput for weeks, months and lengths that do not divide a day."""
        if timeframe != _DAY and (not timeframe.is_intraday or _DAY.nanos % timeframe.nanos):
            raise BadInput(
                f"expected a timeframe that divides a day, such as 5s, 1m, 1h or 1d; found {timeframe}",
                code="timeframe",
            )
        self.instrument = instrument
        self.timeframe = timeframe
        self.late_prints = 0
        self._watching_since_ns: int | None = None
        self._finished_until_ns = 0
        self._open_ns = 0
        self._close_ns = 0
        self._units: tuple[int, int, int, int] | None = None
        self._volume = Decimal(0)
        self._is_whole = False

    def watching_since(self, at_ns: Nanos) -> None:
        """The stream began, or began again: intervals that opened before are not whole."""
        self._watching_since_ns = at_ns
        self._is_whole = False

    def add(self, trade: MarketTrade) -> tuple[tuple[Bar, bool], ...]:
        """Take a print in. Returns the bars it finishes, each with whether it is whole: none, one, or two."""
        finished: list[tuple[Bar, bool]] = []
        # A closing auction prints at the instant of the close: it belongs to the interval that ends there.
        instant = trade.venue_ns - 1 if trade.closes_session else trade.venue_ns
        open_ns = instant // self.timeframe.nanos * self.timeframe.nanos
        if open_ns < self._finished_until_ns:
            self.late_prints += 1
            return ()
        if self._units is not None and open_ns > self._open_ns:
            finished.append(self._finish())
        elif self._units is not None and open_ns < self._open_ns:
            self.late_prints += 1
            return ()
        if self._units is None:
            self._begin(trade, open_ns)
        self._take(trade)
        if trade.closes_session:
            finished.append(self._finish())
        return tuple(finished)

    def close_until(self, at_ns: int) -> tuple[Bar, bool] | None:
        """Finish the bar whose interval the venue's time has passed, though no print says so."""
        if self._units is None or self._close_ns > at_ns:
            return None
        return self._finish()

    @property
    def due_ns(self) -> int | None:
        """When the bar in the making ends; None if there is none."""
        return self._close_ns if self._units is not None else None

    # ---- private ----

    def _begin(self, trade: MarketTrade, open_ns: int) -> None:
        self._open_ns = open_ns
        self._close_ns = bar_end_ns(self.instrument, self.timeframe, open_ns)
        units = self.instrument.price_units(trade.price)
        self._units = (units, units, units, units)
        self._volume = Decimal(0)
        watched = self._watching_since_ns is not None and self._watching_since_ns <= open_ns
        self._is_whole = watched or trade.opens_session

    def _take(self, trade: MarketTrade) -> None:
        assert self._units is not None, "a bar was begun"
        units = self.instrument.price_units(trade.price)
        first, high, low, _ = self._units
        self._units = (first, max(high, units), min(low, units), units)
        self._volume += trade.quantity

    def _finish(self) -> tuple[Bar, bool]:
        assert self._units is not None, "a bar was begun"
        first, high, low, last = self._units
        bar = Bar(
            instrument=self.instrument.id,
            timeframe=self.timeframe,
            open_ns=Nanos(self._open_ns),
            close_ns=Nanos(self._close_ns),
            open_units=first,
            high_units=high,
            low_units=low,
            close_units=last,
            volume=self._volume,
        )
        self._units = None
        self._finished_until_ns = self._open_ns + self.timeframe.nanos
        return bar, self._is_whole
