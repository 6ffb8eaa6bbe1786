"""What is wrong with a program, said so that a trader can put it right: expected, found, next step, and
where.

The wording of each code, in English and Korean, is in `diagnostic_texts.toml`; each code has its page under
docs/language/diagnostics/.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from jts.language.plan import Span

Severity = Literal["error", "warning"]
Tongue = Literal["en", "ko"]

FINDINGS_MAX = 50
EXCERPT_MAX_CHARACTERS = 100
FIELD_MAX_CHARACTERS = 60
QUOTING = ("found", "name", "word", "left", "right")
"""Fields that quote the program: they are cut at FIELD_MAX_CHARACTERS, others at four times that."""

_SEVERITY_WORDS = {
    "en": {"error": "error", "warning": "warning"},
    "ko": {"error": "오류", "warning": "주의"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding. `message` is English, *expected; found; next step*; `hint` is text to write instead, or
    empty.

    `excerpt` is the source line, a newline, and a caret line under the place.
    """

    code: str
    severity: Severity
    span: Span
    message: str
    message_korean: str
    hint: str
    excerpt: str

    def message_in(self, tongue: str) -> str:
        return self.message_korean if tongue == "ko" else self.message

    @property
    def page(self) -> str:
        """Where this code is explained, with a program that has the fault and one that has not."""
        return f"docs/language/diagnostics/{self.code}.md"

    def to_dict(self) -> dict[str, Any]:
        """A form for programs: plain values only."""
        return {
            "code": self.code,
            "severity": self.severity,
            "line": self.span.line,
            "column": self.span.column,
            "end_line": self.span.end_line,
            "end_column": self.span.end_column,
            "message": self.message,
            "message_ko": self.message_korean,
            "hint": self.hint,
            "excerpt": self.excerpt,
            "page": self.page,
        }


class Findings:
    """Collects what one reading of a program finds; at most FINDINGS_MAX, each place and code once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._found: dict[tuple[str, Span], Diagnostic] = {}

    def read(self, text: str) -> None:
        """The text the places refer to."""
        self._lines = text.split("\n")

    def error(self, code: str, span: Span, *, hint: str = "", **fields: object) -> None:
        self._add("error", code, span, hint, fields)

    def warning(self, code: str, span: Span, *, hint: str = "", **fields: object) -> None:
        self._add("warning", code, span, hint, fields)

    @property
    def has_errors(self) -> bool:
        return any(one.severity == "error" for one in self._found.values())

    @property
    def has_unread_lines(self) -> bool:
        """Whether some of the program was refused before its names were looked at."""
        return any(one.code.startswith(("J1", "J5")) for one in self._found.values())

    def all(self) -> tuple[Diagnostic, ...]:
        """Everything found, in the order of the text."""
        found = self._found.values()
        return tuple(sorted(found, key=lambda one: (one.span.line, one.span.column, one.code)))

    def line(self, number: int) -> str:
        """A line of the text, without the spaces around it; empty if there is none."""
        return self._lines[number - 1].strip() if 0 < number <= len(self._lines) else ""

    def _add(self, severity: Severity, code: str, span: Span, hint: str, fields: dict[str, object]) -> None:
        if len(self._found) >= FINDINGS_MAX or (code, span) in self._found:
            return
        whole = self._lines[span.line - 1] if 0 < span.line <= len(self._lines) else ""
        self._found[code, span] = Diagnostic(
            code=code,
            severity=severity,
            span=span,
            message=_message(code, "en", fields),
            message_korean=_message(code, "ko", fields),
            hint=hint,
            excerpt=_excerpt(whole, span),
        )


def render(diagnostics: Sequence[Diagnostic], text: str, file: str, tongue: str = "en") -> str:
    """All findings as a terminal shows them: place, code, message, the line with a caret, hint and page.

    `text` is the program; it is only needed to say when there is nothing to say about an empty one.
    """
    words = _SEVERITY_WORDS["ko" if tongue == "ko" else "en"]
    name = file or ("<text>" if text else "<empty>")
    blocks = []
    for one in diagnostics:
        block = [f"{name}:{one.span.line}:{one.span.column}: {words[one.severity]} {one.code}"]
        block.append(f"  {one.message_in(tongue)}")
        block += [f"    {line}" for line in one.excerpt.split("\n") if line.strip()]
        if one.hint:
            block.append(f"  → {one.hint}")
        block.append(f"  {one.page}")
        blocks.append("\n".join(block))
    return "\n\n".join(blocks)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The nearest known word, or nothing."""
    near = get_close_matches(word[:FIELD_MAX_CHARACTERS], known, n=1, cutoff=0.7)
    return near[0] if near else ""


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, str]]:
    """Per code: `en` and `ko`; under the code `words`, Korean for words that fill the gaps."""
    path = Path(__file__).parent / "diagnostic_texts.toml"
    data: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return data


def _message(code: str, tongue: str, fields: dict[str, object]) -> str:
    template = texts()[code][tongue]
    words = texts()["words"] if tongue == "ko" else {}
    shown = {}
    for name, value in fields.items():
        field = str(value)
        field = words.get(field, field)
        most = FIELD_MAX_CHARACTERS if name in QUOTING else FIELD_MAX_CHARACTERS * 4
        shown[name] = field if len(field) <= most else field[: most - 1] + "…"
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    assert wanted <= shown.keys(), f"{code} in {tongue} wants {sorted(wanted - shown.keys())}"
    return template.format(**shown)


def _excerpt(line: str, span: Span) -> str:
    """The line and its caret, windowed if the line is long; wide letters push the caret by two columns."""
    start = max(0, span.column - 1 - EXCERPT_MAX_CHARACTERS // 2) if len(line) > EXCERPT_MAX_CHARACTERS else 0
    shown = line[start : start + EXCERPT_MAX_CHARACTERS].replace("\t", " ")
    first = min(span.column - 1 - start, len(shown))
    last = span.end_column - 1 - start if span.end_line == span.line else len(shown)
    width = max(1, _columns(shown[first : max(first, min(last, len(shown)))]))
    return shown + "\n" + " " * _columns(shown[:first]) + "^" * width


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
