"""The pages about the language tell the truth: their programs are checked."""

from __future__ import annotations

import pytest

from jts.language.check import check
from tests.language.pages import REPOSITORY, blocks

PROGRAMS = [
    (f"{page.stem} {number}", info, text)
    for page in sorted((REPOSITORY / "docs" / "language").glob("*.md"))
    for number, (info, text) in enumerate(blocks(page.read_text(encoding="utf-8")))
    if info.split(" ")[0] == "jts" and page.stem in ("grammar", "knowledge")
]


@pytest.mark.parametrize(("name", "info", "text"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
def test_a_program_in_a_page_is_what_the_page_says(name: str, info: str, text: str) -> None:
    codes = [one.code for one in check(text).diagnostics]

    expected = [info.split()[2]] if info.startswith("jts refused") else []
    assert codes == expected


def test_the_pages_hold_programs() -> None:
    assert len(PROGRAMS) >= 6
