"""The stream, over real WebSockets on loopback."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jts.contracts.market_data import BarClosed, FeedChanged
from jts.contracts.portfolio import PortfolioChanged
from jts.contracts.risk import KillChanged, OrderRefused
from jts.contracts.strategy import StartStrategy, StrategyChanged, StrategyDecided
from jts.domain.access.principal import Scope
from jts.domain.market.bars import Bar
from jts.domain.market.timeframe import Timeframe
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.states import Filled
from jts.domain.risk.kill_switch import KillAct, KillState
from jts.domain.risk.verdict import Refused, SubmitOrder
from jts.domain.values import AccountId, Nanos, Quantity, RunId
from jts.gateway.forms.order import OrderForm, RefusalForm
from jts.gateway.forms.portfolio import PositionForm
from jts.gateway.idempotency import intent_of, order_id_of
from jts.gateway.settings import GatewaySettings
from tests.gateway.live import LiveHouse, closed_with, live
from tests.gateway.makers import TICKET, House, until
from tests.gateway.stand_ins import PAPER, SAMSUNG, account_view, notice, provenance, trade

pytestmark = pytest.mark.slow

ALL_PARTS = {"portfolio", "positions", "orders", "strategies", "feeds", "prices", "kill", "notices", "gauges"}


async def _submit(made: House, key: str = "wish-1") -> str:
    async with await made.by_key(Scope.TRADE) as trader:
        answer = await trader.post("/api/v1/orders", json=TICKET, headers={"Idempotency-Key": key})
        id: str = answer.json()["order"]
        return id


async def test_first_comes_a_snapshot_of_everything(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        id = await _submit(running.house)

        async with running.follow() as follower:
            first = await follower.frame()

        assert (first["type"], first["sequence"]) == ("snapshot", 0)
        data = first["data"]
        assert set(data) == ALL_PARTS
        assert OrderForm.model_validate(data["orders"][0]).id == id
        assert PositionForm.model_validate(data["positions"][0]).name == "삼성전자"
        assert data["prices"][0]["change"] == "0.1"  # 71500 against a close of 65000
        assert data["notices"][0]["text"] == 'the platform has "started"'
        assert data["kill"]["engaged"] is False and data["feeds"][0]["is_recorded"] is True


async def test_every_topic_arrives_whole_and_the_sequence_has_no_gap(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()
        made, hub, now = running.house, running.house.hub, running.house.clock.now_ns()
        id = await _submit(made)
        await hub.on_order_events(made.orders.lives[id])
        order = await follower.change("order")
        await hub.on_portfolio([_portfolio(now, cash=1)])
        account = await follower.change("portfolio")
        await hub.on_refusals([_refusal(made)])
        refusal = await follower.change("refusal")
        await hub.on_bars([_bar()])
        bar = await follower.change("bar")
        view = await made.strategies.start(_start())
        await hub.on_strategies([StrategyChanged(provenance=provenance(now), run=view.run, view=view)])  # type: ignore[arg-type]
        strategy = await follower.change("strategy")
        decision = (await made.strategies.decisions(RunId("cross")))[0]
        await hub.on_decisions(
            [StrategyDecided(provenance=provenance(now), run=RunId("cross"), decision=decision)]
        )
        decided = await follower.change("decision")
        await hub.on_kill([KillChanged(provenance=provenance(now), state=_kill(now))])
        kill = await follower.change("kill")
        await hub.on_notices([notice(now, "n-2")])
        told = await follower.change("notice")
        down = replace((await made.market_data.feeds())[0], description="down now")
        await hub.on_feeds([FeedChanged(provenance=provenance(now), feed="recorded", status=down)])
        await until(lambda: _said(follower, "feed"))

        assert order["id"] == id and order["state"] == "working"
        assert account["currencies"][0]["cash"] == "1"
        assert RefusalForm.model_validate(refusal).control == "max_order_value"
        assert bar == {"instrument": "KRX:005930", "timeframe": "1m", "bar": [60_000, 1, 3, 1, 2, 10]}
        assert (strategy["run"], strategy["state"]) == ("cross", "warming")
        assert decided["values"] == {"fast": "2", "slow": "1"}
        assert kill["engaged"] is True and told["id"] == "n-2"
        deltas = [frame["sequence"] for frame in follower.frames if frame["type"] == "delta"]
        assert deltas == list(range(1, len(deltas) + 1))


async def _said(follower: Any, topic: str) -> bool:
    await follower.change(topic)
    return True


async def test_positions_are_said_only_when_they_changed(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        first = await follower.frame()
        at_ns = running.house.clock.now_ns()
        unchanged = replace(account_view(at_ns), positions=())
        await running.house.hub.on_portfolio([_changed(unchanged)])
        emptied = await follower.change("positions")
        await running.house.hub.on_portfolio([_changed(replace(unchanged, at_ns=Nanos(at_ns + 1)))])
        await follower.change("portfolio")
        after = await follower.frames_for(0.3)

        assert len(first["data"]["positions"]) == 1
        assert emptied == {"account": "paper", "positions": []}
        assert not [c for frame in after for c in frame.get("changes", ()) if c["topic"] == "positions"]


async def test_an_older_picture_of_an_account_never_replaces_a_newer(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()
        at_ns = running.house.clock.now_ns()
        await running.house.hub.on_portfolio([_portfolio(Nanos(at_ns + 10**9), cash=2)])
        assert (await follower.change("portfolio"))["currencies"][0]["cash"] == "2"

        await running.house.hub.on_portfolio([_portfolio(at_ns, cash=1)])
        after = await follower.frames_for(0.3)

        assert not [c for frame in after for c in frame.get("changes", ()) if c["topic"] == "portfolio"]


async def test_prices_come_at_most_ten_times_a_second_and_the_last_is_never_lost(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()

        async def market() -> None:
            for step in range(200):
                running.house.market_data.price = Decimal(71_500 + step)
                await running.house.hub.on_trades([trade(running.house.clock.now_ns(), 71_500 + step)])
                await asyncio.sleep(0.005)

        moving = asyncio.create_task(market())
        frames = await follower.frames_for(1.6)
        await moving

        prices = [c["data"]["price"] for f in frames for c in f.get("changes", ()) if c["topic"] == "price"]
        assert 5 <= len(prices) <= 17
        assert prices[-1] == "71699"
        assert prices == sorted(prices)


async def test_a_hidden_page_gets_no_prices_but_every_order_and_catches_up(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()
        await follower.connection.send('{"type":"pause"}')
        await asyncio.sleep(0.1)
        running.house.market_data.price = Decimal(71_900)
        await running.house.hub.on_trades([trade(running.house.clock.now_ns(), 71_900)])
        id = await _submit(running.house)
        await running.house.hub.on_order_events(running.house.orders.lives[id])
        hidden = await follower.frames_for(0.5)
        await follower.connection.send('{"type":"resume"}')
        price = await follower.change("price")

        topics = [c["topic"] for frame in hidden for c in frame.get("changes", ())]
        assert "order" in topics and "price" not in topics
        assert price["price"] == "71900"


async def test_a_quiet_stream_beats_every_second_without_moving_the_sequence(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        feeds = await running.house.market_data.feeds()

        async def still() -> Any:
            return feeds

        running.house.market_data.feeds = still  # type: ignore[method-assign]
        reference = await running.house.market_data.reference(SAMSUNG.id)

        async def same(id: object) -> Any:
            return reference

        running.house.market_data.reference = same  # type: ignore[method-assign]
        async with running.follow() as follower:
            frames = await follower.frames_for(2.5)

        assert [frame["type"] for frame in frames] == ["snapshot", "heartbeat", "heartbeat"]
        assert [frame["sequence"] for frame in frames] == [0, 0, 0]


async def test_two_followers_have_their_own_sequences_and_the_same_values(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as one:
        await one.frame()
        first_id = await _submit(running.house, "a")
        await running.house.hub.on_order_events(running.house.orders.lives[first_id])
        await one.change("order")
        async with running.follow() as two:
            snapshot = await two.frame()
            second_id = await _submit(running.house, "b")
            await running.house.hub.on_order_events(running.house.orders.lives[second_id])
            both = [await one.change("order"), await two.change("order")]

        assert [order["id"] for order in snapshot["data"]["orders"]] == [first_id]
        assert both[0] == both[1] and both[0]["id"] == second_id


async def test_changes_while_the_snapshot_is_taken_are_neither_lost_nor_turned_back(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        made = running.house
        ids = [await _submit(made, f"wish-{n}") for n in range(10)]

        async def fill_all() -> None:
            for id in ids:
                order = made.orders.kept[id]
                made.orders.kept[id] = replace(
                    order, state=Filled(), filled=Quantity(Decimal(10)), version=order.version + 1
                )
                await made.hub.on_order_events(made.orders.lives[id])
                await asyncio.sleep(0.002)

        filling = asyncio.create_task(fill_all())
        async with running.follow() as follower:
            frames = await follower.frames_for(0.8)
        await filling

        seen: dict[str, list[int]] = {}
        for frame in frames:
            orders = frame["data"]["orders"] if frame["type"] == "snapshot" else [
                change["data"] for change in frame.get("changes", ()) if change["topic"] == "order"
            ]  # fmt: skip
            for order in orders:
                seen.setdefault(order["id"], []).append(order["version"])
        assert all(versions[-1] == 4 for versions in seen.values()) and set(seen) == set(ids)
        assert all(versions == sorted(set(versions)) for versions in seen.values())


async def test_a_reader_that_does_not_read_is_dropped_and_others_are_not_kept_waiting(
    tmp_path: Path,
) -> None:
    settings = GatewaySettings(port=18_200, stream_send_max_s=0.5)

    async with live(tmp_path, settings) as running, running.follow() as quick:
        await quick.frame()
        slow = await _raw_follower(running)
        await until(lambda: len(running.house.hub._clients) == 2)

        async def shout() -> None:
            text = "x" * 20_000
            for number in range(2_000):
                said = replace(notice(running.house.clock.now_ns(), f"n-{number}"), text=text)
                await running.house.hub.on_notices([said])
                await asyncio.sleep(0.002)
                if len(running.house.hub._clients) == 1:
                    return

        shouting = asyncio.create_task(shout())
        heard = 0
        while not shouting.done():
            heard += len((await quick.frame()).get("changes", ()))
        slow.close()

        assert len(running.house.hub._clients) == 1
        assert heard > 20
        async with await running.house.by_key(Scope.READ) as reader:
            assert "jts_stream_dropped_total 1.0" in (await reader.get("/metrics")).text


async def _raw_follower(running: LiveHouse) -> socket.socket:
    """A client that shakes hands and then never reads, with a small window."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(made, ("127.0.0.1", running.server.port))
    key = await running.key()
    lines = [
        "GET /api/v1/stream HTTP/1.1",
        f"Host: 127.0.0.1:{running.server.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {key}",
        "",
        "",
    ]
    await loop.sock_sendall(made, "\r\n".join(lines).encode())
    return made


