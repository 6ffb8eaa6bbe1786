"""Who wished for an order, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from jts.domain.values import RunId


class Origin(StrEnum):
    PERSON = "person"
    STRATEGY = "strategy"
    KILL_SWITCH = "kill_switch"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSource:
    """The person or the strategy run behind an order, the rule that fired, and its numbers.

    `actor` is the principal's name (`owner`, `key:ab12`) or the run. `plan` is the plan hash of a strategy's
    order,
    `rule` the source text of the statement with its line, `because` the reason in words, `values` operand ->
    number.
    """

    origin: Origin
    actor: str
    run: RunId | None = None
    plan: str = ""
    rule: str = ""
    because: str = ""
    values: dict[str, str] = field(default_factory=dict)
