"""Instants as people and programs read them: ISO-8601, UTC, to the nanosecond."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from jts.domain.values import NANOS_PER_SECOND, Nanos

_FORM = re.compile(
    r"^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2})$", re.ASCII
)
EXAMPLE = "2026-11-22T15:56:01.123456789Z"


def iso(at_ns: int) -> str:
    """`2026-11-22T15:56:01.123456789Z`."""
    seconds, nanos = divmod(at_ns, NANOS_PER_SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


def iso_or_none(at_ns: int | None) -> str | None:
    return None if at_ns is None else iso(at_ns)


def from_iso(text: str) -> Nanos:
    """Errors: ValueError, saying what was expected."""
    found = _FORM.match(text)
    if found is None:
        raise ValueError(f"expected an instant with its zone such as {EXAMPLE}; found {text[:60]!r}")
    zone = "+00:00" if found[4] in "Zz" else found[4]
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")
    return Nanos(int(moment.timestamp()) * NANOS_PER_SECOND + int((found[3] or "0").ljust(9, "0")))


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"expected an instant as text such as {EXAMPLE}")
    return from_iso(value)


InstantIn = Annotated[
    int,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE]}),
]
"""An instant in a request: ISO-8601 text with a zone; nanoseconds inside."""
