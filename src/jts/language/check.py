"""Checks a program: from its text to a plan without doubt, or to the reasons why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from jts.language.check_program import checked_plan
from jts.language.diagnostics import Diagnostic, Findings
from jts.language.parse import parse
from jts.language.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of it. `plan` is None exactly if one of the diagnostics is an error."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


def check(text: str, *, file: str = "") -> Checked:
    """The plan of a program and what there is to say about it. Never raises for any text.

    `file` is the name people know it by; it has no influence on the plan.
    """
    findings = Findings()
    program = parse(text, findings)
    plan = None if findings.has_errors and not program.items else checked_plan(program, text, findings)
    return Checked(plan=plan, diagnostics=findings.all())
