"""Strategies as the API says them: runs, decisions with their reasons, and the checker's findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import StringConstraints

from jts.contracts.strategy import Decision, DiagnosticView, RunState, RunView
from jts.gateway.forms.form import Form, RunWord, Word, told, when
from jts.gateway.instants import iso

TEXT_LENGTH_MAX = 262_144
_TEXT = "strategy Cross:\n    on KRX:005930 1d\n"

ProgramText = Annotated[str, StringConstraints(max_length=TEXT_LENGTH_MAX)]


class DecisionForm(Form):
    """What a program made of one instant."""

    run: str = told("The strategy run.", "average-cross")
    sequence: int = told("Its place among the run's decisions.", 41)
    bar_open_at: str = when("The bar it was about, by its opening.")
    at: str = when("When it was decided.")
    outcome: str = told("ordered, refused, declined or quiet.", "ordered")
    rule: str = told("The source line that decided.", "buy when fast crosses above slow")
    because: str = told("The reason in words.", "fast 71250 crossed above slow 71180")
    values: dict[str, str] = told("The operands of the rule.", {"fast": "71250", "slow": "71180"})
    orders: list[str] = told("The orders it led to.", ["avg-00041"])

    @staticmethod
    def of(decision: Decision) -> DecisionForm:
        return DecisionForm(
            run=decision.run,
            sequence=decision.sequence,
            bar_open_at=iso(decision.bar_open_ns),
            at=iso(decision.at_ns),
            outcome=decision.outcome,
            rule=decision.rule,
            because=decision.because,
            values=decision.values,
            orders=list(decision.orders),
        )


class DecisionsForm(Form):
    """Decisions, newest first."""

    decisions: list[DecisionForm] = told("The decisions.", [])


class StrategyForm(Form):
    """One strategy at work on one account."""

    run: str = told("The owner's name for it.", "average-cross")
    name: str = told("The program's own name.", "Cross")
    account: str = told("The account it trades.", "paper")
    instrument: str = told("VENUE:CODE.", "KRX:005930")
    timeframe: str = told("The length of its bars.", "1d")
    state: RunState = told("warming, running, stopped or failed.", "running")
    message: str = told("What there is to say of the state.", "")
    plan: str = told("The hash of its plan.", "9f2c")
    text: str = told("The whole program.", _TEXT)
    parameters: dict[str, str] = told("Parameters as they were given.", {"fast": "5"})
    started_at: str = when("When it was started.")
    bars_seen: int = told("Finished bars it has seen.", 120)
    bars_needed: int = told("Finished bars it needs before it can decide.", 20)
    quantity: str = told("What it holds.", "10")
    realised: str = told("Its realised profit, with currency.", "12000 KRW")
    last_decision: DecisionForm | None = told("What it decided last.", None)

    @staticmethod
    def of(view: RunView) -> StrategyForm:
        return StrategyForm(
            run=view.run,
            name=view.name,
            account=view.account,
            instrument=view.instrument,
            timeframe=view.timeframe.text,
            state=view.state,
            message=view.message,
            plan=view.plan,
            text=view.text,
            parameters=view.parameters,
            started_at=iso(view.started_ns),
            bars_seen=view.bars_seen,
            bars_needed=view.bars_needed,
            quantity=view.quantity,
            realised=view.realised,
            last_decision=None if view.last_decision is None else DecisionForm.of(view.last_decision),
        )


class StrategiesForm(Form):
    """Every run."""

    strategies: list[StrategyForm] = told("The runs.", [])


class DiagnosticForm(Form):
    """One finding of the checker."""

    code: str = told("Its code; the documentation explains each.", "J202")
    severity: str = told("error or warning.", "error")
    line: int = told("From 1.", 4)
    column: int = told("From 1.", 9)
    end_line: int = told("From 1.", 4)
    end_column: int = told("From 1, exclusive.", 15)
    message: str = told("What was expected and what was found.", "expected a price, found a ratio")
    excerpt: str = told("The source at that place.", "    buy at 5%")
    hint: str = told("How to mend it.", "write `close - 5%`")

    @staticmethod
    def of(found: DiagnosticView) -> DiagnosticForm:
        return DiagnosticForm(
            code=found.code,
            severity=found.severity,
            line=found.line,
            column=found.column,
            end_line=found.end_line,
            end_column=found.end_column,
            message=found.message,
            excerpt=found.excerpt,
            hint=found.hint,
        )


class CheckRequest(Form):
    """A program to check."""

    text: ProgramText = told("The whole program.", _TEXT)


class CheckForm(Form):
    """What the checker found. `ok`: it may run (there may be warnings)."""

    ok: bool = told("Whether the program may run.", True)
    diagnostics: list[DiagnosticForm] = told("The findings.", [])

    @staticmethod
    def of(found: Sequence[DiagnosticView]) -> CheckForm:
        return CheckForm(
            ok=not any(one.severity == "error" for one in found),
            diagnostics=[DiagnosticForm.of(one) for one in found],
        )


class StartRequest(Form):
    """Run this program on this account."""

    run: RunWord = told("Your name for this run.", "average-cross")
    account: Word = told("The account it may trade.", "paper")
    text: ProgramText = told("The whole program.", _TEXT)
    parameters: dict[RunWord, Word] = told(
        "Values for its parameters.", {"fast": "5"}, default={}, max_length=64
    )


class StopRequest(Form):
    """How to stop."""

    flatten: bool = told("Close its position too.", False, default=False, strict=True)
