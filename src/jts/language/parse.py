"""From text to syntax: each line of the top level is parsed by itself, so that one mistake does not hide the
others.

The parser is a table-driven LALR(1) machine without recursion; what it makes is written in `build.py`, what
it says when it cannot go on is at the end of this file.
"""

from __future__ import annotations

import re
from typing import Any

from jts.language import syntax as s
from jts.language.build import BUILD, Refused
from jts.language.diagnostics import Findings
from jts.language.grammar_table import END, Table, table
from jts.language.layout import LINE_WORDS, Line, Token, lines, readable
from jts.language.plan import Span

NESTED_MAX = 64
"""How deep an expression may nest. Deeper ones are refused, so that no reader of a tree runs out of stack."""

_NESTING = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "divide",
        "power",
        "minus",
        "negate",
        "all_of",
        "any_of",
        "compare",
        "crosses",
        "member",
        "choice",
        "of",
        "on_timeframe",
        "back",
        "field",
        "call",
        "list",
        "set_literal",
        "comprehension",
        "named",
        "since",
        "range",
        "pick_best",
        "pick_those",
        "if_block",
        "for_block",
        "together",
        "either",
    ]
)
_CHAINS = frozenset(("all_of", "any_of", "compare"))  # each further part nests one deeper in the plan
_LAYOUT = frozenset(("_NL", "_INDENT", "_DEDENT", END))


def parse(text: str, findings: Findings) -> s.Program:
    """The program as written. Lines that cannot be read are left out and reported in `findings`."""
    clean = readable(text, findings)
    if clean is None:
        return s.Program(None, ())
    heading: s.Heading | None = None
    items: list[s.Item] = []
    found = lines(clean, findings)
    if not found or not (found[0].is_broken or found[0].tokens[0].kind in ("STRATEGY", "SCAN", "LIBRARY")):
        at = found[0].tokens[0] if found else Token("_NL", "", Span(1, 1, 1, 2))
        findings.error("J117", at.span, found=_shown(at) if found else "nothing")
    for line in found:
        if line.is_broken:
            continue
        is_heading = line.tokens[0].kind in ("STRATEGY", "SCAN", "LIBRARY")
        try:
            made = _run(table(), line, "heading" if is_heading else "item")
        except _Unexpected as stop:
            _explain(stop, line, findings)
        except Refused as refused:
            findings.error(refused.code, refused.span, hint="", **refused.fields)
        else:
            if not isinstance(made, s.Heading):
                items.append(made)
            elif heading is None:
                heading = made
            else:
                findings.error("J118", made.span, found=made.kind)
    return s.Program(heading, tuple(items))


class _Unexpected(Exception):
    """The grammar has no place for the token at `place`."""

    def __init__(self, place: int, expected: frozenset[str]) -> None:
        super().__init__(place)
        self.place, self.expected = place, expected


def _run(known: Table, line: Line, start: str) -> Any:
    tokens = [*line.tokens, Token(END, "", line.tokens[-1].span)]
    states = [known.start_states[start]]
    values: list[Any] = []
    spans: list[Span | None] = []
    depths: list[int] = []
    for place, token in enumerate(tokens):
        while True:
            if token.kind == END and states[-1] == known.end_states[start]:
                return values[-1]
            row = known.actions[states[-1]]
            action = row.get(token.kind)
            if action is None:
                raise _Unexpected(place, frozenset(row))
            if action >= 0:
                states.append(action)
                values.append(token)
                spans.append(None if token.kind in _LAYOUT else token.span)
                depths.append(0)
                break
            rule = known.rules[-action - 1]
            first = len(values) - rule.length
            span = _over(spans[first:])
            depth = max(depths[first:])
            children: list[Any] = []
            for at, is_inlined in rule.keep:
                kept = values[first + at]
                if is_inlined and not children:
                    children = kept  # its owner is gone from the stack: a long list grows in place
                elif is_inlined:
                    children += kept
                else:
                    children.append(kept)
            made: Any
            if rule.origin.startswith("_"):
                made = children
            elif rule.is_passed and len(children) == 1:
                made = children[0]
            else:
                depth += len(children) - 1 if rule.name in _CHAINS else rule.name in _NESTING
                if depth > NESTED_MAX:
                    raise Refused("J508", span or token.span, limit=NESTED_MAX)
                made = BUILD[rule.name](children, span or token.span)
            del states[len(states) - rule.length :], values[first:], spans[first:], depths[first:]
            states.append(known.actions[states[-1]][rule.origin])
            values.append(made)
            spans.append(span)
            depths.append(depth)
    raise AssertionError("the end of a line is always accepted or refused")


