"""Risk as the API says it: gauges and the kill switch."""

from __future__ import annotations

from pydantic import field_validator

from jts.contracts.risk import Gauge
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.gateway.exact import plain
from jts.gateway.forms.form import Form, Line, Word, told, when
from jts.gateway.instants import iso_or_none


class GaugeForm(Form):
    """One control as a person reads it. Texts carry their unit."""

    control: str = told("The control's stable name.", "max_position_value")
    account: str = told("The account it guards.", "paper")
    subject: str = told(
        "What it measures: an instrument, a currency, or empty for the account.", "KRX:005930"
    )
    limit: str = told("The limit.", "50,000,000 KRW")
    used: str = told("What is used.", "12,400,000 KRW")
    reserved: str = told("What open and unknown orders hold.", "712,000 KRW")
    share: str | None = told("(used + reserved) / limit; null where there is no ratio.", "0.26")

    @staticmethod
    def of(gauge: Gauge) -> GaugeForm:
        return GaugeForm(
            control=gauge.control,
            account=gauge.account,
            subject=gauge.subject,
            limit=gauge.limit,
            used=gauge.used,
            reserved=gauge.reserved,
            share=None if gauge.share is None else plain(gauge.share),
        )


class KillForm(Form):
    """The kill switch: latched until a person resets it."""

    engaged: bool = told("Whether it holds.", False)
    acts: list[KillAct] = told("freeze, cancel, flatten: what was asked.", ["freeze", "cancel"])
    account: str | None = told("Which account; null for all.", None)
    by: str = told("Who moved it last.", "owner")
    reason: str = told("Why.", "feed looked wrong")
    at: str | None = when("When; null if it was never moved.")

    @staticmethod
    def of(state: KillState) -> KillForm:
        return KillForm(
            engaged=state.engaged,
            acts=list(state.acts),
            account=state.account,
            by=state.by,
            reason=state.reason,
            at=iso_or_none(state.at_ns or None),
        )


class RiskForm(Form):
    """Every gauge, and the kill switch."""

    gauges: list[GaugeForm] = told("The gauges.", [])
    kill: KillForm = told("The kill switch.", {"engaged": False})


class KillRequest(Form):
    """Freeze new orders, cancel working ones, flatten positions: any of the three."""

    acts: list[KillAct] = told("What to do.", ["freeze", "cancel"], min_length=1, max_length=3)
    account: Word | None = told("Which account; leave out for all.", "paper", default=None)
    reason: Line = told("Why.", "feed looked wrong", default="")

    @field_validator("acts")
    @classmethod
    def _each_once(cls, acts: list[KillAct]) -> list[KillAct]:
        if len(set(acts)) != len(acts):
            raise ValueError(f"expected each act once, found {', '.join(acts)}")
        return acts


class ResetRequest(Form):
    """Let trading begin again."""

    reason: Line = told("Why it is safe again.", "feed checked against the broker", min_length=1)
