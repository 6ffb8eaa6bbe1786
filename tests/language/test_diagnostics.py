"""How a finding is shown, and what programs are told."""

from __future__ import annotations

import json
from decimal import Decimal

from jts.language.check import check
from jts.language.diagnostics import FINDINGS_MAX, did_you_mean, render
from jts.language.warm_up import largest_values, warm_up_bars

HEADING = 'strategy "Shown" version 1\ntrade KRX:005930 on 1d\n'


def test_a_finding_shows_its_line_with_a_caret_under_the_word() -> None:
    text = HEADING + "at open:\n  buy when close > open\n"

    (found,) = check(text).diagnostics

    assert (found.span.line, found.span.column, found.span.end_column) == (4, 12, 17)
    assert found.excerpt == "  buy when close > open\n           ^^^^^"
    assert found.hint == "close[1]"


def test_a_caret_after_korean_letters_stands_under_its_word() -> None:
    (found,) = check(HEADING + "매수 조건 종기 > 시가\n").diagnostics

    line, caret = found.excerpt.split("\n")
    assert line == "매수 조건 종기 > 시가"
    assert caret == " " * 10 + "^^^^"


def test_a_long_line_is_shown_around_the_place() -> None:
    text = HEADING + "buy when " + "close > open and " * 20 + "clsoe > open\n"

    (found,) = check(text).diagnostics

    line, caret = found.excerpt.split("\n")
    assert len(line) <= 100
    assert line[caret.index("^") :].startswith("clsoe")


def test_a_terminal_shows_file_line_code_message_and_page() -> None:
    text = HEADING + "buy when clsoe > open\n"

    shown = render(check(text, file="try.jts").diagnostics, text, "try.jts", "en")

    assert shown.split("\n") == [
        "try.jts:3:10: error J241",
        "  a known name is expected; found `clsoe`; did you mean `close`?",
        "    buy when clsoe > open",
        "             ^^^^^",
        "  → close",
        "  docs/language/diagnostics/J241.md",
    ]


def test_a_korean_reader_reads_korean() -> None:
    text = HEADING + "at open:\n  buy when close > open\n"

    shown = render(check(text).diagnostics, text, "", "ko")

    assert "오류 J202" in shown
    assert "이 판단은 봉의 시가에 함; `close` 발견, 종가에야 알 수 있음; `close[1]`로 쓰세요" in shown


def test_programs_get_plain_json() -> None:
    (found,) = check(HEADING + "buy when clsoe > open\n").diagnostics

    told = json.loads(json.dumps(found.to_dict(), ensure_ascii=False))

    assert told["code"] == "J241"
    assert told["severity"] == "error"
    assert (told["line"], told["column"], told["end_column"]) == (3, 10, 15)
    assert told["message_ko"].startswith("아는 이름이 필요함")


def test_a_warning_does_not_prevent_the_plan() -> None:
    checked = check(HEADING + "at open:\n  buy when open > close[1]\n")

    assert checked.plan is not None
    assert [(one.code, one.severity) for one in checked.diagnostics] == [("J311", "warning")]


def test_findings_have_a_limit_and_come_in_the_order_of_the_text() -> None:
    text = HEADING + "".join(f"buy when wrong{i} > close\n" for i in range(FINDINGS_MAX + 10))

    found = check(text).diagnostics

    assert len(found) == FINDINGS_MAX
    assert [one.span.line for one in found] == list(range(3, 3 + FINDINGS_MAX))


def test_only_a_near_name_is_suggested() -> None:
    known = ["close", "open", "volume"]

    assert did_you_mean("clsoe", known) == "close"
    assert did_you_mean("xyzzy", known) == ""


def test_warm_up_is_the_longest_chain_at_the_longest_parameters() -> None:
    text = (
        HEADING + "param n = 5 in 3..8\nbuy when sma(close, n)[2] > low and high crosses above sma(low, 4)\n"
    )

    plan = check(text).plan

    assert plan is not None
    assert largest_values(plan.parameters) == {"n": Decimal(8)}
    assert plan.warm_up_bars == 8 + 2
    assert warm_up_bars(plan.rules, {"n": Decimal(5)}) == 5 + 2
    assert warm_up_bars(plan.rules, {"n": Decimal(3)}) == 4 + 1


def test_korean_for_a_gap_is_korean_of_something_the_checker_says() -> None:
    (found,) = check(HEADING + "at 09:05:\n  buy when close > open\n").diagnostics

    assert found.message_in("ko").endswith("`at close:`나 `at open:`을 쓰세요")
