"""What one instrument printed last, and the state of its market by the venue's own time."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.session_calendar import SessionCalendar, calendar
from jts.domain.market.prices import MarketTrade, ReferencePrice, SessionState
from jts.domain.values import NANOS_PER_SECOND, Nanos

LAST_TRADES_MAX = 200
# A print this much older than its arrival is not late: the market lives at another date (a recording).
_OTHER_DATE_NS = 3600 * NANOS_PER_SECOND


class Tape:
    """The newest prints of an instrument, the present instant of its venue, and the session it is in."""

    def __init__(self, instrument: Instrument, *, stale_after_ns: int) -> None:
        self.instrument = instrument
        self.last: MarketTrade | None = None
        self._stale_after_ns = stale_after_ns
        self._calendar: SessionCalendar = calendar(instrument.calendar)
        self._recent: deque[MarketTrade] = deque(maxlen=LAST_TRADES_MAX)
        self._previous_close: Decimal | None = None
        self._session_close: Decimal | None = None
        self._begins_ns: Nanos | None = None

    def begin_behind(self, close: Decimal, close_ns: Nanos) -> None:
        """What history says of the last finished session: its close, and when that was."""
        self._session_close = close
        self._begins_ns = close_ns

    def add(self, trade: MarketTrade) -> None:
        if trade.opens_session or self.last is None:
            self._previous_close = self._session_close
        if trade.closes_session:
            self._session_close = trade.price
        self.last = trade
        self._recent.append(trade)

    def recent(self, limit: int) -> tuple[MarketTrade, ...]:
        """Newest first."""
        return tuple(trade for trade, _ in zip(reversed(self._recent), range(limit), strict=False))

    @property
    def is_at_another_date(self) -> bool:
        return self.last is not None and self.last.received_ns - self.last.venue_ns > _OTHER_DATE_NS

    def venue_now_ns(self, now_ns: Nanos) -> Nanos:
        """The present of the venue: the clock's, or the newest print's where the market is a recording.

        Before the first print, a market with sessions is taken to be where its history ends.
        """
        if self.last is not None:
            return self.last.venue_ns if self.is_at_another_date else now_ns
        return now_ns if self._begins_ns is None else self._begins_ns

    def session(self, now_ns: Nanos) -> SessionState:
        if self.last is not None and self.is_at_another_date:
            is_open = not self.last.closes_session and (
                self.last.opens_session or self._calendar.is_open(self.last.venue_ns)
            )
        else:
            is_open = self._calendar.is_open(now_ns)
            if is_open and self.last is not None and self.last.closes_session:
                # Closed early: until the calendar's next session begins.
                is_open = self._calendar.next_open(self.last.venue_ns) <= now_ns
        return SessionState.OPEN if is_open else SessionState.CLOSED

    def reference(self, now_ns: Nanos) -> ReferencePrice | None:
        if self.last is None:
            return None
        return ReferencePrice(
            instrument=self.instrument.id,
            price=self.last.price,
            venue_ns=self.last.venue_ns,
            received_ns=self.last.received_ns,
            session=self.session(now_ns),
            stale_after_ns=self._stale_after_ns,
            previous_close=self._previous_close,
        )
