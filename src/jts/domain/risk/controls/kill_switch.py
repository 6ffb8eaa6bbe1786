"""Control `kill_switch`: while it is frozen, nothing new goes out."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, breach
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.question import Question
from jts.domain.values import AccountId


def kill_switch(question: Question) -> Breach | None:
    """A frozen account sends nothing. Closing its positions is an act of the switch itself, which does not
    ask this control."""
    kill = question.kill
    if not is_frozen(kill, question.command.account):
        return None
    scope = f"account {kill.account}" if kill.account else "every account"
    return breach(
        "kill_switch",
        limit="no new orders while frozen",
        value=f"frozen by {kill.by}",
        expected="an account that is not frozen",
        found=f"{scope} frozen by {kill.by} ({kill.reason or 'no reason given'})",
        next_step="when it is safe again, reset it: `jts kill reset --reason ...` or on the page",
    )


def is_frozen(kill: KillState, account: AccountId) -> bool:
    return kill.engaged and KillAct.FREEZE in kill.acts and kill.account in (None, account)
