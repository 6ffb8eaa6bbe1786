"""Money that came in or went out other than by trading."""

from __future__ import annotations

from dataclasses import dataclass

from jts.domain.values import AccountId, Money, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMovement:
    """A deposit (positive) or a withdrawal (negative), booked once per `id`."""

    provenance: Provenance
    id: str
    account: AccountId
    money: Money
    reason: str

    def __post_init__(self) -> None:
        assert self.id, "a cash movement has an id, by which it is booked once"
        assert self.money.amount != 0, "a cash movement moves something"
