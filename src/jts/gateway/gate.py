"""The gate every request passes: its form, its host, its rate, its caller; and the headers of every answer.

Closed by default: below /api and /metrics nobody passes unrecognised, except on the addresses listed here;
every request counts against a rate whether or not its route remembers to.
"""

from __future__ import annotations

import asyncio
import re

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jts.domain.values import NANOS_PER_SECOND
from jts.gateway.auth.caller import recognise, unauthenticated
from jts.gateway.auth.cross_site import SAFE_METHODS, check_change, check_host, check_origin
from jts.gateway.measures import GatewayMeasures
from jts.gateway.problems import Problem, as_problem, respond
from jts.gateway.protection import protect
from jts.gateway.rate_limit import Rate, RateLimiter
from jts.gateway.seams import Services
from jts.gateway.settings import GatewaySettings

OPEN_PATHS = frozenset({"/api/v1/health"})
"""Below /api, what may be read by anybody."""

IMPORT_PATH = "/api/v1/series/import"
BODY_PART_MAX_S = 30.0
_CORRELATION = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$", re.ASCII)
_ONCE = (
    "authorization",
    "content-length",
    "content-type",
    "idempotency-key",
    "x-jts-csrf",
    "x-correlation-id",
)

_log = structlog.get_logger("gateway")


