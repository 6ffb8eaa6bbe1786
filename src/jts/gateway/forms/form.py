"""What every request and answer shape has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jts.gateway.instants import EXAMPLE

_ABSENT: Any = ...


class Form(BaseModel):
    """A shape: frozen, and without fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


def told(description: str, example: Any, *, default: Any = _ABSENT, **more: Any) -> Any:
    """A field with what it means and one example; without a default it is required."""
    if default is _ABSENT:
        return Field(description=description, examples=[example], **more)
    return Field(default=default, description=description, examples=[example], **more)


def when(description: str, **more: Any) -> Any:
    """A field holding an instant."""
    return told(f"{description} ISO-8601, UTC, nanoseconds.", EXAMPLE, **more)


Word = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
"""A name that programs use: 1 to 128 visible ASCII characters without blanks."""

InstrumentWord = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Z0-9]+:[A-Za-z0-9._/-]+$")]
"""VENUE:CODE."""

RunWord = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""The owner's name for a strategy run."""

Line = Annotated[str, StringConstraints(max_length=500)]
"""A sentence of a person."""
