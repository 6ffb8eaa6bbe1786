"""Access: how the owner gets in, and how scripts do. Whoever is not recognised here is nobody."""

from __future__ import annotations

import json
from dataclasses import dataclass

from jts.contracts.access import NewApiKey, NewSession
from jts.domain.access.principal import ApiKey, Principal, Scope, Session
from jts.domain.values import NANOS_PER_SECOND, BadInput, Nanos, Provenance
from jts.ports.access_store import AccessFact, AccessStore, KeptApiKey, KeptLink, KeptSession, NameTaken
from jts.ports.clock import Clock
from jts.ports.names import Names, begin
from jts.services.access.token import new_token, parse_token

OWNER = Principal(name="owner", scope=Scope.OWNER)
LINK, SESSION, API_KEY, INTERNAL = "jtsl", "jtss", "jts", "jtsi"
NAME_LENGTH_MAX = 64
API_KEYS_MAX = 200
"""Keys that are not revoked. More than this is a script that makes keys in a loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """How long things last. A session ends when idle too long, and in any case after its life."""

    session_idle_s: int = 12 * 3600
    session_life_s: int = 7 * 24 * 3600
    seen_written_every_s: int = 60


class AccessService:
    """`contracts.access.Access`: one owner, one-time links, sessions, and keys with scopes."""

    def __init__(
        self, *, store: AccessStore, clock: Clock, names: Names, settings: AccessSettings | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._names = names
        self._settings = settings or AccessSettings()
        self._internal: dict[str, tuple[str, Principal]] = {}

    def new_internal_key(self, *, name: str = "cli") -> str:
        """A key with the owner's scope for this installation's own command line. It lives in this process
        only, and ends with it; the runtime writes it where only the owner's user can read it."""
        token = new_token(INTERNAL, self._names)
        self._internal[token.prefix] = (token.digest, Principal(name=name, scope=Scope.OWNER))
        return token.text

    async def new_sign_in_link(self, *, valid_s: int = 900, correlation_id: str | None = None) -> str:
        assert 0 < valid_s <= 86_400, f"a sign-in link is valid for a day at most, was {valid_s} s"
        now = self._clock.now_ns()
        token = new_token(LINK, self._names)
        expires = Nanos(now + valid_s * NANOS_PER_SECOND)
        await self._store.put_link(
            KeptLink(id=token.prefix, digest=token.digest, created_ns=now, expires_ns=expires),
            self._fact(
                "access/owner", "SignInLinkMade", correlation_id, link=token.prefix, expires_ns=expires
            ),
        )
        return token.text

    async def redeem_sign_in_link(
        self, secret: str, *, correlation_id: str | None = None
    ) -> NewSession | None:
        now = self._clock.now_ns()
        token = parse_token(secret, LINK)
        link = await self._store.link(token.prefix) if token else None
        if token is None or not token.is_kept_as(link.digest if link else None):
            await self._refuse("wrong", correlation_id)
            return None
        assert link is not None, "a digest was matched, so the link is there"
        if now >= link.expires_ns or not link.is_usable:
            await self._refuse("expired" if now >= link.expires_ns else "used", correlation_id)
            return None
        made = new_token(SESSION, self._names)
        kept = KeptSession(
            id=made.prefix,
            digest=made.digest,
            name=OWNER.name,
            scope=OWNER.scope,
            created_ns=now,
            expires_ns=Nanos(now + self._settings.session_life_s * NANOS_PER_SECOND),
            last_seen_ns=now,
        )
        fact = self._fact(f"session/{made.prefix}", "SignedIn", correlation_id, link=link.id, name=OWNER.name)
        if not await self._store.use_link(link.id, kept, fact):
            await self._refuse("used", correlation_id)
            return None
        return NewSession(session=self._shown(kept), secret=made.text)

    async def by_session(self, secret: str) -> Principal | None:
        """Who this session is. Asking counts as being there: it moves the end of idleness."""
        kept = await self._live_session(secret)
        if kept is None:
            return None
        now = self._clock.now_ns()
        if now - kept.last_seen_ns >= self._settings.seen_written_every_s * NANOS_PER_SECOND:
            await self._store.saw_session(kept.id, now)
        return Principal(name=kept.name, scope=kept.scope)

    async def session(self, secret: str) -> Session | None:
        """The session of this secret, without counting as being there."""
        kept = await self._live_session(secret)
        return None if kept is None else self._shown(kept)

    async def by_api_key(self, secret: str) -> Principal | None:
        internal = parse_token(secret, INTERNAL)
        if internal is not None:
            digest, principal = self._internal.get(internal.prefix, (None, OWNER))
            return principal if internal.is_kept_as(digest) else None
        token = parse_token(secret, API_KEY)
        if token is None:
            return None
        kept = await self._store.api_key(token.prefix)
        if not token.is_kept_as(kept.digest if kept else None):
            return None
        assert kept is not None, "a digest was matched, so the key is there"
        key, now = kept.key, self._clock.now_ns()
        if key.revoked_ns is not None or (key.expires_ns is not None and now >= key.expires_ns):
            return None
        written_every_ns = self._settings.seen_written_every_s * NANOS_PER_SECOND
        if key.last_used_ns is None or now - key.last_used_ns >= written_every_ns:
            await self._store.used_api_key(key.id, now)
        return Principal(name=f"key:{key.prefix}", scope=key.scope)

    async def create_api_key(
        self,
        *,
        name: str,
        scope: Scope,
        by: Principal,
        expires_ns: Nanos | None = None,
        correlation_id: str | None = None,
    ) -> NewApiKey:
        """Errors: BadInput for a name that cannot be shown, the owner's scope, an end in the past, or too
        many keys."""
        now = self._clock.now_ns()
        _check_key(name, scope, expires_ns, now)
        live = [key for key in await self._store.api_keys() if key.revoked_ns is None]
        if len(live) >= API_KEYS_MAX:
            raise BadInput(
                f"expected at most {API_KEYS_MAX} API keys, found {len(live)}: revoke some that are not used"
            )
        while True:
            token = new_token(API_KEY, self._names)
            made = ApiKey(
                id=token.prefix,
                prefix=token.prefix,
                name=name,
                scope=scope,
                created_ns=now,
                expires_ns=expires_ns,
                last_used_ns=None,
                revoked_ns=None,
            )
            told = {"name": name, "scope": scope.value, "by": by.name, "expires_ns": expires_ns}
            fact = self._fact(f"api-key/{made.id}", "ApiKeyCreated", correlation_id, **told)
            try:
                await self._store.put_api_key(KeptApiKey(key=made, digest=token.digest), fact)
            except NameTaken:
                continue  # a prefix met again, once in 2^40: another one is made
            return NewApiKey(api_key=made, secret=token.text)

    async def api_keys(self) -> tuple[ApiKey, ...]:
        """All keys, newest first, the revoked ones too."""
        return await self._store.api_keys()

    async def revoke_api_key(self, id: str, *, by: Principal, correlation_id: str | None = None) -> bool:
        fact = self._fact(f"api-key/{id}", "ApiKeyRevoked", correlation_id, by=by.name)
        return await self._store.revoke_api_key(id, self._clock.now_ns(), fact)

    async def sessions(self) -> tuple[Session, ...]:
        """Sessions that still open the door, newest first."""
        return tuple(self._shown(kept) for kept in await self._store.sessions() if self._is_live(kept))

    async def end_session(self, id: str, *, by: Principal, correlation_id: str | None = None) -> bool:
        fact = self._fact(f"session/{id}", "SessionEnded", correlation_id, by=by.name)
        return await self._store.end_session(id, self._clock.now_ns(), fact)

    async def denied(self, *, by: Principal, what: str, correlation_id: str | None = None) -> None:
        """Write down that somebody we know asked for what they may not do."""
        fact = self._fact("access/denied", "PermissionDenied", correlation_id, by=by.name, what=what)
        await self._store.note(fact)

    # ---- private, in the order they are called ----

    async def _refuse(self, reason: str, correlation_id: str | None) -> None:
        await self._store.note(self._fact("access/owner", "SignInRefused", correlation_id, reason=reason))

    async def _live_session(self, secret: str) -> KeptSession | None:
        token = parse_token(secret, SESSION)
        if token is None:
            return None
        kept = await self._store.session(token.prefix)
        if not token.is_kept_as(kept.digest if kept else None):
            return None
        assert kept is not None, "a digest was matched, so the session is there"
        return kept if self._is_live(kept) else None

    def _ends_ns(self, kept: KeptSession) -> Nanos:
        idle_ns = kept.last_seen_ns + self._settings.session_idle_s * NANOS_PER_SECOND
        return Nanos(min(kept.expires_ns, idle_ns))

    def _is_live(self, kept: KeptSession) -> bool:
        return self._clock.now_ns() < self._ends_ns(kept)

    def _shown(self, kept: KeptSession) -> Session:
        return Session(
            id=kept.id,
            principal=Principal(name=kept.name, scope=kept.scope),
            created_ns=kept.created_ns,
            expires_ns=self._ends_ns(kept),
            last_seen_ns=kept.last_seen_ns,
        )

    def _fact(self, stream: str, kind: str, correlation_id: str | None, **told: object) -> AccessFact:
        made = begin(self._names, self._clock.now_ns())
        provenance = Provenance(
            id=made.id,
            at_ns=made.at_ns,
            correlation_id=correlation_id or made.correlation_id,
            causation_id=correlation_id or made.causation_id,
        )
        body = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return AccessFact(provenance=provenance, stream=stream, kind=kind, body=body)


def _check_key(name: str, scope: Scope, expires_ns: Nanos | None, now: Nanos) -> None:
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable() or name != name.strip():
        raise BadInput(
            f"expected a key name of 1 to {NAME_LENGTH_MAX} printable characters, found {name[:80]!r}",
            code="name",
        )
    if scope is Scope.OWNER:
        raise BadInput("expected scope read or trade, found owner: keys never hold it", code="scope")
    if expires_ns is not None and expires_ns <= now:
        raise BadInput("expected an end in the future, found one that has passed", code="expires_at")
