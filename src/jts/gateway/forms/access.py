"""Access as the API says it: who is signed in, sessions, keys, links."""

from __future__ import annotations

from pydantic import field_validator

from jts.domain.access.principal import ApiKey, Scope, Session
from jts.gateway.forms.form import Form, Line, told, when
from jts.gateway.instants import InstantIn, iso, iso_or_none


class WhoForm(Form):
    """Who is asking."""

    name: str = told("The principal's name, as orders and the audit record it.", "owner")
    scope: Scope = told("What it may do: read, trade or owner.", "owner")
    csrf: str = told(
        "Send this as X-JTS-CSRF with every change made under the cookie; empty for keys.", "b1f2"
    )
    expires_at: str | None = when("When the session ends unless it is used; null for keys.")


class SessionForm(Form):
    """A signed-in browser."""

    id: str = told("Its public id.", "4be2a19c07")
    name: str = told("Whose it is.", "owner")
    scope: Scope = told("What it may do.", "owner")
    created_at: str = when("When it signed in.")
    expires_at: str = when("When it ends unless it is used.")
    last_seen_at: str = when("When it was last there, to the minute.")
    current: bool = told("Whether it is the one that asks.", True)

    @staticmethod
    def of(session: Session, current: str | None) -> SessionForm:
        return SessionForm(
            id=session.id,
            name=session.principal.name,
            scope=session.principal.scope,
            created_at=iso(session.created_ns),
            expires_at=iso(session.expires_ns),
            last_seen_at=iso(session.last_seen_ns),
            current=session.id == current,
        )


class SessionsForm(Form):
    """Every session that still opens the door, newest first."""

    sessions: list[SessionForm] = told("The sessions.", [])


class ApiKeyForm(Form):
    """A key for scripts, without its secret."""

    id: str = told("Its id.", "3fa9c2d17e")
    prefix: str = told("The public part of the key.", "3fa9c2d17e")
    name: str = told("What the owner calls it.", "notebook")
    scope: Scope = told("What it may do.", "read")
    created_at: str = when("When it was made.")
    expires_at: str | None = when("When it ends; null if never.")
    last_used_at: str | None = when("When it was last used, to the minute.")
    revoked_at: str | None = when("When it was revoked; null while it works.")

    @staticmethod
    def of(key: ApiKey) -> ApiKeyForm:
        return ApiKeyForm(
            id=key.id,
            prefix=key.prefix,
            name=key.name,
            scope=key.scope,
            created_at=iso(key.created_ns),
            expires_at=iso_or_none(key.expires_ns),
            last_used_at=iso_or_none(key.last_used_ns),
            revoked_at=iso_or_none(key.revoked_ns),
        )


class ApiKeysForm(Form):
    """Every key, newest first, the revoked ones too."""

    api_keys: list[ApiKeyForm] = told("The keys.", [])


class NewApiKeyForm(Form):
    """A fresh key. This is the only time its secret is shown."""

    id: str = told("Its id, for revoking.", "3fa9c2d17e")
    prefix: str = told("The public part of the key.", "3fa9c2d17e")
    name: str = told("What you call it.", "notebook")
    scope: Scope = told("What it may do.", "read")
    created_at: str = when("When it was made.")
    expires_at: str | None = when("When it ends; null if never.")
    key: str = told("The key: `Authorization: Bearer <key>`.", "jts_3fa9c2d17e_...")


class ApiKeyRequest(Form):
    """A key to make."""

    name: Line = told("What you call it: 1 to 64 printable characters.", "notebook", min_length=1)
    scope: Scope = told("read, or trade.", "read")
    expires_at: InstantIn | None = when("When it ends; leave out for never.", default=None)

    @field_validator("scope")
    @classmethod
    def _never_the_owners(cls, scope: Scope) -> Scope:
        if scope is Scope.OWNER:
            raise ValueError("expected read or trade, found owner: keys never hold it")
        return scope


class SignInLinkForm(Form):
    """A fresh one-time link. Earlier unused ones stop working."""

    path: str = told("Open this below the platform's address within 15 minutes.", "/welcome?token=jtsl_...")
