"""Who is asking, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jts.domain.values import Nanos


class Scope(StrEnum):
    """What a key or session may do. Each includes the ones before it: read < trade < owner."""

    READ = "read"
    TRADE = "trade"
    OWNER = "owner"


_RANK = {Scope.READ: 0, Scope.TRADE: 1, Scope.OWNER: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who was recognised. `name` is what audit and orders record: `owner`, `key:3fa9`, `cli`."""

    name: str
    scope: Scope

    def may(self, needed: Scope) -> bool:
        return _RANK[self.scope] >= _RANK[needed]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it may be shown again: never the secret. `prefix` is its public part, used for look-up."""

    id: str
    prefix: str
    name: str
    scope: Scope
    created_ns: Nanos
    expires_ns: Nanos | None
    last_used_ns: Nanos | None
    revoked_ns: Nanos | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser, as it may be shown: never the secret."""

    id: str
    principal: Principal
    created_ns: Nanos
    expires_ns: Nanos
    last_seen_ns: Nanos
