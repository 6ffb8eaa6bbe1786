"""Who is calling: a session cookie or a bearer key, recognised by access; and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers

from jts.contracts.access import Access
from jts.domain.access.principal import Principal, Scope
from jts.gateway.problems import Problem, correlation_of
from jts.gateway.rate_limit import Rate
from jts.gateway.seams import Services
from jts.gateway.settings import GatewaySettings

SECRET_LENGTH_MAX = 200
BEARER = "bearer "
DENIALS = Rate(per_s=1 / 60, burst=1)
"""How often the same denial of the same principal is written into the book of facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who was recognised. `session_secret` is set when it was by the cookie."""

    principal: Principal
    session_secret: str | None = field(default=None, repr=False)
    key_secret: str | None = field(default=None, repr=False)

    @property
    def is_by_cookie(self) -> bool:
        return self.session_secret is not None

    async def is_still_good(self, access: Access) -> bool:
        """Whether the session or key still opens the door; asking does not count as being there."""
        if self.session_secret is not None:
            return await access.session(self.session_secret) is not None
        return self.key_secret is not None and await access.by_api_key(self.key_secret) is not None


def cookie_name(settings: GatewaySettings) -> str:
    """Browsers hold a `__Host-` cookie to this very host and to https; on loopback there is no https."""
    return "__Host-jts_session" if settings.is_https else "jts_session"


async def recognise(headers: Headers, access: Access, settings: GatewaySettings) -> Caller | None:
    """The caller, or None. A wrong Authorization header is not mended by a right cookie."""
    authorization = headers.get("authorization")
    if authorization is not None:
        if authorization[: len(BEARER)].lower() != BEARER:
            return None
        key = authorization[len(BEARER) :].strip()
        principal = await access.by_api_key(key) if len(key) <= SECRET_LENGTH_MAX else None
        return None if principal is None else Caller(principal=principal, key_secret=key)
    secret = _cookie(headers, cookie_name(settings))
    if secret is None or len(secret) > SECRET_LENGTH_MAX:
        return None
    principal = await access.by_session(secret)
    return None if principal is None else Caller(principal=principal, session_secret=secret)


def unauthenticated() -> Problem:
    return Problem(
        401,
        "sign in with the one-time link of `jts link`, or send Authorization: Bearer with an API key "
        "(`jts api-key create`)",
    )


class Needs:
    """A route's dependency: the caller, who must have this scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        caller: Caller | None = request.scope["state"].get("caller")
        if caller is None:
            raise unauthenticated()
        if not caller.principal.may(self.scope):
            services: Services = request.app.state.services
            what = f"{request.method} {request.url.path}"[:200]
            if request.app.state.limiter.has("denials written", f"{caller.principal.name} {what}", DENIALS):
                correlation_id = correlation_of(request.scope)
                await services.access.denied(by=caller.principal, what=what, correlation_id=correlation_id)
            raise Problem(
                403,
                f"this needs scope {self.scope.value}; {caller.principal.name} has "
                f"{caller.principal.scope.value}",
            )
        return caller


Reader = Annotated[Caller, Depends(Needs(Scope.READ))]
Trader = Annotated[Caller, Depends(Needs(Scope.TRADE))]
Owner = Annotated[Caller, Depends(Needs(Scope.OWNER))]


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


Asked = Annotated[Services, Depends(_services)]
Set = Annotated[GatewaySettings, Depends(_settings)]


def _cookie(headers: Headers, name: str) -> str | None:
    """The cookie's value. None also if it comes twice: somebody is planting one."""
    found: list[str] = []
    for header in headers.getlist("cookie"):
        for part in header.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                found.append(value)
    return found[0] if len(found) == 1 else None
