"""How every router is made: exact JSON in, one form of problems out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from jts.gateway.forms.platform import ProblemForm
from jts.gateway.json_body import ExactRoute
from jts.gateway.problems import MEDIA_TYPE

_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemForm"}}}}


def router(noun: str) -> APIRouter:
    """The routes of one noun, below /api/v1."""
    return APIRouter(prefix="/api/v1", tags=[noun], route_class=ExactRoute, responses=problems(401, 403, 429))


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, for the description."""
    return {
        status: {"description": _DESCRIPTIONS[status], "model": ProblemForm, **_PROBLEM}
        for status in statuses
    }


_DESCRIPTIONS = {
    400: "The request is not in order, for instance its Idempotency-Key is missing.",
    401: "Nobody is signed in.",
    403: "The caller may not do this, or the request came from another site.",
    404: "There is no such thing.",
    409: "It does not fit what is there, or the Idempotency-Key was used for something else.",
    413: "The body is too large.",
    415: "The body is not in a known form.",
    422: "A field is not in order, or risk refused (type `refused`, with control, limit and value).",
    429: "Too many requests; Retry-After says when to ask again.",
    503: "Something the platform depends on does not answer.",
    504: "No answer in time; the outcome is unknown.",
}
