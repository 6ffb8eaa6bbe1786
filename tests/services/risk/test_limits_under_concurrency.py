"""F-26 and R-01: whoever asks how often and at once, no limit is passed, and none is left half used."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jts.domain.risk.limits import Limits
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder
from jts.domain.values import KRW, Side
from tests.domain.risk.makers import PAPER, SAMSUNG, wish
from tests.services.risk.makers import House, calm, cancelled, filled, house

CLIENTS = 50
# A tenth of what a release tries; `make test` has minutes, not hours.
ROUNDS = 100


async def _race(here: House, commands: list[SubmitOrder]) -> list[Approved | Refused]:
    """Fifty clients, each with its own share of the commands, all at once."""

    async def client(own: list[SubmitOrder]) -> list[Approved | Refused]:
        return [await here.risk.check(command) for command in own]

    answers = await asyncio.gather(*(client(commands[n::CLIENTS]) for n in range(CLIENTS)))
    return [verdict for own in answers for verdict in own]


@pytest.mark.slow
async def test_fifty_clients_racing_for_one_limit_take_all_of_it_and_no_more(tmp_path: Path) -> None:
    # Each asks for 3 or 7 pieces at 70,000; 100 pieces fit.
    limit = Decimal(7_000_000)
    random_sizes = random.Random(26)
    async with house(
        tmp_path, cash="1000000000", limits={PAPER: calm(max_position_value={KRW: limit})}
    ) as here:
        for round_ in range(ROUNDS):
            sizes = [random_sizes.choice(["3", "7"]) for _ in range(CLIENTS)]
            commands = [
                wish(quantity=size, limit="70000", intent=f"r{round_}-{n}") for n, size in enumerate(sizes)
            ]

            verdicts = await _race(here, commands)

            approved = [v for v in verdicts if isinstance(v, Approved)]
            taken = sum(v.command.terms.quantity for v in approved)
            assert taken * 70_000 <= limit
            # Serial order refuses a 3 only when less than 3 are left, a 7 only when less than 7 are.
            refused_sizes = {
                v_command.terms.quantity
                for v_command, verdict in zip(commands, _by_intent(commands, verdicts), strict=True)
                if isinstance(verdict, Refused)
            }
            assert 100 - taken < min(refused_sizes, default=Decimal(1_000))
            assert {v.control for v in verdicts if isinstance(v, Refused)} <= {"max_position"}
            await here.risk.on_order_events([cancelled(v.command) for v in approved])
            assert (await here.store.exposure(PAPER)).reservations == {}


def _by_intent(commands: list[SubmitOrder], verdicts: list[Approved | Refused]) -> list[Approved | Refused]:
    named = {v.command.intent if isinstance(v, Approved) else v.intent: v for v in verdicts}
    return [named[command.intent] for command in commands]


async def test_two_orders_never_pass_on_the_same_cash(tmp_path: Path) -> None:
    async with house(tmp_path, cash="1000000") as here:
        commands = [wish(quantity="10", limit="70000", intent=f"i{n}") for n in range(CLIENTS)]

        verdicts = await _race(here, commands)

        assert sum(isinstance(v, Approved) for v in verdicts) == 1
        assert (await here.store.exposure(PAPER)).free_cash(KRW) == 300_000


async def test_two_exits_never_sell_the_same_shares(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.buy("10", intent="start")
        commands = [wish(Side.SELL, "4", intent=f"i{n}", reduce_only=bool(n % 2)) for n in range(CLIENTS)]

        verdicts = await _race(here, commands)

        assert sum(isinstance(v, Approved) for v in verdicts) == 2
        assert (await here.store.exposure(PAPER)).sellable(SAMSUNG) == 2


_plays = st.lists(
    st.tuples(st.sampled_from(["buy", "sell", "part", "fill", "end", "twice"]), st.integers(1, 9)),
    max_size=25,
)
_TIGHT = Limits(
    max_order_value={KRW: Decimal(490_000)},
    max_position_value={KRW: Decimal(1_050_000)},
    max_gross_exposure={KRW: Decimal(1_050_000)},
    max_open_orders=4,
    orders_per_second=100_000,
    duplicate_window_ns=0,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_plays)
async def test_at_every_step_position_and_open_orders_stay_within_every_limit(
    tmp_path_factory: pytest.TempPathFactory, plays: list[tuple[str, int]]
) -> None:
    async with house(tmp_path_factory.mktemp("prefix"), limits={PAPER: _TIGHT}, cash="900000") as here:
        live: dict[str, tuple[SubmitOrder, int]] = {}

        for n, (play, size) in enumerate(plays):
            if play in ("buy", "sell", "twice"):
                side = Side.SELL if play == "sell" else Side.BUY
                commands = [wish(side, str(size), limit="70000", intent=f"i{n}")] * (1 + (play == "twice"))
                for verdict in await asyncio.gather(*map(here.risk.check, commands)):
                    if isinstance(verdict, Approved):
                        live[verdict.command.order] = (verdict.command, size)
            elif live:
                order = sorted(live)[size % len(live)]
                command, left = live.pop(order)
                if play == "end":
                    await here.risk.on_order_events([cancelled(command)])
                elif play == "part" and left > 1:
                    live[order] = (command, left - 1)
                    event = filled(command, quantity="1", leaves=str(left - 1), n=n)
                    await here.risk.on_order_events([event, event])
                else:
                    await here.risk.on_order_events([filled(command, quantity=str(left), n=n)])

            exposure = await here.store.exposure(PAPER)
            assert {o: r.leaves for o, r in exposure.reservations.items()} == {
                o: left for o, (_, left) in live.items()
            }
            assert exposure.held(SAMSUNG) * 70_000 + exposure.reserved_value(SAMSUNG) <= 1_050_000
            assert exposure.free_cash(KRW) >= 0
            assert exposure.sellable(SAMSUNG) >= 0
            assert len(exposure.reservations) <= 4