def _over(spans: list[Span | None]) -> Span | None:
    there = [span for span in spans if span is not None]
    if not there:
        return None
    return Span(there[0].line, there[0].column, there[-1].end_line, there[-1].end_column)


# ---- what to say when the grammar has no place for a word ----

_DECLARING = frozenset(("LET", "PARAM", "STATE", "FN", "INDICATOR", "RULES", "UNIVERSE", "AS", "SET"))
_BETTER_NAMES = {
    "stop": "stop_price",
    "limit": "limit_price",
    "target": "target_price",
    "open": "open_price",
    "close": "close_price",
    "size": "order_size",
}
_GROUP = re.compile(r"^\d{3}$")
_VALUES = frozenset(("NUMBER", "NAME", "MONEY", "PERCENT"))
_WORDED = {
    "EQUAL": "`=`",
    "COLON": "`:`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "STRING": "a text in quotes",
}


def _explain(stop: _Unexpected, line: Line, findings: Findings) -> None:
    tokens = line.tokens
    token = tokens[min(stop.place, len(tokens) - 1)]
    before = tokens[stop.place - 1] if stop.place else None
    earlier = {other.kind for other in tokens[: stop.place] if other.span.line == token.span.line}
    if token.kind in ("AND", "OR") and {"AND", "OR"} - {token.kind} <= earlier:
        findings.error("J101", token.span)
    elif before is not None and before.kind in _DECLARING and token.text and token.text[0].isalpha():
        better = _BETTER_NAMES.get(token.text, f"my_{token.text}")
        findings.error("J106", token.span, found=token.text, better=better)
    elif _is_grouped(tokens, stop.place):
        grouped = f"{tokens[stop.place - 1].text},{tokens[stop.place + 1].text}"
        at = tokens[stop.place - 1].span
        findings.error("J103", at, found=grouped, plain=grouped.replace(",", "_"))
    elif before is not None and before.kind == "COLON" and token.kind not in _LAYOUT:
        findings.error("J105", token.span, found=_shown(token))
    elif token.kind == "EQUAL" and "COMPARE" in stop.expected:
        findings.error("J109", token.span)
    elif token.kind == "LSQB" and before is not None and before.kind == "SYMBOL":
        findings.error("J111", before.span, found=before.text)
    else:
        findings.error("J100", _at(token, before), expected=_expected(stop.expected), found=_shown(token))


def _is_grouped(tokens: list[Token], place: int) -> bool:
    if not 0 < place < len(tokens) - 1 or tokens[place].kind != "COMMA":
        return False
    return tokens[place - 1].kind == "NUMBER" and bool(_GROUP.match(tokens[place + 1].text[:3]))


def _at(token: Token, before: Token | None) -> Span:
    """The place of a token; for the end of a line, just after its last word."""
    if token.kind in _LAYOUT and before is not None and before.kind not in _LAYOUT:
        end = before.span
        return Span(end.end_line, end.end_column, end.end_line, end.end_column + 1)
    return token.span


def _shown(token: Token) -> str:
    if token.kind == "_INDENT":
        return "an indented line"
    if token.kind == "_DEDENT":
        return "a line that is not indented"
    return "the end of the line" if token.kind in _LAYOUT else f"`{token.text}`"


def _expected(kinds: frozenset[str]) -> str:
    """Up to six things in words: values first, then marks, then words of the language."""
    words = {kind: word for word, kind in table().words.items()}
    if "NUMBER" in kinds and "LPAR" in kinds:
        return "a value"
    said = [worded for kind, worded in _WORDED.items() if kind in kinds]
    if "NAME" in kinds:
        said.insert(0, "a name")
    if "_INDENT" in kinds:
        said.insert(0, "indented lines")
    if kinds & {END, "_DEDENT"}:
        said.append("a line that is not indented further")
    if "_NL" in kinds:
        said.append("the end of the line")
    said += sorted(f"`{words[kind]}`" for kind in kinds if kind in words and words[kind] not in LINE_WORDS)
    shown = said[:6] or ["something else"]
    return ", ".join(shown[:-1]) + (" or " if len(shown) > 1 else "") + shown[-1]
