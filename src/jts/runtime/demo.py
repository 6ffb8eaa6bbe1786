"""The demo: recorded markets, and three strategies that run on them from the first start."""

from __future__ import annotations

from importlib import resources

from jts.contracts.strategy import NotStarted, StartStrategy, Strategies
from jts.domain.values import AccountId, RunId
from jts.ports.clock import Clock
from jts.ports.names import Names, begin


def programs() -> tuple[tuple[str, str], ...]:
    """(run name, program text) of the demo strategies, by name."""
    folder = resources.files("jts.runtime") / "demo"
    return tuple(
        sorted(
            (file.name.removesuffix(".jts"), file.read_text(encoding="utf-8"))
            for file in folder.iterdir()
            if file.name.endswith(".jts")
        )
    )


async def start_strategies(
    strategies: Strategies, *, account: AccountId, clock: Clock, names: Names
) -> tuple[NotStarted, ...]:
    """Start those demo strategies that this home has never seen. What a person stopped stays stopped.

    Returns those that could not start, which would be our own mistake.
    """
    known = {view.run for view in await strategies.runs()}
    failed = []
    for name, text in programs():
        if RunId(name) in known:
            continue
        command = StartStrategy(
            provenance=begin(names, clock.now_ns()), run=RunId(name), account=account, text=text, by="demo"
        )
        answer = await strategies.start(command)
        if isinstance(answer, NotStarted):
            failed.append(answer)
    return tuple(failed)
