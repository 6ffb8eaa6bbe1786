"""What the paper venue remembers, as a real venue would: the orders it took and what they traded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from jts.domain.ledger.fill import Fill
from jts.domain.values import AccountId, ClientOrderId, Nanos, VenueOrderId
from jts.simulation.trades.matching import RestingOrder


class Standing(StrEnum):
    """Whether an order still rests, and how it ended."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """One order in the venue's book, with all its executions. `touched_ns`: when anything last happened to
    it.
    """

    account: AccountId
    id: ClientOrderId
    venue_order_id: VenueOrderId
    resting: RestingOrder
    standing: Standing
    reason: str
    fills: tuple[Fill, ...]
    placed_ns: Nanos
    touched_ns: Nanos

    @property
    def is_open(self) -> bool:
        return self.standing is Standing.OPEN


class PaperBook(Protocol):
    """Durable on return. Errors: OutsideError if the store fails; then nothing of the call was kept."""

    async def add(self, order: PaperOrder) -> PaperOrder | None:
        """Take a new order. If its id is known already nothing is written, and the known one is returned."""
        ...

    async def save(
        self, account: AccountId, orders: Sequence[PaperOrder], holdings: Mapping[str, Decimal]
    ) -> None:
        """Keep orders as they now stand, and the amounts of these assets, in one step."""
        ...

    async def get(self, account: AccountId, id: ClientOrderId) -> PaperOrder | None: ...

    async def open_orders(self, account: AccountId) -> tuple[PaperOrder, ...]:
        """In the sequence they were placed."""
        ...

    async def touched(self, account: AccountId, *, since_ns: Nanos) -> tuple[PaperOrder, ...]:
        """Every open order, and every order touched at or after the instant; in the sequence they were
        placed.
        """
        ...

    async def holdings(self, account: AccountId) -> dict[str, Decimal]:
        """Amounts by asset: a currency (`KRW`) or an instrument (`KRX:005930`)."""
        ...
