"""What the market printed last, and whether it may be believed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jts.domain.values import InstrumentId, Nanos, Price, Quantity


class SessionState(StrEnum):
    """Whether a venue takes and matches orders now."""

    OPEN = "open"
    CLOSED = "closed"
    HALTED = "halted"


class FeedState(StrEnum):
    """How far a stream of market data can be trusted."""

    LIVE = "live"
    DELAYED = "delayed"
    STALE = "stale"
    DOWN = "down"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTrade:
    """One print of the tape: somebody traded. Two instants: the venue's and ours.

    `opens_session` is true for the first print of a session (an opening auction fills here);
    `closes_session` for the last one (a closing auction fills here).
    """

    instrument: InstrumentId
    price: Price
    quantity: Quantity
    venue_ns: Nanos
    received_ns: Nanos
    trade_id: str
    opens_session: bool = False
    closes_session: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best bid and ask of an instrument."""

    instrument: InstrumentId
    bid: Price
    ask: Price
    bid_quantity: Quantity
    ask_quantity: Quantity
    venue_ns: Nanos
    received_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePrice:
    """What risk measures an order against: the newest print and the state of its market.

    `previous_close` is the close of the last finished session, where the venue has sessions; `stale_after_ns`
    is how old a print may be before it stops being a reference.
    """

    instrument: InstrumentId
    price: Price
    venue_ns: Nanos
    received_ns: Nanos
    session: SessionState
    stale_after_ns: int
    previous_close: Decimal | None = None

    def is_stale(self, now_ns: Nanos) -> bool:
        return now_ns - self.received_ns > self.stale_after_ns
