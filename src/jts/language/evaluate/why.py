"""What became of one rule at one instant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What became of one rule at one instant.

    `outcome`: wish, declined (a gate said no), undefined, false. `gate` names the gate of a declined one.
    """

    rule: int
    rule_text: str
    outcome: str
    gate: str
    because: str
    values: dict[str, str]
