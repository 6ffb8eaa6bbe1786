"""The grammar, its table, and what stands between text and syntax."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import pytest
from lark import Lark
from lark import logger as lark_log

from jts.language.diagnostics import Findings
from jts.language.grammar_table import GRAMMAR, TABLE, build
from jts.language.layout import aliases
from jts.language.parse import parse
from jts.language.plan import Span
from jts.language.syntax import Let, OrderStatement, Program
from tests.language.pages import SHARED_EXAMPLES

EXAMPLES = sorted(SHARED_EXAMPLES.glob("*.jts"))
EXAMPLES_OF_THE_DESIGN = 35
HEADING = 'strategy "Parsed" version 1\ntrade KRX:005930 on 1d\n'


@pytest.fixture(scope="module")
def examples() -> list[Path]:
    if not EXAMPLES:
        pytest.skip(
            f"NOT RUN: the design's example programs are not at {SHARED_EXAMPLES.name}/ beside this folder"
        )
    return EXAMPLES


def parsed(text: str) -> tuple[Program, list[str]]:
    findings = Findings()
    program = parse(text, findings)
    return program, [one.code for one in findings.all()]


def test_every_program_of_the_design_parses(examples: list[Path]) -> None:
    found = {file.name: parsed(file.read_text(encoding="utf-8")) for file in examples}

    assert len(found) == EXAMPLES_OF_THE_DESIGN
    assert {name: codes for name, (_, codes) in found.items() if codes} == {}
    assert all(program.heading is not None and program.items for program, _ in found.values())


def test_the_kept_table_is_the_table_of_the_grammar() -> None:
    kept = json.loads(TABLE.read_text(encoding="utf-8"))

    made = json.loads(json.dumps(build(GRAMMAR.read_text(encoding="utf-8"))))

    assert made == kept, "the grammar has changed: run `python -m jts.language.grammar_table`"


def test_the_grammar_has_no_conflict(caplog: pytest.LogCaptureFixture) -> None:
    lark_log.setLevel(logging.DEBUG)

    with caplog.at_level(logging.DEBUG, logger=lark_log.name):
        Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="basic", debug=True)

    assert [record.message for record in caplog.records if "conflict" in record.message.lower()] == []


def test_places_count_from_one_and_end_after_the_last_letter() -> None:
    program, _ = parsed(HEADING + "let fast = sma(close, 5)\n")

    let = program.items[-1]
    assert isinstance(let, Let)
    assert let.name.span == Span(3, 5, 3, 9)
    assert let.value.span == Span(3, 12, 3, 25)


def test_one_bad_line_leaves_the_others_readable() -> None:
    program, codes = parsed(HEADING + "buy when close >\nsell when close < open\nbuy when (close\n")

    assert codes == ["J100", "J115"]
    assert [item.verb for item in program.items if isinstance(item, OrderStatement)] == ["sell"]


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    text = HEADING + "at close:\n  buy when close > open # why\n\n  sell when close < open\n"

    plain, windows = parsed(text), parsed("\ufeff" + text.replace("\n", "\r\n"))

    assert plain == windows
    assert plain[1] == []


def test_composed_and_decomposed_korean_are_the_same_words() -> None:
    import unicodedata

    text = '전략 "한글" 버전 1\n매매 KRX:005930 주기 1d\n매수 조건 종가 > 시가\n'

    composed, decomposed = parsed(text), parsed(unicodedata.normalize("NFD", text))

    assert composed[1] == decomposed[1] == []
    assert composed[0].items == decomposed[0].items


@pytest.mark.parametrize("written", ["손절", "손절 at", "손절 에서"])
def test_a_korean_stop_reads_with_and_without_its_preposition(written: str) -> None:
    program, codes = parsed(HEADING + f"매수 조건 종가 > 시가\n  {written} 진입가 - 3%\n")

    assert codes == []
    assert isinstance(program.items[-1], OrderStatement)
    assert [clause.kind for clause in program.items[-1].clauses] == ["stop"]


def test_every_korean_word_stands_for_words_of_the_language() -> None:
    from jts.language.check_names import AMOUNT_UNITS, LATER_VALUES, VALUE_NAMES, function_names
    from jts.language.grammar_table import table

    keywords, names = aliases()

    stands_for = {word.rstrip("?") for words in keywords.values() for word in words}
    assert stands_for - table().words.keys() == {"day"}, "as in `good for day`, which is a name"
    known = {*VALUE_NAMES, *function_names(), *AMOUNT_UNITS, *LATER_VALUES}
    assert set(names.values()) <= known
    assert not keywords.keys() & names.keys()


S = HEADING
HOSTILE = {
    "ten million letters": "a" * 10_000_000,
    "ten million lines": "\n" * 10_000_000,
    "ten million characters of a program": (S + "buy when close > open\n" * 500_000)[:10_000_000],
    "a hundred thousand brackets": S + "buy when " + "(" * 100_000 + "\n",
    "brackets that close again": S + "buy when " + "(" * 45_000 + "close" + ")" * 45_000 + " > 1\n",
    "not not not": S + "buy when " + "not " * 24_000 + "holding\n",
    "minus minus": S + "buy when " + "-" * 95_000 + "close > 1\n",
    "a sum of ten thousand": S + "buy when " + "close + " * 12_000 + "close > 1 KRW\n",
    "and and and": S + "buy when " + "holding and " * 8_000 + "holding\n",
    "a chain of comparisons": S + "buy when " + "close < " * 12_000 + "open\n",
    "offsets of offsets": S + "buy when close" + "[1]" * 30_000 + " > open\n",
    "calls in calls": S + "buy when " + "abs(" * 24_000 + "close\n",
    "blocks in blocks": S + "at close:\n" + "".join("  " * (i + 1) + "if holding:\n" for i in range(300)),
    "nine hundred branches": S + "at close:\n  if holding:\n    buy\n" + "  elif flat:\n    sell\n" * 900,
    "a very long number": S + "buy size " + "9" * 90_000 + " shares when holding\n",
    "a very large exponent": S + "buy size 1e999999999 shares when holding\n",
    "a very small exponent": S + "buy size 1e-999999999 shares when holding\n",
    "towers of powers": S + "buy when 9^9^9^9^9^9 > 1\n",
    "a null character": S + "buy when \x00close > open\n",
    "a change of direction in a comment": S + "# \u202e\nbuy when close > open\n",
    "a lone surrogate": S + "# \ud800\n",
    "old line ends": S.replace("\n", "\r"),
    "nothing but strange characters": S + "§ ¶ " * 20_000 + "\n",
    "quotes": S + '"' * 90_000 + "\n",
    "doubling through let": S
    + "let a0 = close\n"
    + "".join(f"let a{i} = a{i - 1} + a{i - 1}\n" for i in range(1, 1500))
    + "buy when a1499 > 0\n",
    "doubling through fn": S
    + "fn f0(x) = x\n"
    + "".join(f"fn f{i}(x) = f{i - 1}(x) + f{i - 1}(x)\n" for i in range(1, 1500))
    + "buy when f1499(close) > 0\n",
    "a list of thousands": S + "param p = 1 in [" + ",".join(["1"] * 40_000) + "]\nbuy when close > p\n",
    "arguments by the thousand": S + "buy when max(" + ",".join(["close"] * 14_000) + ") > open\n",
    "a name of fifty thousand letters": S + "buy when " + "a" * 50_000 + " > close\n",
}
PATIENCE_S = 1.0
LONGEST = {
    "a list of thousands",
    "minus minus",
    "arguments by the thousand",
    "brackets that close again",
    "offsets of offsets",
    "doubling through fn",
    "and and and",
    "a chain of comparisons",
    "calls in calls",
    "doubling through let",
    "quotes",
    "not not not",
}
"""Each takes a tenth of a second and more; together they are most of what reading costs the fast tests."""
ALLOWANCE = 4  # a busy machine: the promise is a second on a quiet one
MEMORY_MAX_BYTES = 64 * 2**20


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in LONGEST else []) for name in HOSTILE],
)
def test_a_hostile_text_is_refused_quickly_and_by_name(name: str) -> None:
    from jts.language.check import check

    began = time.thread_time()
    checked = check(HOSTILE[name])
    took = time.thread_time() - began

    assert checked.plan is None
    assert checked.diagnostics
    assert took < PATIENCE_S * ALLOWANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_needs_little_memory(name: str) -> None:
    import tracemalloc

    from jts.language.check import check

    check(S)
    text = HOSTILE[name]
    tracemalloc.start()
    check(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < MEMORY_MAX_BYTES
