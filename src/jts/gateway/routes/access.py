"""Access: signing in and out, sessions, keys for scripts, sign-in links."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jts.contracts.access import NewSession
from jts.domain.values import Nanos
from jts.gateway.auth.caller import Asked, Owner, Reader, Set, cookie_name, recognise
from jts.gateway.auth.cross_site import csrf_token
from jts.gateway.forms.access import (
    ApiKeyForm,
    ApiKeyRequest,
    ApiKeysForm,
    NewApiKeyForm,
    SessionForm,
    SessionsForm,
    SignInLinkForm,
    WhoForm,
)
from jts.gateway.forms.form import Word
from jts.gateway.instants import iso, iso_or_none
from jts.gateway.problems import Problem, correlation_of
from jts.gateway.rate_limit import Rate
from jts.gateway.routes.router import problems, router
from jts.gateway.settings import GatewaySettings

access = router("access")
welcome = APIRouter()

TOKEN_LENGTH_MAX = 200


@welcome.get("/welcome", include_in_schema=False)
async def redeem(
    request: Request,
    services: Asked,
    settings: Set,
    token: Annotated[str, Query(max_length=TOKEN_LENGTH_MAX)] = "",
) -> Response:
    """Use a one-time link: to the page with a session, or a small page that says what to do."""
    rates = settings.rates
    failures = Rate(per_s=rates.sign_in_failures / rates.sign_in_window_s, burst=rates.sign_in_failures)
    address = request.client.host if request.client else "unknown"
    # Counted before it is known to fail, so that many at once cannot slip past; given back if it holds.
    request.app.state.limiter.take("sign-in failures", address, failures)
    made = await services.access.redeem_sign_in_link(token, correlation_id=correlation_of(request.scope))
    if made is None:
        return HTMLResponse(_closed_page(), status_code=401)
    request.app.state.limiter.give_back("sign-in failures", address, failures)
    await _end_older(request, services, settings)
    answer = RedirectResponse("/", status_code=303)
    _set_cookie(answer, made, settings)
    return answer


@access.get("/session", operation_id="getSession", response_model=WhoForm, summary="Who is asking")
async def get_session(services: Asked, caller: Reader) -> WhoForm:
    ends: str | None = None
    if caller.session_secret is not None:
        session = await services.access.session(caller.session_secret)
        ends = None if session is None else iso(session.expires_ns)
    return WhoForm(
        name=caller.principal.name,
        scope=caller.principal.scope,
        csrf="" if caller.session_secret is None else csrf_token(caller.session_secret),
        expires_at=ends,
    )


@access.delete("/session", operation_id="signOut", status_code=204, summary="Sign out")
async def sign_out(request: Request, services: Asked, settings: Set, caller: Reader) -> Response:
    if caller.session_secret is not None:
        session = await services.access.session(caller.session_secret)
        if session is not None:
            await services.access.end_session(
                session.id, by=caller.principal, correlation_id=correlation_of(request.scope)
            )
    answer = Response(status_code=204, headers={"Clear-Site-Data": '"cache", "cookies", "storage"'})
    answer.delete_cookie(
        cookie_name(settings), path="/", secure=settings.is_https, httponly=True, samesite="strict"
    )
    return answer


@access.get(
    "/sessions", operation_id="listSessions", response_model=SessionsForm, summary="Signed-in browsers"
)
async def list_sessions(services: Asked, caller: Owner) -> SessionsForm:
    own = await services.access.session(caller.session_secret) if caller.session_secret else None
    return SessionsForm(
        sessions=[
            SessionForm.of(session, own.id if own else None) for session in await services.access.sessions()
        ]
    )


@access.delete(
    "/sessions/{id}",
    operation_id="endSession",
    status_code=204,
    responses=problems(404),
    summary="Sign a browser out",
)
async def end_session(
    request: Request, services: Asked, caller: Owner, id: Annotated[Word, Path(description="The session.")]
) -> Response:
    if not await services.access.end_session(
        id, by=caller.principal, correlation_id=correlation_of(request.scope)
    ):
        raise Problem(404, f"there is no session {id}; GET /api/v1/sessions lists them")
    return Response(status_code=204)


@access.get("/api-keys", operation_id="listApiKeys", response_model=ApiKeysForm, summary="Keys for scripts")
async def list_api_keys(services: Asked, caller: Owner) -> ApiKeysForm:
    return ApiKeysForm(api_keys=[ApiKeyForm.of(key) for key in await services.access.api_keys()])


@access.post(
    "/api-keys",
    operation_id="createApiKey",
    status_code=201,
    response_model=NewApiKeyForm,
    responses=problems(422),
    summary="Make a key for a script; it is shown once",
)
async def create_api_key(
    request: Request, services: Asked, caller: Owner, asked: Annotated[ApiKeyRequest, Body()]
) -> NewApiKeyForm:
    made = await services.access.create_api_key(
        name=asked.name,
        scope=asked.scope,
        by=caller.principal,
        expires_ns=None if asked.expires_at is None else Nanos(asked.expires_at),
        correlation_id=correlation_of(request.scope),
    )
    key = made.api_key
    return NewApiKeyForm(
        id=key.id,
        prefix=key.prefix,
        name=key.name,
        scope=key.scope,
        created_at=iso(key.created_ns),
        expires_at=iso_or_none(key.expires_ns),
        key=made.secret,
    )


@access.delete(
    "/api-keys/{id}",
    operation_id="revokeApiKey",
    status_code=204,
    responses=problems(404),
    summary="Revoke a key, at once",
)
async def revoke_api_key(
    request: Request, services: Asked, caller: Owner, id: Annotated[Word, Path(description="The key.")]
) -> Response:
    if not await services.access.revoke_api_key(
        id, by=caller.principal, correlation_id=correlation_of(request.scope)
    ):
        raise Problem(404, f"there is no working API key {id}; GET /api/v1/api-keys lists them")
    return Response(status_code=204)


@access.post(
    "/sign-in-links",
    operation_id="createSignInLink",
    status_code=201,
    response_model=SignInLinkForm,
    summary="Make a one-time sign-in link; earlier ones stop working",
)
async def create_sign_in_link(
    request: Request, services: Asked, settings: Set, caller: Owner
) -> SignInLinkForm:
    rates = settings.rates
    rate = Rate(per_s=rates.sign_in_links / rates.sign_in_window_s, burst=rates.sign_in_links)
    request.app.state.limiter.take("sign-in links", caller.principal.name, rate)
    secret = await services.access.new_sign_in_link(correlation_id=correlation_of(request.scope))
    return SignInLinkForm(path=f"/welcome?token={secret}")


async def _end_older(request: Request, services: Asked, settings: GatewaySettings) -> None:
    """The browser's earlier session ends with its new one: an id never lives on across a sign-in."""
    headers = Headers(raw=[(k, v) for k, v in request.scope["headers"] if k != b"authorization"])
    older = await recognise(headers, services.access, settings)
    if older is None or older.session_secret is None:
        return
    session = await services.access.session(older.session_secret)
    if session is not None:
        await services.access.end_session(session.id, by=older.principal)


def _set_cookie(answer: Response, made: NewSession, settings: GatewaySettings) -> None:
    life_s = (made.session.expires_ns - made.session.created_ns) // 1_000_000_000
    answer.set_cookie(
        cookie_name(settings),
        made.secret,
        max_age=max(life_s, 7 * 24 * 3600),
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="strict",
    )


def _closed_page() -> str:
    title = "This sign-in link does not work"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · JTS</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>'
        f"<h1>{escape(title)}</h1>"
        "<p>It was used already, it is older than 15 minutes, or a newer one was made.</p>"
        "<p>On the machine where JTS runs, type <code>jts link</code> and open the address it prints.</p>"
        '<p lang="ko">이 로그인 링크는 이미 사용되었거나 만료되었습니다. JTS가 실행 중인 컴퓨터에서 '
        "<code>jts link</code>를 실행해 새 링크를 여세요.</p></main></body></html>"
    )
