"""Programs and what they mean, as Markdown a reader can enjoy. JTS_ACCEPT=1 rewrites the expectations.

A file may begin with a block marked `jts before`, which stands before each of its programs; line numbers
count from the program itself. A program is followed by what is expected of it: `plan` or `findings`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from jts.language.check import check
from tests.language.plan_text import plan_text

FOLDER = Path(__file__).parent / "cases"
CASES_MIN = 80
CHEATS_MIN = 30
_CASE = re.compile(r"^## (.+?)\n(.*?)^```jts\n(.*?)^```\n+^```(plan|findings)\n(.*?)^```$", re.M | re.S)
_BEFORE = re.compile(r"^```jts before\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Case:
    file: Path
    name: str
    before: str
    program: str
    expected: str


def read_cases(file: Path) -> list[Case]:
    text = file.read_text(encoding="utf-8")
    found = _BEFORE.search(text)
    before = found[1] if found else ""
    return [Case(file, one[1], before, one[3], f"{one[4]}\n{one[5]}") for one in _CASE.finditer(text)]


ALL_CASES = [case for file in sorted(FOLDER.glob("*.md")) for case in read_cases(file)]


def meaning(case: Case) -> str:
    """The plan, or the findings with lines counted from the program of the case."""
    checked = check(case.before + case.program)
    skipped = case.before.count("\n")
    findings = []
    for one in checked.diagnostics:
        kind = "" if one.severity == "error" else "warning "
        findings.append(f"{one.span.line - skipped}:{one.span.column} {kind}{one.code} {one.message}")
    if checked.plan is None:
        return "findings\n" + "".join(f"{line}\n" for line in findings)
    warnings = "".join(f"{line}\n" for line in findings)
    return f"plan\n{warnings}{plan_text(checked.plan)}\n"


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.file.stem}: {case.name}")
def test_a_program_means_what_its_case_says(case: Case) -> None:
    found = meaning(case)

    if os.environ.get("JTS_ACCEPT") == "1" and found != case.expected:
        accept(case, found)
    else:
        assert found == case.expected


def accept(case: Case, found: str) -> None:
    """Writes the new meaning into the file; the diff is reviewed like code."""
    text = case.file.read_text(encoding="utf-8")
    old = f"```jts\n{case.program}```\n\n```{case.expected}```"
    assert text.count(old) == 1, f"{case.name} is written in the one form that can be rewritten"
    case.file.write_text(text.replace(old, f"```jts\n{case.program}```\n\n```{found}```"), encoding="utf-8")


def test_every_case_is_read() -> None:
    written = sum(file.read_text(encoding="utf-8").count("\n## ") for file in FOLDER.glob("*.md"))

    assert len(ALL_CASES) == written
    assert written >= CASES_MIN


def test_no_case_name_is_used_twice_in_a_file() -> None:
    names = [(case.file, case.name) for case in ALL_CASES]

    assert len(set(names)) == len(names)


def test_every_program_that_cheats_is_refused_with_its_line_and_code() -> None:
    cheats = [case for case in ALL_CASES if case.file.stem == "cheating"]

    refused = [case for case in cheats if re.match(r"findings\n\d+:\d+ J20[1-9] ", case.expected)]

    assert len(cheats) >= CHEATS_MIN
    assert refused == cheats