def is_guarded(path: str) -> bool:
    """Whether this address is the API's: answers there are never cached, and never open unless listed."""
    return path == "/metrics" or path == "/api" or path.startswith("/api/")


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        services: Services,
        settings: GatewaySettings,
        limiter: RateLimiter,
        measures: GatewayMeasures,
    ) -> None:
        self._app = app
        self._services = services
        self._settings = settings
        self._limiter = limiter
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation_id = self._correlation_of(headers)
        state = scope["state"] = dict(scope.get("state") or {})
        state.update(correlation_id=correlation_id, json_depth_max=self._settings.json_depth_max, caller=None)
        if scope["type"] == "http":
            await self._http(scope, headers, receive, send, correlation_id)
        else:
            await self._websocket(scope, headers, receive, send, correlation_id)

    # ---- private, in the order they are called ----

    def _correlation_of(self, headers: Headers) -> str:
        given = headers.get("x-correlation-id", "")
        return given if _CORRELATION.match(given) else self._services.names.message_id()

    async def _http(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send, correlation_id: str
    ) -> None:
        began_ns = self._services.clock.monotonic_ns()
        status = 0

        async def send_protected(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                protect(
                    MutableHeaders(scope=message),
                    is_api=is_guarded(scope["path"]),
                    correlation_id=correlation_id,
                    settings=self._settings,
                )
            await send(message)

        try:
            self._check_form(scope, headers)
            await self._admit(scope, headers)
            await self._app(scope, self._bounded(scope, headers, receive), send_protected)
        except Exception as error:
            if status:
                raise  # the answer has begun; the server can only cut the connection
            problem = as_problem(error, scope)
            await respond(problem, correlation_id)(scope, receive, send_protected)
        finally:
            self._tell(scope, status, self._services.clock.monotonic_ns() - began_ns)

    async def _websocket(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send, correlation_id: str
    ) -> None:
        try:
            self._check_form(scope, headers)
            self._limiter.take("streams", _address(scope), self._streams)
            await self._admit(scope, headers)
            caller = scope["state"]["caller"]
            check_origin(headers, self._settings, is_needed=caller is not None and caller.is_by_cookie)
        except HTTPException as problem:
            await deny(problem, scope, receive, send, correlation_id, self._settings)
            return
        await self._app(scope, receive, send)

    def _check_form(self, scope: Scope, headers: Headers) -> None:
        settings = self._settings
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size > settings.header_bytes_max or len(scope["headers"]) > settings.headers_max:
            raise Problem(
                431,
                f"expected at most {settings.headers_max} headers in {settings.header_bytes_max} bytes, "
                f"found {len(scope['headers'])} in {size}",
            )
        if len(scope.get("query_string", b"")) > settings.query_bytes_max:
            raise Problem(400, f"expected a query of at most {settings.query_bytes_max} bytes")
        for name in _ONCE:
            if len(headers.getlist(name)) > 1:
                raise Problem(
                    400, f"expected the header {name} once, found it {len(headers.getlist(name))} times"
                )
        check_host(headers, settings)
        if scope.get("method") in ("TRACE", "CONNECT"):
            raise Problem(405, "this address does not take that method")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "expected a body that is not compressed")
        if "transfer-encoding" in headers and "content-length" in headers:
            raise Problem(400, "expected Content-Length or Transfer-Encoding, found both")

    async def _admit(self, scope: Scope, headers: Headers) -> None:
        """Count the request, recognise the caller, and let only those pass who may."""
        method, path = scope.get("method", "GET"), scope["path"]
        factor = self._settings.rates.address_factor
        self._limiter.take("address", _address(scope), self._rate("GET", factor))
        if not is_guarded(path):
            return
        caller = await recognise(headers, self._services.access, self._settings)
        if caller is None:
            if path in OPEN_PATHS and method in SAFE_METHODS:
                return
            raise unauthenticated()
        name = "reads" if method in SAFE_METHODS else "writes"
        self._limiter.take(name, caller.principal.name, self._rate(method, 1))
        check_change(method, headers, caller.session_secret, self._settings)
        scope["state"]["caller"] = caller

    def _rate(self, method: str, factor: int) -> Rate:
        rates = self._settings.rates
        if method in SAFE_METHODS:
            return Rate(per_s=rates.reads_per_s * factor, burst=rates.reads_burst * factor)
        return Rate(per_s=rates.writes_per_s * factor, burst=rates.writes_burst * factor)

    @property
    def _streams(self) -> Rate:
        return Rate(per_s=self._settings.rates.streams_per_s, burst=self._settings.rates.streams_burst)

    def _bounded(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """The body, cut off with a problem beyond its limit or when it trickles."""
        limit = (
            self._settings.import_bytes_max if scope["path"] == IMPORT_PATH else self._settings.body_bytes_max
        )
        too_large = Problem(413, f"expected a body of at most {limit} bytes")
        declared = headers.get("content-length", "0")
        if not declared.isascii() or not declared.isdigit():
            raise Problem(400, "expected Content-Length in digits")
        if int(declared[:20]) > limit:
            raise too_large
        seen, is_complete = 0, False

        async def receive_bounded() -> Message:
            nonlocal seen, is_complete
            if is_complete:
                return await receive()
            try:
                async with asyncio.timeout(BODY_PART_MAX_S):
                    message = await receive()
            except TimeoutError:
                raise Problem(
                    408, f"expected the next part of the body within {BODY_PART_MAX_S:g} s"
                ) from None
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                is_complete = not message.get("more_body", False)
                if seen > limit:
                    raise too_large
            return message

        return receive_bounded

    def _tell(self, scope: Scope, status: int, took_ns: int) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        matched = getattr(scope.get("route"), "path_format", None)
        route = matched or ("unknown" if is_guarded(scope["path"]) else "page")
        self._measures.answered(route=route, method=method, status=status, seconds=took_ns / NANOS_PER_SECOND)
        caller = scope["state"]["caller"]
        told = _log.debug if method in SAFE_METHODS and status < 500 else _log.info
        told(
            "request answered",
            route=route,
            method=method,
            status=status,
            took_ms=round(took_ns / 1e6, 2),
            correlation_id=scope["state"]["correlation_id"],
            by=caller.principal.name if caller else None,
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})


def _address(scope: Scope) -> str:
    """The peer of the connection itself: X-Forwarded-For is anybody's word and is not read."""
    client = scope.get("client")
    return client[0] if client else "unknown"


async def deny(
    problem: HTTPException,
    scope: Scope,
    receive: Receive,
    send: Send,
    correlation_id: str,
    settings: GatewaySettings,
) -> None:
    """Answer a handshake that is not accepted with the same problem document."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return

    async def send_denied(message: Message) -> None:
        if message["type"] == "http.response.start":
            protect(
                MutableHeaders(scope=message), is_api=True, correlation_id=correlation_id, settings=settings
            )
        await send({**message, "type": f"websocket.{message['type']}"})

    await respond(problem, correlation_id)({**scope, "type": "http"}, receive, send_denied)
