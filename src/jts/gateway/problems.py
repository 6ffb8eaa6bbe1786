"""Errors, in one form everywhere: application/problem+json, never a stack, a path or a statement of SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope as AsgiScope

from jts.domain.values import BadInput, OutsideError

MEDIA_TYPE = "application/problem+json"
FOUND_LENGTH_MAX = 60

_log = structlog.get_logger("gateway")

_TYPES: Mapping[int, tuple[str, str]] = {
    400: ("bad_input", "The request is not in order"),
    401: ("unauthenticated", "Sign in first"),
    403: ("forbidden", "Not allowed"),
    404: ("not_found", "There is no such thing"),
    405: ("method_not_allowed", "This address does not take that method"),
    406: ("not_acceptable", "No form of the answer fits"),
    409: ("conflict", "That does not fit what is there"),
    411: ("bad_input", "The length is missing"),
    413: ("too_large", "The request is too large"),
    415: ("unsupported_media_type", "The body is not in a known form"),
    421: ("misdirected", "This host name is not ours"),
    422: ("bad_input", "The request is not in order"),
    429: ("too_many_requests", "Too many requests"),
    431: ("too_large", "The headers are too large"),
    500: ("internal", "Something went wrong here"),
    503: ("unavailable", "Not available now"),
    504: ("outcome_unknown", "No answer in time; the outcome is unknown"),
}


class Problem(HTTPException):
    """An answer that is not a yes. `detail` says what was expected, what was found, and the next step."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        type: str | None = None,
        title: str | None = None,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status_code=status, detail=detail, headers=dict(headers) if headers else None)
        self.type = type
        self.title = title
        self.errors = tuple(errors)
        self.more = more


def problem_body(problem: HTTPException, correlation_id: str) -> dict[str, Any]:
    """The document of one problem."""
    type_, title = _TYPES.get(problem.status_code, ("error", "The request failed"))
    body: dict[str, Any] = {
        "type": getattr(problem, "type", None) or type_,
        "title": getattr(problem, "title", None) or title,
        "status": problem.status_code,
        "detail": str(problem.detail),
        "correlation_id": correlation_id,
    }
    errors = getattr(problem, "errors", ())
    if errors:
        body["errors"] = [{"field": field, "message": message} for field, message in errors]
    body.update(getattr(problem, "more", {}))
    return body


def respond(problem: HTTPException, correlation_id: str) -> Response:
    body = problem_body(problem, correlation_id)
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers = dict(problem.headers or {})
    if problem.status_code == 401:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="jts"')
    return Response(text, status_code=problem.status_code, media_type=MEDIA_TYPE, headers=headers)


def correlation_of(scope: AsgiScope) -> str:
    """The id the gate gave this request."""
    return str(scope.get("state", {}).get("correlation_id", ""))


def as_problem(error: Exception, scope: AsgiScope) -> HTTPException:
    """What a person is told of an error. Only the words of BadInput and of problems are passed on."""
    if isinstance(error, HTTPException):
        return error if isinstance(error, Problem) else _plain(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, BadInput):
        return Problem(
            422, str(error), errors=[(error.code, str(error))] if error.code != "bad_input" else ()
        )
    if isinstance(error, OutsideError):
        _log.warning("outside failed", error=type(error).__name__, text=str(error), path=scope["path"])
        advice = (
            "Nothing was done; try again shortly."
            if error.retry_is_safe
            else "Whether it was done is unknown: look at the state before asking again."
        )
        return Problem(503, f"{error.public}. {advice}")
    _log.error("request failed", path=scope["path"], exc_info=error)
    return Problem(500, "the platform met an error of its own; the log has it under the correlation id")


async def on_error(request: Request, error: Exception) -> Response:
    """The handler of every exception, for FastAPI."""
    return respond(as_problem(error, request.scope), correlation_of(request.scope))


def _plain(error: HTTPException) -> Problem:
    details = {
        404: "nothing is at this address; /api/v1/openapi.json lists what there is",
        405: "this address does not take that method",
    }
    detail = details.get(error.status_code, str(error.detail))
    return Problem(error.status_code, detail, headers=error.headers)


def _invalid(error: RequestValidationError) -> Problem:
    """Each field with its reason. What was found is shown shortened, and only if it is a plain value."""
    errors: list[tuple[str, str]] = []
    for one in error.errors()[:20]:
        place = [str(part) for part in one["loc"] if part not in ("body", "query", "path", "header")]
        field = ".".join(place) or str(one["loc"][0])
        errors.append((field, _reason(one)))
    missing_key = any(one["loc"][-1] == "Idempotency-Key" for one in error.errors())
    status = 400 if missing_key else 422
    first = f"{errors[0][0]}: {errors[0][1]}" if errors else "the request is not in order"
    return Problem(status, first, errors=errors)


def _reason(one: Mapping[str, Any]) -> str:
    kind, found = one["type"], one.get("input")
    if kind == "missing":
        return "expected a value, found none"
    if kind == "extra_forbidden":
        return "this field is not known here; leave it out"
    message = str(one["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message[:1].lower() + message[1:]
    if "found" in message or isinstance(found, dict | list) or found is None:
        return message
    return f"{message}; found {str(found)[:FOUND_LENGTH_MAX]!r}"
