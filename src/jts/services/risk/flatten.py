"""The kill switch closes every position: it waits for the cancels, then orders, looks, and orders again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from jts.contracts import topics
from jts.contracts.market_data import MarketData
from jts.contracts.notifications import Notice, Severity
from jts.domain.risk.exposure import Exposure
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.verdict import Refused, SubmitOrder
from jts.domain.values import NANOS_PER_SECOND, AccountId, InstrumentId
from jts.ports.bus import Bus
from jts.ports.clock import Clock
from jts.ports.names import Names, begin
from jts.ports.risk_store import RiskStore, Ruling
from jts.services.risk.closing import closing_order, is_waiting_for_cancels, still_held

CANCELS_WAIT_S = 10
FLATTEN_MAX_S = 60
LOOK_EVERY_S = 0.05
ATTEMPTS_MAX = 5


class Flattening:
    """Closes what is held in the latch's scope. `ask` is risk's own check, freeze exempted.

    It may be called again at any time, also after a restart: what an open order already closes is reserved,
    and the names of its orders are a function of latch, instrument and attempt.
    """

    def __init__(
        self,
        *,
        ask: Callable[[SubmitOrder], Awaitable[Ruling]],
        store: RiskStore,
        market: MarketData,
        bus: Bus,
        clock: Clock,
        names: Names,
    ) -> None:
        self._ask = ask
        self._store = store
        self._market = market
        self._bus = bus
        self._clock = clock
        self._names = names

    async def close_all(self) -> tuple[tuple[AccountId, InstrumentId], ...]:
        """What is still held at the end, after at most CANCELS_WAIT_S + FLATTEN_MAX_S seconds. A notice
        tells it; a reset meanwhile ends it."""
        kill = await self._store.kill_state()
        if not (kill.engaged and KillAct.FLATTEN in kill.acts):
            return ()
        if KillAct.CANCEL in kill.acts:
            await self._wait_for_cancels(kill)
        attempts: dict[tuple[AccountId, InstrumentId], int] = {}
        gave_up: dict[tuple[AccountId, InstrumentId], str] = {}
        until_ns = self._clock.monotonic_ns() + FLATTEN_MAX_S * NANOS_PER_SECOND
        while True:
            exposures = {e.account: e for e in await self._store.exposures()}
            held = still_held(kill, tuple(exposures.values()))
            is_over = all(place in gave_up for place in held) or self._clock.monotonic_ns() >= until_ns
            if await self._store.kill_state() != kill:
                return held  # reset, or widened: then it is asked for anew
            if is_over:
                await self._tell(kill, held, gave_up)
                return held
            for place in held:
                if place not in gave_up:
                    reason = await self._close(kill, exposures[place[0]], place[1], attempts)
                    if reason:
                        gave_up[place] = reason
            await self._clock.sleep(LOOK_EVERY_S)

    # ---- private, in the order they are called ----

    async def _wait_for_cancels(self, kill: KillState) -> None:
        """Until nothing else is open in scope; bounded, since an unknown order may stay unknown."""
        until_ns = self._clock.monotonic_ns() + CANCELS_WAIT_S * NANOS_PER_SECOND
        while self._clock.monotonic_ns() < until_ns:
            if not is_waiting_for_cancels(kill, await self._store.exposures()):
                return
            await self._clock.sleep(LOOK_EVERY_S)

    async def _close(
        self,
        kill: KillState,
        exposure: Exposure,
        id: InstrumentId,
        attempts: dict[tuple[AccountId, InstrumentId], int],
    ) -> str:
        """Order what is left of one position; the reason why it cannot be closed, or nothing."""
        instrument = await self._market.instrument(id)
        if instrument is None:
            return "nobody knows the instrument any more"
        place = (exposure.account, id)
        attempt = attempts.get(place, 0) + 1
        command = closing_order(
            kill,
            exposure,
            instrument,
            await self._market.reference(id),
            attempt=attempt,
            message_id=self._names.message_id(),
            now_ns=self._clock.now_ns(),
        )
        if command is None:
            # An open order has it, whose end we await; or it is less than a lot, which no order can close.
            return "less than one lot is left" if exposure.sellable(id) > 0 else ""
        if attempt > ATTEMPTS_MAX:
            return f"still held after {ATTEMPTS_MAX} orders"
        attempts[place] = attempt
        ruling = await self._ask(command)
        if isinstance(ruling.verdict, Refused) and ruling.verdict.control != "idempotency":
            return ruling.verdict.message
        return ""

    async def _tell(
        self,
        kill: KillState,
        held: tuple[tuple[AccountId, InstrumentId], ...],
        gave_up: dict[tuple[AccountId, InstrumentId], str],
    ) -> None:
        lines = [
            f"{account} {instrument}: {gave_up.get((account, instrument), 'a closing order is open')}"
            for account, instrument in held
        ]
        text = "every position is closed" if not held else "not closed yet: " + "; ".join(lines)
        await self._bus.publish(
            topics.NOTICES,
            Notice(
                provenance=begin(self._names, self._clock.now_ns()),
                severity=Severity.CRITICAL if held else Severity.INFO,
                subject="kill_flatten_left" if held else "kill_flatten_done",
                text=f"kill switch, flatten: {text}",
                values={"by": kill.by, "left": str(len(held))},
            ),
        )
