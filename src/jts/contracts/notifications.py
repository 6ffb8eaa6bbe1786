"""What people are told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from jts.domain.values import Provenance


class Severity(StrEnum):
    """Critical wakes a person, warning is for the morning, info tells the story."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing a person should know. `subject` is a stable key such as `order_unknown`; `values` fill its
    template."""

    provenance: Provenance
    severity: Severity
    subject: str
    text: str
    values: dict[str, str]


class Notifications(Protocol):
    async def recent(self, *, limit: int = 50) -> tuple[Notice, ...]:
        """Newest first."""
        ...
