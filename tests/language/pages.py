"""Reading the programs out of Markdown pages."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGES = REPOSITORY / "docs" / "language" / "diagnostics"
SHARED_EXAMPLES = REPOSITORY.parent / "shared" / "language-examples"

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(markdown: str) -> list[tuple[str, str]]:
    """(info, text) of every fenced block, in order."""
    return [(found[1].strip(), found[2]) for found in _BLOCK.finditer(markdown)]


def program(info: str, text: str) -> str:
    """The program of a block: `escaped` decodes escapes, `repeat=N` repeats its last line N times."""
    if "escaped" in info:
        text = text.encode("ascii").decode("unicode_escape")
    repeated = re.search(r"repeat=(\d+)", info)
    if repeated:
        body, last = text.rstrip("\n").rsplit("\n", 1)
        text = body + "\n" + (last + "\n") * int(repeated[1])
    return text
