"""The platform as the API says it: health, status, notices, the head of the audit chain, problems."""

from __future__ import annotations

from pydantic import ConfigDict

from jts.contracts.notifications import Notice, Severity
from jts.gateway.forms.form import Form, told, when
from jts.gateway.forms.market import FeedForm
from jts.gateway.forms.portfolio import AccountForm
from jts.gateway.forms.risk import KillForm
from jts.gateway.forms.strategy import StrategyForm
from jts.gateway.instants import iso


class ComponentForm(Form):
    """One part of the platform."""

    state: str = told("ok, degraded, starting or down.", "ok")
    detail: str = told("What there is to say.", "")


class HealthForm(Form):
    """Whether the platform is well. Open to everyone, so it names no account and no figure."""

    status: str = told("ok, degraded or starting.", "ok")
    version: str = told("The version of JTS.", "0.1.0")
    profile: str = told("embedded or cluster.", "embedded")
    started_at: str = when("When it was started.")
    components: dict[str, ComponentForm] = told("Its parts.", {"store": {"state": "ok", "detail": ""}})


class StatusForm(Form):
    """What the platform is doing, in one look."""

    version: str = told("The version of JTS.", "0.1.0")
    profile: str = told("embedded or cluster.", "embedded")
    started_at: str = when("When it was started.")
    at: str = when("When this was written.")
    uptime_s: float = told("Seconds since it was started.", 61.5)
    accounts: list[AccountForm] = told("The accounts.", [])
    feeds: list[FeedForm] = told("The feeds.", [])
    strategies: list[StrategyForm] = told("The strategy runs.", [])
    orders_open: int = told("Orders that have not ended.", 2)
    orders_unknown: int = told("Orders of which the broker has not told us the truth yet.", 0)
    kill: KillForm = told("The kill switch.", {"engaged": False})
    home: str = told("Where the platform keeps its data; empty for those who may only read.", "~/.jts")


class NoticeForm(Form):
    """One thing a person should know."""

    id: str = told("Its id.", "m-19a4")
    at: str = when("When it was said.")
    severity: Severity = told(
        "critical wakes a person, warning is for the morning, info tells the story.", "info"
    )
    subject: str = told("A stable key.", "order_unknown")
    text: str = told("In words.", "the broker did not answer about order jts-5c1f")
    values: dict[str, str] = told("The figures in it.", {"order": "jts-5c1f"})

    @staticmethod
    def of(notice: Notice) -> NoticeForm:
        return NoticeForm(
            id=notice.provenance.id,
            at=iso(notice.provenance.at_ns),
            severity=notice.severity,
            subject=notice.subject,
            text=notice.text,
            values=notice.values,
        )


class NoticesForm(Form):
    """Notices, newest first."""

    notices: list[NoticeForm] = told("The notices.", [])


class AuditHeadForm(Form):
    """The newest entry of the audit chain: write it down elsewhere, and no past can be changed unseen."""

    sequence: int = told("How many facts there are.", 1204)
    hash: str = told("The hash over all of them.", "9f2c")
    at: str = when("When the newest was written.")


class ProblemField(Form):
    """What is wrong with one field."""

    field: str = told("The field.", "quantity")
    message: str = told("What was expected and what was found.", "expected more than 0, found -5")


class ProblemForm(Form):
    """Any answer that is not a yes (application/problem+json)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = told("A stable word.", "refused")
    title: str = told("The kind of problem.", "Risk refused the order")
    status: int = told("The HTTP status.", 422)
    detail: str = told("What was expected, what was found, the next step.", "expected at most ...")
    correlation_id: str = told("The log has the rest under this id.", "c-19a2")
    errors: list[ProblemField] = told("What is wrong with which field.", [], default=[])
    control: str | None = told("For a refusal: the control.", "max_order_value", default=None)
    limit: str | None = told("For a refusal: its limit.", "10,000,000 KRW", default=None)
    value: str | None = told("For a refusal: what broke it.", "12,400,000 KRW", default=None)
