"""From text to tokens: the scanner, and the one pass that stands between it and the parser.

The pass does four things: indentation becomes tokens (two spaces per level, none inside brackets), Korean
words become the words they stand for, a line word that does not begin its line becomes a name again, and
grouped digits inside a call's brackets are refused. Its result is cut into the lines of the top level, each
with what is indented under it, so that a mistake in one hides nothing in the next.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jts.language.diagnostics import Findings
from jts.language.grammar_table import table
from jts.language.plan import Span

TEXT_MAX_CHARACTERS = 100_000
LINES_MAX = 2_000
BRACKETS_MAX = 64
SPACES_PER_LEVEL = 2

LINE_WORDS = frozenset(
    [
        "trade",
        "watch",
        "cash",
        "semantics",
        "costs",
        "prefer",
        "accumulate",
        "allow",
        "hours",
        "fx",
        "prices",
        "strategy",
        "scan",
        "library",
        "param",
        "state",
        "fn",
        "indicator",
        "rules",
        "universe",
        "use",
        "every",
        "let",
        "set",
        "hold",
        "cancel",
        "alert",
        "together",
        "either",
        "follow",
        "list",
        "halt",
        "return",
    ]
)
"""Words only where they begin a line; names elsewhere, so that `cash` is a setting and a value."""

OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSING = frozenset(OPENING.values())
MARK_OF = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}

# Invisible or direction-changing characters make a program read differently from what it says.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark: `kind` is a terminal of the grammar; layout tokens have no text."""

    kind: str
    text: str
    span: Span


@dataclass(slots=True)
class Line:
    """One line of the top level with everything indented under it. `is_broken`: already refused here."""

    tokens: list[Token] = field(default_factory=list)
    is_broken: bool = False


def readable(text: str, findings: Findings) -> str | None:
    """The text with one kind of line end and one spelling of Korean; None if it is not a text to read."""
    if len(text) > TEXT_MAX_CHARACTERS:
        findings.error("J506", Span(1, 1, 1, 2), found=f"{len(text):,}", limit=f"{TEXT_MAX_CHARACTERS:,}")
        return None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    findings.read(text)
    if text.count("\n") > LINES_MAX:
        findings.error("J507", Span(LINES_MAX + 1, 1, LINES_MAX + 1, 2), limit=LINES_MAX)
        return None
    unseen = _UNSEEN.search(text)
    if unseen:
        findings.error("J113", _place(text, unseen.start()), found=f"U+{ord(unseen.group()):04X}")
        return None
    return text if text.endswith("\n") else text + "\n"


def lines(text: str, findings: Findings) -> list[Line]:
    """The lines of the top level as tokens, each ending as the grammar wants it. `text` comes from
    `readable`.
    """
    return _Layout(findings).run(_scan(text, findings))


