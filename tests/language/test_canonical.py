"""The hash of a plan: the same for everything that trades alike, another for anything that does not."""

from __future__ import annotations

import pytest

from jts.language.check import check
from jts.language.plan import Plan

PROGRAM = """\
strategy "Breakout" version 1
trade BINANCE:BTCUSDT on 1d
cash 10,000 USDT
param k = 0.5 in 0.3..0.9 step 0.1
let reach = k * (high[1] - low[1])
state runs = 0
set runs = if close > open then runs + 1 else 0
exit at open
at open when close[1] > sma(close, 10)[1] and runs < 5:
  buy stop at open + reach size 50% of cash
    good for day
    stop at entry - 3%
    target at entry + 6% exit half
    exit after 4 bars
"""


def plan_of(text: str) -> Plan:
    checked = check(text)
    assert checked.plan is not None, [one.message for one in checked.diagnostics]
    return checked.plan


def changed(*pairs: tuple[str, str]) -> str:
    text = PROGRAM
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


ALIKE = {
    "another name for a let": changed(("reach", "distance")),
    "another name for a state": changed(("runs", "days_up")),
    "a value written out instead of named": changed(
        ("let reach = k * (high[1] - low[1])\n", ""), ("open + reach", "open + k * (high[1] - low[1])")
    ),
    "comments and blank lines": changed(("exit at open\n", "# leave\n\nexit at open  # always\n\n")),
    "spaces": changed(("k * (high[1] - low[1])", "k*( high[1]-low[1] )")),
    "lines inside brackets": changed(("(high[1] - low[1])", "(\n  high[1]\n  - low[1]\n)")),
    "another name and version of the program": changed(('"Breakout" version 1', '"Renamed" version 7')),
    "parts of an order in another order": changed(
        ("buy stop at open + reach size 50% of cash", "buy size 50% of cash stop at open + reach")
    ),
    "a constant written in another way": changed(
        ("50% of cash", "50.0% of cash"), ("10,000 USDT", "10_000 USDT")
    ),
    "a reason": changed(("    good for day\n", '    good for day\n    because "it runs"\n')),
    "Korean words": changed(
        ("strategy", "전략"),
        ("version", "버전"),
        ("trade", "매매"),
        (" on 1d", " 주기 1d"),
        ("sma(", "이평("),
        ("buy stop at open", "매수 역지정가 시가"),
        ("high[1]", "고가[1]"),
        ("    stop at entry", "    손절 진입가"),
        ("    good for day", "    당일유효"),
    ),
}

DIFFERENT = {
    "the default of a parameter": changed(("k = 0.5", "k = 0.6")),
    "the range of a parameter": changed(("0.3..0.9", "0.3..0.8")),
    "the step of a parameter": changed(("step 0.1", "step 0.2")),
    "a length": changed(("sma(close, 10)", "sma(close, 11)")),
    "an offset": changed(("high[1]", "high[2]")),
    "a percentage": changed(("entry - 3%", "entry - 3.1%")),
    "a fraction": changed(("exit half", "exit 49%")),
    "a size": changed(("50% of cash", "50% of equity")),
    "a time": changed(("after 4 bars", "after 5 bars")),
    "a comparison": changed(("close > open", "close >= open")),
    "the validity": changed(("good for day", "good for 1 bars")),
    "the kind of an order": changed(("buy stop at", "buy limit at")),
    "the order of rules": changed(
        ("exit at open\n", ""), ("    exit after 4 bars\n", "    exit after 4 bars\nexit at open\n")
    ),
    "a rule less": changed(("exit at open\n", "")),
    "the view": changed(("at open when", "at close when")),
    "the symbol": changed(("BTCUSDT", "ETHUSDT")),
    "the timeframe": changed((" on 1d", " on 4h")),
    "the cash": changed(("10,000 USDT", "10,001 USDT")),
    "the initial value of a state": changed(("runs = 0\n", "runs = 1\n")),
    "a reset": changed(("runs = 0\n", "runs = 0 resets each month\n")),
    "a cost": changed(("cash 10,000 USDT\n", "cash 10,000 USDT\ncosts fee 0.1%\n")),
    "units": changed(("cash 10,000 USDT\n", "cash 10,000 USDT\nlimit units 2\n")),
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_trades_alike_has_one_hash(name: str) -> None:
    assert ALIKE[name] != PROGRAM

    assert plan_of(ALIKE[name]).hash == plan_of(PROGRAM).hash


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_trades_otherwise_has_another_hash(name: str) -> None:
    assert plan_of(DIFFERENT[name]).hash != plan_of(PROGRAM).hash


def test_all_different_programs_differ_from_each_other() -> None:
    hashes = {name: plan_of(text).hash for name, text in DIFFERENT.items()}

    assert len(set(hashes.values())) == len(DIFFERENT)


def test_a_hash_is_64_hexadecimal_digits_and_stays() -> None:
    first, second = plan_of(PROGRAM).hash, plan_of(PROGRAM).hash

    assert first == second
    assert len(first) == 64
    assert int(first, 16) > 0
