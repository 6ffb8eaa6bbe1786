"""Whatever is written, the answer is a plan or a diagnostic, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jts.language.check import Checked, check
from jts.language.grammar_table import table
from jts.language.layout import aliases
from tests.language.pages import REPOSITORY
from tests.language.test_cases import ALL_CASES

NAMES = [
    "close",
    "high",
    "low",
    "open",
    "volume",
    "sma",
    "ema",
    "rsi",
    "atr",
    "highest",
    "entry",
    "cash",
    "equity",
    "holding",
    "flat",
    "quantity",
    "undefined",
    "k",
    "price",
    "profit",
    "bars_since_entry",
    "max",
    "default",
    "true",
]
MARKS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "..",
    ":",
    "=",
    "==",
    "<",
    ">",
    "<=",
    "+",
    "-",
    "*",
    "/",
    "^",
    "#",
    "->",
    "1",
    "20",
    "0.5",
    "5%",
    "2%p",
    "3",
    "1e9",
    "-1",
]
LITERALS = (
    "10,000 KRW",
    "100만원",
    "1d",
    "5m",
    "09:30",
    "2026-01-02",
    '"text"',
    "KRX:005930",
    "1st",
    "\n",
    "\n  ",
)
WORDS = sorted({*table().words, *aliases()[0], *NAMES, *MARKS, *LITERALS})
HEADING = 'strategy "Chance" version 1\ntrade KRX:005930 on 1d\ncash 10,000,000 KRW\n'
EXAMPLES = [file.read_text(encoding="utf-8") for file in sorted((REPOSITORY / "examples").glob("*.jts"))]
SEEDS = [*EXAMPLES, *(case.before + case.program for case in ALL_CASES)]
QUICK = settings(suppress_health_check=[HealthCheck.too_slow])
LONG = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sound(checked: Checked) -> None:
    """What is true of every answer."""
    has_errors = any(one.severity == "error" for one in checked.diagnostics)
    assert (checked.plan is None) == has_errors
    for one in checked.diagnostics:
        assert one.span.line >= 1 and one.span.column >= 1
        assert one.message and one.message_in("ko")
        assert one.to_dict()["code"] == one.code


texts = st.text(max_size=200)
sentences = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A program with a few tokens taken out, doubled, exchanged or put in."""
    pieces = draw(st.sampled_from(SEEDS)).split(" ")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(pieces) - 1))
        match draw(st.sampled_from(["drop", "double", "word", "letter"])):
            case "drop" if len(pieces) > 1:
                pieces.pop(at)
            case "double":
                pieces.insert(at, pieces[at])
            case "word":
                pieces[at] = draw(st.sampled_from(WORDS))
            case _:
                pieces[at] += draw(st.characters())
    return " ".join(pieces)


@QUICK
@given(texts)
def test_any_text_is_answered(text: str) -> None:
    sound(check(text))


@QUICK
@given(sentences)
def test_any_sentence_of_the_languages_words_is_answered(text: str) -> None:
    sound(check(HEADING + text))


@QUICK
@given(mutations())
def test_any_program_with_mistakes_is_answered(text: str) -> None:
    sound(check(text))


@pytest.mark.slow
@LONG
@given(sentences)
def test_very_many_sentences_are_answered(text: str) -> None:
    sound(check(HEADING + "buy when " + text))


@pytest.mark.slow
@LONG
@given(mutations())
def test_very_many_programs_with_mistakes_are_answered(text: str) -> None:
    sound(check(text))