@lru_cache(maxsize=1)
def aliases() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Korean words: (word to words of the language, word to name)."""
    data = tomllib.loads((Path(__file__).parent / "aliases.toml").read_text(encoding="utf-8"))
    return data["keywords"], data["names"]


def _place(text: str, offset: int) -> Span:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Span(line, column, line, column + 1)


def _scan(text: str, findings: Findings) -> list[Token]:
    known = table()
    match = known.scanner.match
    tokens: list[Token] = []
    offset, line, line_start, length = 0, 1, 0, len(text)
    while offset < length:
        found = match(text, offset)
        column = offset - line_start + 1
        if found is None:
            end = offset + 1
            if text[offset] == '"':
                end = text.index("\n", offset)
                findings.error("J114", Span(line, column, line, end - line_start + 1))
            elif text[offset] == "\t":
                while text[end : end + 1] == "\t":
                    end += 1
                findings.error("J102", Span(line, column, line, end - line_start + 1), found="tab")
            else:
                while text[end : end + 1] == text[offset]:
                    end += 1
                findings.error("J112", Span(line, column, line, end - line_start + 1), found=text[offset])
            tokens.append(Token("$BAD", text[offset:end], Span(line, column, line, end - line_start + 1)))
            offset = end
            continue
        kind, end = str(found.lastgroup), found.end()
        if kind == "_NL":
            tokens.append(Token(kind, text[offset:end], Span(line, column, line, column + 1)))
            line += text.count("\n", offset, end)
            line_start = text.rfind("\n", offset, end) + 1
        elif kind not in known.ignored:
            words = found.group()
            if kind == "NAME":
                kind = known.words.get(words, kind)
            tokens.append(Token(kind, words, Span(line, column, line, end - line_start + 1)))
        offset = end
    return tokens


class _Layout:
    """One walk over the tokens."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._lines: list[Line] = []
        self._line = Line()
        self._level = 0
        self._brackets: list[tuple[Token, bool]] = []
        self._begins_line = True

    def run(self, tokens: list[Token]) -> list[Line]:
        # A text that begins with blank lines or a comment begins with a newline token; indentation follows
        # it.
        if tokens and tokens[0].kind != "_NL":
            self._new_line(0, tokens[0])
        for place, token in enumerate(tokens):
            following = tokens[place + 1] if place + 1 < len(tokens) else None
            if token.kind == "_NL":
                self._newline(token, following)
            elif token.kind == "$BAD":
                self._line.is_broken = True
            else:
                before = tokens[place - 1] if place else None
                self._word(token, before, following)
        self._close_brackets()
        self._finish()
        return [line for line in self._lines if line.tokens or line.is_broken]

    def _newline(self, token: Token, following: Token | None) -> None:
        if following is None:
            self._close_brackets()
            return
        if self._brackets:
            begins_item = following.span.column == 1 and (
                following.text in LINE_WORDS or following.kind in ("BUY", "SELL", "EXIT", "AT", "SHORT")
            )
            if not begins_item:
                return
            self._close_brackets()
        if following.kind == "$BAD" and following.text[0] == "\t":
            self._line.is_broken = True  # what this line belongs to cannot be told
        spaces = len(token.text) - (token.text.rfind("\n") + 1)
        self._new_line(spaces, following)

    def _new_line(self, spaces: int, following: Token) -> None:
        place = Span(following.span.line, 1, following.span.line, following.span.column)
        level = spaces // SPACES_PER_LEVEL
        if spaces % SPACES_PER_LEVEL or level > self._level + 1:
            self._findings.error("J102", place, found=str(spaces))
            self._line.is_broken = True
            level = min(level, self._level + 1)
        if level == 0:
            self._finish()
        else:
            if self._line.tokens:
                self._layout("_NL", following)
            while self._level > level:
                self._level -= 1
                self._layout("_DEDENT", following)
            if level > self._level:
                self._level = level
                self._layout("_INDENT", following)
        self._begins_line = True

    def _layout(self, kind: str, at: Token) -> None:
        self._line.tokens.append(Token(kind, "", at.span))

    def _finish(self) -> None:
        """The end of a line of the top level."""
        if self._line.tokens:
            last = self._line.tokens[-1]
            self._layout("_NL", last)
            for _ in range(self._level):
                self._layout("_DEDENT", last)
        if self._line.tokens or self._line.is_broken:
            self._lines.append(self._line)
        self._line = Line()
        self._level = 0

    def _word(self, token: Token, before: Token | None, following: Token | None) -> None:
        if token.kind in OPENING:
            self._open(token, before)
        elif token.kind in CLOSING:
            self._close(token)
        elif token.kind == "MONEY" and "," in token.text and self._brackets and self._brackets[-1][1]:
            self._findings.error("J104", token.span, found=token.text, plain=token.text.replace(",", ""))
            self._line.is_broken = True
        keywords, names = aliases()
        if token.kind == "NAME" and token.text in keywords:
            for word in keywords[token.text]:
                if word == "at?" and following is not None and following.text in ("at", "에서"):
                    continue
                self._emit(word.rstrip("?"), token)
        elif token.kind == "NAME" and token.text in names:
            self._line.tokens.append(Token("NAME", names[token.text], token.span))
        elif token.text in LINE_WORDS:
            self._emit(token.text, token)
        else:
            self._line.tokens.append(token)
        self._begins_line = False

    def _emit(self, word: str, token: Token) -> None:
        kind = table().words.get(word, "NAME")
        if word in LINE_WORDS and not self._begins_line:
            kind = "NAME"
        self._line.tokens.append(Token(kind, word, token.span))
        self._begins_line = False

    def _open(self, token: Token, before: Token | None) -> None:
        is_call = token.kind == "LPAR" and before is not None and before.kind == "NAME"
        self._brackets.append((token, is_call))
        if len(self._brackets) == BRACKETS_MAX + 1:
            self._findings.error("J508", token.span, limit=BRACKETS_MAX)
            self._line.is_broken = True

    def _close(self, token: Token) -> None:
        if self._brackets and OPENING[self._brackets[-1][0].kind] == token.kind:
            self._brackets.pop()
        elif not self._line.is_broken:
            expected = f"`{MARK_OF[OPENING[self._brackets[-1][0].kind]]}`" if self._brackets else "no bracket"
            self._findings.error("J116", token.span, found=token.text, expected=expected)
            self._line.is_broken = True

    def _close_brackets(self) -> None:
        if self._brackets:
            opened = self._brackets[0][0]
            if not self._line.is_broken:
                self._findings.error("J115", opened.span, found=opened.text)
            self._line.is_broken = True
            self._brackets.clear()
