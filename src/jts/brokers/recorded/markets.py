"""The recorded market of the demo: every recording that ships, each a source of its own."""

from __future__ import annotations

from collections.abc import Mapping

from jts.brokers.recorded.looped_trades import LoopedTrades
from jts.brokers.recorded.replayed_days import SAMSUNG, ReplayedDays
from jts.domain.values import BadInput, InstrumentId, Nanos
from jts.ports.clock import Clock
from jts.ports.market_source import MarketSource

SPEED_MIN, SPEED_MAX = 0.01, 1000.0


def recorded_markets(
    speed: float, clock: Clock, resume: Mapping[InstrumentId, Nanos]
) -> tuple[MarketSource, ...]:
    """The recordings, `speed` times as fast (1: real time for trades, a day a second for days).

    `resume`: per instrument the opening of the last finished bar known here; a replay of days goes on
    behind it.
    Errors: BadInput if the speed is out of range.
    """
    if not SPEED_MIN <= speed <= SPEED_MAX:
        raise BadInput(
            f"expected a speed from {SPEED_MIN} to {SPEED_MAX:g}, such as --speed 60; found {speed:g}",
            code="speed",
        )
    return (
        LoopedTrades(clock=clock, speed=speed),
        ReplayedDays(clock=clock, speed=speed, resume_after_ns=resume.get(SAMSUNG)),
    )
