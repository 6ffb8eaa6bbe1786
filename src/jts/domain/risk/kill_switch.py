"""The kill switch: three separate acts, latched until a person resets them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jts.domain.values import AccountId, Nanos


class KillAct(StrEnum):
    """Freeze: no new orders (reducing ones excepted while flattening). Cancel: end all working orders.
    Flatten: close all."""

    FREEZE = "freeze"
    CANCEL = "cancel"
    FLATTEN = "flatten"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillState:
    """`engaged` stays true over restarts until reset. `account` None means every account."""

    engaged: bool
    acts: tuple[KillAct, ...] = ()
    account: AccountId | None = None
    by: str = ""
    reason: str = ""
    at_ns: Nanos = Nanos(0)
