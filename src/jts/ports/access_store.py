"""Where sign-in links, sessions, API keys and first answers are kept. Secrets come here as digests only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jts.domain.access.principal import ApiKey, Scope
from jts.domain.values import Nanos, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFact:
    """What happened, for the book of facts; written in the same transaction as its effect.

    `stream` is `access/owner`, `session/<id>` or `api-key/<id>`; `body` is JSON text without any secret.
    """

    provenance: Provenance
    stream: str
    kind: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLink:
    """A one-time sign-in link. `digest` is the hex SHA-256 of its secret."""

    id: str
    digest: str
    created_ns: Nanos
    expires_ns: Nanos
    is_usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A signed-in browser. `expires_ns` is its absolute end; idleness is reckoned from `last_seen_ns`."""

    id: str
    digest: str
    name: str
    scope: Scope
    created_ns: Nanos
    expires_ns: Nanos
    last_seen_ns: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApiKey:
    """A key for scripts, and the digest of its secret."""

    key: ApiKey
    digest: str


class NameTaken(Exception):
    """A record with this id exists already: make another id and write again."""


class AccessStore(Protocol):
    """Every write carries the fact it leaves behind; both are kept, or neither is."""

    async def put_link(self, link: KeptLink, fact: AccessFact) -> None:
        """Keep this link and make every earlier one unusable."""
        ...

    async def link(self, id: str) -> KeptLink | None: ...

    async def use_link(self, id: str, session: KeptSession, fact: AccessFact) -> bool:
        """Use the link up and open the session, in one step. False, and nothing is written, if it was not
        usable any more: of many who try at once, one wins."""
        ...

    async def session(self, id: str) -> KeptSession | None:
        """None also when it was ended."""
        ...

    async def sessions(self) -> tuple[KeptSession, ...]:
        """Every session that was not ended, newest first; the caller drops the expired ones."""
        ...

    async def saw_session(self, id: str, at_ns: Nanos) -> None: ...

    async def end_session(self, id: str, at_ns: Nanos, fact: AccessFact) -> bool:
        """False, and nothing is written, if there is none to end."""
        ...

    async def put_api_key(self, key: KeptApiKey, fact: AccessFact) -> None:
        """Errors: NameTaken."""
        ...

    async def api_key(self, id: str) -> KeptApiKey | None: ...

    async def api_keys(self) -> tuple[ApiKey, ...]:
        """All of them, also the revoked, newest first."""
        ...

    async def used_api_key(self, id: str, at_ns: Nanos) -> None: ...

    async def revoke_api_key(self, id: str, at_ns: Nanos, fact: AccessFact) -> bool:
        """False, and nothing is written, if there is none or it is revoked already."""
        ...

    async def note(self, fact: AccessFact) -> None:
        """Write a fact that changes nothing else, such as a failed sign-in."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What the first request under an idempotency key was, and what it was answered."""

    route: str
    body_digest: str
    status: int
    body: bytes


class AnswerStore(Protocol):
    """First answers by (principal, idempotency key), so that a request said twice is done once."""

    async def find_answer(self, *, principal: str, key: str, since_ns: int) -> KeptAnswer | None:
        """The answer kept at or after `since_ns`."""
        ...

    async def keep_answer(
        self,
        *,
        principal: str,
        key: str,
        route: str,
        body_digest: str,
        status: int,
        body: bytes,
        at_ns: int,
        forget_before_ns: int,
    ) -> None:
        """Keep the first answer and drop those older than `forget_before_ns`."""
        ...