async def test_nothing_is_kept_while_nobody_follows(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        id = await _submit(running.house)
        asked: list[object] = []
        find = running.house.orders.get

        async def counting(order: Any) -> Any:
            asked.append(order)
            return await find(order)

        async with running.follow() as follower:
            await follower.frame()
        await until(lambda: not running.house.hub._clients)
        running.house.orders.get = counting  # type: ignore[method-assign]
        await running.house.hub.on_order_events(running.house.orders.lives[id])
        await running.house.hub.on_trades([trade(running.house.clock.now_ns(), 71_500)])
        await asyncio.sleep(0.4)

        assert asked == [] and running.house.hub._trades == {}


async def test_a_service_that_fails_ends_the_followers_who_may_come_back(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        gauges = running.house.risk.gauges

        async def broken(account: AccountId | None = None) -> Any:
            raise RuntimeError("the store is gone")

        async with running.follow() as follower:
            await follower.frame()
            running.house.risk.gauges = broken  # type: ignore[method-assign]
            code = await closed_with(follower.connection)
        running.house.risk.gauges = gauges  # type: ignore[method-assign]
        async with running.follow() as again:
            back = await again.frame()

        assert code == 1001
        assert back["type"] == "snapshot"


def _changed(view: Any) -> PortfolioChanged:
    return PortfolioChanged(provenance=provenance(view.at_ns), account=PAPER, view=view)


def _portfolio(at_ns: Nanos, *, cash: int) -> PortfolioChanged:
    return _changed(account_view(at_ns, cash=cash))


def _refusal(made: House) -> OrderRefused:
    from jts.gateway.forms.order import OrderTicket

    intent = intent_of("owner", "x")
    command = SubmitOrder(
        provenance=provenance(1),
        intent=intent,
        order=order_id_of(intent),
        account=PAPER,
        terms=OrderTicket.model_validate(TICKET).terms(),
        source=OrderSource(origin=Origin.PERSON, actor="owner"),
        deadline_ns=Nanos(2),
    )
    refused = Refused(
        order=command.order,
        intent=intent,
        account=PAPER,
        control="max_order_value",
        limit="1 KRW",
        value="2 KRW",
        message="expected less",
        at_ns=Nanos(1),
    )
    return OrderRefused(provenance=provenance(1), command=command, refused=refused)


def _bar() -> BarClosed:
    bar = Bar(
        instrument=SAMSUNG.id,
        timeframe=Timeframe(1, "m"),
        open_ns=Nanos(60_000_000_000),
        close_ns=Nanos(120_000_000_000),
        open_units=1,
        high_units=3,
        low_units=1,
        close_units=2,
        volume=Decimal(10),
    )
    return BarClosed(provenance=provenance(1), bar=bar)


def _start() -> StartStrategy:
    return StartStrategy(
        provenance=provenance(1), run=RunId("cross"), account=PAPER, text="strategy Cross:\n", by="owner"
    )


def _kill(at_ns: Nanos) -> KillState:
    return KillState(engaged=True, acts=(KillAct.FREEZE,), by="owner", reason="test", at_ns=at_ns)
