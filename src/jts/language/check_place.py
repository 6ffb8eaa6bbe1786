"""Where an expression stands, what the program trades, and the end of an expression that was refused."""

from __future__ import annotations

from dataclasses import dataclass

from jts.language.check_names import Scope
from jts.language.plan import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an expression stands: the view it is decided in, the names it sees, whether something is held."""

    view: View
    scope: Scope
    is_held: bool = False


class Stop(Exception):
    """This expression has been refused, and the reason is already among the findings."""


@dataclass(slots=True)
class Market:
    """What the program trades: symbol, currency and coin, as far as they are known."""

    symbol: str
    currency: str | None
    base: str | None
    aliases: frozenset[str]
    timeframe: str
    is_repaint_free: bool = False
