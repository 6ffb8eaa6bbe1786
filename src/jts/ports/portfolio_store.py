"""Where portfolio keeps what is owned: bookings, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from jts.domain.ledger.cash_movement import CashMovement
from jts.domain.ledger.fill import Fill
from jts.domain.ledger.position import Position
from jts.domain.ledger.postings import Balance, Posting
from jts.domain.values import AccountId, Currency, InstrumentId, Nanos
from jts.ports.outbox import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What a booking changed: the fills that were new, and the positions and balances after them."""

    fills: tuple[Fill, ...] = ()
    positions: tuple[Position, ...] = ()
    balances: tuple[Balance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last price seen, and when we learnt of it."""

    price: Decimal
    at_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStart:
    """Where a trading day began: equity, and what had been put in until then."""

    account: AccountId
    currency: Currency
    day: date
    equity: Decimal
    deposits: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EquitySample:
    account: AccountId
    currency: Currency
    at_ns: Nanos
    equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything that is kept, except the fills and postings themselves."""

    positions: tuple[Position, ...]
    balances: tuple[Balance, ...]
    marks: Mapping[InstrumentId, Mark]
    days: tuple[DayStart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen lately and is worth keeping over a restart. Losing it loses no money."""

    marks: Mapping[InstrumentId, Mark] = field(default_factory=dict)
    days: Sequence[DayStart] = ()
    samples: Sequence[EquitySample] = ()
    dropped: Sequence[EquitySample] = ()


class PortfolioStore(Protocol):
    """Each method that writes is one transaction, durable on return. Errors: OutsideError if the store
    fails.
    """

    async def book(self, fills: Sequence[Fill]) -> Booked:
        """Book executions in this sequence, each id once for ever; repeats are left out of the answer."""
        ...

    async def move(self, movement: CashMovement, *, say: Sequence[Outgoing] = ()) -> Balance | None:
        """Book money in or out, write it in the book of facts and queue what is to be said. None: booked
        before.
        """
        ...

    async def load(self) -> Kept: ...

    async def fills(self, account: AccountId | None = None, *, limit: int) -> tuple[Fill, ...]:
        """Newest booking first."""
        ...

    async def postings(self, account: AccountId) -> tuple[Posting, ...]:
        """Every line ever booked, in no promised sequence."""
        ...

    async def note(self, seen: Seen) -> None: ...

    async def samples(self, account: AccountId, currency: Currency) -> tuple[EquitySample, ...]:
        """Oldest first."""
        ...

    async def rebuild(self) -> Booked:
        """Make positions and balances again from the fills and movements, and keep them. Returns all of
        them.
        """
        ...
