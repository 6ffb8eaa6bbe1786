"""Every code has a page, and each tells the truth: its bad program has the fault, its good one has not."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest

from jts.language.check import check
from jts.language.diagnostics import texts
from tests.language.pages import PAGES, blocks, program

ALL_PAGES = sorted(PAGES.glob("[JW]*.md"))


def codes() -> set[str]:
    return {code for code in texts() if code != "words"}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {page.stem for page in ALL_PAGES}

    assert pages == codes()


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.stem)
def test_a_page_shows_the_fault_and_its_cure(page: Path) -> None:
    found = {info.split()[1]: program(info, text) for info, text in blocks(page.read_text(encoding="utf-8"))}

    bad, good = check(found["bad"]), check(found["good"])

    assert page.stem in [one.code for one in bad.diagnostics]
    assert page.stem not in [one.code for one in good.diagnostics]
    assert good.plan is not None, [one.message for one in good.diagnostics]


@pytest.mark.parametrize("code", sorted(codes()))
def test_both_tongues_say_the_same_things(code: str) -> None:
    english, korean = texts()[code]["en"], texts()[code]["ko"]

    gaps = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, korean)]

    assert gaps[0] == gaps[1]
    assert english.count(";") >= 2, "expected; found; next step"
    assert korean.count(";") >= 2
