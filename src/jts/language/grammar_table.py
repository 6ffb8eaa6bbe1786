"""The parse table of grammar.lark: built once with Lark when the grammar changes, read as plain data at run
time.

Building an LALR table takes half a second, which a person waiting for `jts check` would feel at every start;
the table is therefore kept beside the grammar as JSON, and a test refuses a table which is not the grammar's.
`python -m jts.language.grammar_table` writes it anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
GRAMMAR = FOLDER / "grammar.lark"
TABLE = FOLDER / "grammar_table.json"
STARTS = ("heading", "item")
END = "$END"


@dataclass(frozen=True, slots=True)
class Rule:
    """One production: what it makes, from how many symbols, and which of them are kept.

    `keep` holds a pair (position, is_inlined) per kept child; `is_passed` says that a single child passes
    through.
    """

    origin: str
    name: str
    length: int
    keep: tuple[tuple[int, bool], ...]
    is_passed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Everything the lexer and the parser need. `actions[state][symbol]`: n >= 0 shifts to state n, -r-1
    reduces by rule r."""

    scanner: re.Pattern[str]
    words: dict[str, str]
    ignored: frozenset[str]
    rules: tuple[Rule, ...]
    actions: tuple[dict[str, int], ...]
    start_states: dict[str, int]
    end_states: dict[str, int]


@lru_cache(maxsize=1)
def table() -> Table:
    """The table as kept on disk. Errors: OSError if the installation is incomplete."""
    data = json.loads(TABLE.read_text(encoding="utf-8"))
    symbols: list[str] = data["symbols"]
    rows = [dict(zip((symbols[s] for s in row[::2]), row[1::2], strict=True)) for row in data["rows"]]
    return Table(
        scanner=re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in data["terminals"])),
        words=data["words"],
        ignored=frozenset(data["ignored"]),
        rules=tuple(
            Rule(origin, name, length, tuple((at, bool(inline)) for at, inline in keep), bool(passed))
            for origin, name, length, keep, passed in data["rules"]
        ),
        actions=tuple(rows[index] for index in data["states"]),
        start_states=data["starts"],
        end_states=data["ends"],
    )


def build(grammar: str) -> dict[str, Any]:
    """The table of a grammar text as JSON data. Errors: lark.GrammarError for a grammar that is not
    LALR(1).
    """
    from lark import Lark
    from lark.lexer import BasicLexer
    from lark.parsers.lalr_analysis import Shift

    made = Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=False)
    parser: Any = made.parser
    states: Any = parser.parser._parse_table
    reductions = {a[1] for row in states.states.values() for a in row.values() if a[0] is not Shift}
    rules: list[Any] = sorted(reductions, key=str)
    numbers = {rule: number for number, rule in enumerate(rules)}
    symbols = sorted({symbol for row in states.states.values() for symbol in row})
    places = {symbol: place for place, symbol in enumerate(symbols)}
    order = _in_reading_order(states, Shift)
    renumbered = {state: number for number, state in enumerate(order)}
    rows: dict[tuple[int, ...], int] = {}
    state_rows: list[int] = []
    for state in order:
        row: list[int] = []
        for symbol, (action, target) in sorted(states.states[state].items()):
            row += [places[symbol], renumbered[target] if action is Shift else -numbers[target] - 1]
        state_rows.append(rows.setdefault(tuple(row), len(rows)))
    terminals = BasicLexer(parser.lexer_conf).terminals
    words = {
        t.pattern.value: t.name for t in terminals if t.pattern.type == "str" and _is_word(t.pattern.value)
    }
    return {
        "terminals": [[t.name, t.pattern.to_regexp()] for t in terminals if t.name not in words.values()],
        "words": dict(sorted(words.items())),
        "ignored": sorted(parser.lexer_conf.ignore),
        "symbols": symbols,
        "rules": [_rule(rule) for rule in rules],
        "rows": [list(row) for row in rows],
        "states": state_rows,
        "starts": {start: renumbered[states.start_states[start]] for start in STARTS},
        "ends": {start: renumbered[states.end_states[start]] for start in STARTS},
    }


def write() -> None:
    """Builds the table from the grammar beside it and keeps it as JSON, one line per part."""
    data = build(GRAMMAR.read_text(encoding="utf-8"))
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in data.items()
    ]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _in_reading_order(states: Any, shift: Any) -> list[int]:
    """State numbers as a walk from the starts meets them, so that the same grammar always gives the same
    file.
    """
    found = [states.start_states[start] for start in STARTS]
    seen = set(found)
    for state in found:
        for _, (action, target) in sorted(states.states[state].items()):
            if action is shift and target not in seen:
                seen.add(target)
                found.append(target)
    return found


def _is_word(text: str) -> bool:
    return text[0].isalpha()


def _rule(rule: Any) -> list[Any]:
    keep = [
        [place, int(not symbol.is_term and symbol.name.startswith("_"))]
        for place, symbol in enumerate(rule.expansion)
        if rule.options.keep_all_tokens or not (symbol.is_term and symbol.filter_out)
    ]
    origin = str(rule.origin.name)
    passed = bool(rule.options.expand1) and rule.alias is None
    return [origin, str(rule.alias or origin), len(rule.expansion), keep, int(passed)]


if __name__ == "__main__":
    write()
