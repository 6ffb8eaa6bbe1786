"""What access says: who somebody is, and which sessions and keys exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.access.principal import ApiKey, Principal, Scope, Session
from jts.domain.values import Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session with its secret, which is shown exactly once."""

    session: Session
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key with its secret, which is shown exactly once."""

    api_key: ApiKey
    secret: str


class Access(Protocol):
    """Every act may carry the correlation id of the request behind it, for the book of facts."""

    async def new_sign_in_link(self, *, valid_s: int = 900, correlation_id: str | None = None) -> str:
        """A one-time secret for the owner's sign-in link. Earlier unused ones stop working."""
        ...

    async def redeem_sign_in_link(
        self, secret: str, *, correlation_id: str | None = None
    ) -> NewSession | None:
        """A session, if the secret is right, unused and in time; it is then used up."""
        ...

    async def by_session(self, secret: str) -> Principal | None:
        """Who this session is; asking counts as being there. None if it is wrong, ended or expired."""
        ...

    async def session(self, secret: str) -> Session | None:
        """The session itself; asking does not count as being there."""
        ...

    async def by_api_key(self, secret: str) -> Principal | None: ...

    async def create_api_key(
        self,
        *,
        name: str,
        scope: Scope,
        by: Principal,
        expires_ns: Nanos | None = None,
        correlation_id: str | None = None,
    ) -> NewApiKey:
        """Errors: BadInput for a name that cannot be shown, the owner's scope, or an end in the past."""
        ...

    async def api_keys(self) -> tuple[ApiKey, ...]: ...

    async def revoke_api_key(self, id: str, *, by: Principal, correlation_id: str | None = None) -> bool:
        """False if there is no such key, or it is revoked already."""
        ...

    async def sessions(self) -> tuple[Session, ...]: ...

    async def end_session(self, id: str, *, by: Principal, correlation_id: str | None = None) -> bool: ...

    async def denied(self, *, by: Principal, what: str, correlation_id: str | None = None) -> None:
        """Write down that somebody we know asked for what they may not do."""
        ...
