"""The kill switch that needs nothing else: a file dropped into the home.

`jts kill` drops it when the platform does not answer; `touch KILL` does too. The switch is engaged, the file
is renamed
so that it is not read twice, and the latch stays until a person resets it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from jts.contracts.risk import EngageKill, Risk
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.values import AccountId
from jts.ports.clock import Clock
from jts.ports.names import Names, begin

LOOK_EVERY_S = 0.1
FILE_BYTES_MAX = 65_536


class KillOrder(msgspec.Struct, frozen=True):
    """What the file may say; an empty or unreadable file means freeze and cancel, everywhere."""

    acts: tuple[KillAct, ...] = (KillAct.FREEZE, KillAct.CANCEL)
    by: str = "kill file"
    reason: str = "a KILL file was found"
    account: str | None = None


async def watch(path: Path, *, risk: Risk, clock: Clock, names: Names) -> None:
    """Look for the file until cancelled."""
    while True:
        if _is_there(path):
            await engage(path, risk=risk, clock=clock, names=names)
        await clock.sleep(LOOK_EVERY_S)


async def engage(path: Path, *, risk: Risk, clock: Clock, names: Names) -> KillState:
    order = _read(path)
    now_ns = clock.now_ns()
    state = await risk.engage(
        EngageKill(
            provenance=begin(names, now_ns),
            acts=order.acts,
            by=order.by,
            reason=order.reason,
            account=None if order.account is None else AccountId(order.account),
        )
    )
    _put_aside(path, now_ns)
    return state


def _read(path: Path) -> KillOrder:
    try:
        found = msgspec.json.decode(path.read_bytes()[:FILE_BYTES_MAX], type=KillOrder)
    except (OSError, msgspec.MsgspecError):
        return KillOrder()
    return found if found.acts else KillOrder()


def _is_there(path: Path) -> bool:
    return path.exists()


def _put_aside(path: Path, now_ns: int) -> None:
    path.replace(path.with_name(f"KILL.engaged-{now_ns}"))
