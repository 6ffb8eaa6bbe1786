"""An account as the owner set it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from jts.domain.values import AccountId, Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetting:
    """`kind` is `paper` or `live`; `broker` names who holds it.

    `deposits` is what a paper account is given, once, when it is first seen; later changes of it do nothing.
    """

    account: AccountId
    kind: str
    broker: str
    deposits: Mapping[Currency, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.kind in ("paper", "live"), f"an account is paper or live, was {self.kind!r}"
        assert self.kind == "paper" or not self.deposits, "only a paper account is given money"
        assert all(amount > 0 for amount in self.deposits.values()), (
            f"deposits are positive, was {self.deposits}"
        )


def opening_deposit_id(account: AccountId, currency: Currency) -> str:
    """The name of the one opening deposit of this account and currency, whenever it is asked for."""
    return f"opening/{account}/{currency}"
