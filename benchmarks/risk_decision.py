"""How long risk takes to decide, and how many checks a second it keeps, durable ones.

`decision`: the pure decision alone, on an account with many open orders. `check`: the whole of
`RiskService.check`, SQLite with synchronous=FULL, one client and then fifty at once.
`fsync_commits_per_second`, measured in the same run, says what the disk allowed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import tempfile
import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from jts.adapters.bus.in_process import InProcessBus
from jts.adapters.clock.system import SystemClock, SystemNames
from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.risk_store import SqliteRiskStore
from jts.contracts.portfolio import CashMoved
from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.market.prices import ReferencePrice, SessionState
from jts.domain.orders.events import OrderCancelled
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms
from jts.domain.risk.exposure import CashCame, Exposure, after
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.limits import Limits
from jts.domain.risk.verdict import Approved, SubmitOrder
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    InstrumentId,
    IntentId,
    MessageId,
    Money,
    Nanos,
    Price,
    Provenance,
    Quantity,
    Side,
)
from jts.ports.risk_store import Standing
from jts.services.risk.answer import Wish, answer
from jts.services.risk.service import RiskService

PAPER = AccountId("paper")
SAMSUNG = InstrumentId("KRX:005930")
KEY = b"k" * 32
LIMITS = Limits(
    max_position_value={KRW: Decimal(10) ** 12},
    max_gross_exposure={KRW: Decimal(10) ** 12},
    max_open_orders=10**9,
    orders_per_second=2_000,
    duplicate_window_ns=0,
)
OPEN_ORDERS = 50
CLIENTS = 50


@dataclass
class OneMarket:
    """A market of one instrument whose price is always fresh."""

    clock: SystemClock
    samsung: Instrument = field(default_factory=lambda: describe(SAMSUNG))

    async def instrument(self, id: InstrumentId) -> Instrument | None:
        return self.samsung

    async def reference(self, id: InstrumentId) -> ReferencePrice | None:
        return reference(self.clock.now_ns())


def reference(now_ns: Nanos) -> ReferencePrice:
    return ReferencePrice(
        instrument=SAMSUNG,
        price=Price(Decimal("70000")),
        venue_ns=now_ns,
        received_ns=now_ns,
        session=SessionState.OPEN,
        stale_after_ns=10 * NANOS_PER_SECOND,
    )


def wish(intent: str, now_ns: Nanos) -> SubmitOrder:
    return SubmitOrder(
        provenance=Provenance(
            id=MessageId(f"m-{intent}"), at_ns=now_ns, correlation_id=intent, causation_id=intent
        ),
        intent=IntentId(intent),
        order=ClientOrderId(f"o-{intent}"),
        account=PAPER,
        terms=OrderTerms(
            instrument=SAMSUNG,
            side=Side.BUY,
            kind=OrderKind.LIMIT,
            quantity=Quantity(Decimal(10)),
            limit_price=Price(Decimal("69900")),
        ),
        source=OrderSource(origin=Origin.STRATEGY, actor="bench"),
        deadline_ns=Nanos(now_ns + 60 * NANOS_PER_SECOND),
    )


def pure(count: int) -> dict[str, Any]:
    """One decision after another on an account with OPEN_ORDERS open orders; each is thrown away."""
    now_ns = SystemClock().now_ns()
    money = Money(amount=Decimal(10) ** 12, currency=KRW)
    exposure = after(Exposure(account=PAPER), CashCame(account=PAPER, id="d", money=money))
    standing = Standing(
        exposure=exposure, kill=KillState(engaged=False), answered=None, same_order_ns=None, busy_ns=None
    )
    for n in range(OPEN_ORDERS):
        ruling = answer(question(wish(f"open-{n}", now_ns), now_ns), standing, now_ns=now_ns, key=KEY)
        assert isinstance(ruling.verdict, Approved), ruling.verdict
        standing = replace(standing, exposure=ruling.exposure)
    took: list[int] = []
    for n in range(count):
        asked = question(wish(f"i-{n}", now_ns), now_ns)
        began = time.perf_counter_ns()
        ruling = answer(asked, standing, now_ns=now_ns, key=KEY)
        took.append(time.perf_counter_ns() - began)
        assert isinstance(ruling.verdict, Approved), ruling.verdict
    return {"open_orders": OPEN_ORDERS, **spread_us(took), "per_second": round(count / (sum(took) / 1e9))}


def question(command: SubmitOrder, now_ns: Nanos) -> Wish:
    return Wish(
        command=command,
        limits=LIMITS,
        instrument=describe(SAMSUNG),
        reference=reference(now_ns),
        marks={},
        fee_rate=Decimal("0.00015"),
        message_id=MessageId("m"),
        approval_id="a",
    )


async def durable(folder: Path, count: int) -> dict[str, Any]:
    """check() alone, then fifty clients at once; approved orders are ended as they come, so few are open."""
    clock, names = SystemClock(), SystemNames()
    database = SqliteDatabase(folder / "jts.db")
    database.open(migrations())
    bus = InProcessBus(clock=clock)
    risk = RiskService(
        store=SqliteRiskStore(database),
        market=OneMarket(clock),  # type: ignore[arg-type]  # risk asks these two questions only
        bus=bus,
        clock=clock,
        names=names,
        limits={PAPER: LIMITS},
        approval_key=KEY,
        fees=lambda account, instrument: Decimal("0.00015"),
    )
    await risk.start()
    await bus.start()
    provenance = Provenance(id=names.message_id(), at_ns=clock.now_ns(), correlation_id="d", causation_id="d")
    money = Money(amount=Decimal(10) ** 12, currency=KRW)
    await risk.on_cash([CashMoved(provenance=provenance, id="d", account=PAPER, money=money, reason="bench")])

    async def ask(name: str, each: int, took: list[int]) -> None:
        for n in range(each):
            began = time.perf_counter_ns()
            verdict = await risk.check(wish(f"{name}-{n}", clock.now_ns()))
            took.append(time.perf_counter_ns() - began)
            assert isinstance(verdict, Approved), verdict
            await risk.on_order_events([ended(verdict.command)])

    alone: list[int] = []
    await ask("alone", max(count // 10, 10), alone)
    together: list[int] = []
    began = time.perf_counter()
    await asyncio.gather(*(ask(f"c{n}", count // CLIENTS, together) for n in range(CLIENTS)))
    seconds = time.perf_counter() - began
    await bus.stop()
    database.close()
    return {
        "alone": spread_us(alone),
        "clients": {"clients": CLIENTS, **spread_us(together), "per_second": round(len(together) / seconds)},
    }


def ended(command: SubmitOrder) -> OrderCancelled:
    return OrderCancelled(
        provenance=command.provenance,
        order=command.order,
        account=command.account,
        version=2,
        cancelled=command.terms.quantity,
        reason="bench",
    )


def fsync_commits(folder: Path, count: int = 200) -> int:
    """Single-row commits a second on this disk, now: the yardstick for the figures beside it."""
    connection = sqlite3.connect(folder / "yardstick.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (x INTEGER)")
    began = time.perf_counter()
    for n in range(count):
        connection.execute("INSERT INTO t VALUES (?)", (n,))
    connection.close()
    return round(count / (time.perf_counter() - began))


def spread_us(took_ns: list[int]) -> dict[str, float]:
    ordered = sorted(took_ns)
    at = {"p50_us": 0.50, "p99_us": 0.99, "max_us": 1.0}
    return {
        name: round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] / 1_000, 1)
        for name, share in at.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="decisions and checks to make")
    parser.add_argument("--folder", type=Path, default=None, help="where the database lies (its disk counts)")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
        folder = Path(made)
        result: dict[str, Any] = {
            "decision": pure(chosen.count),
            "check": asyncio.run(durable(folder, chosen.count)),
            "fsync_commits_per_second": fsync_commits(folder),
        }
    if chosen.json:
        print(json.dumps(result, indent=2))
        return
    decision, clients = result["decision"], result["check"]["clients"]
    print(f"decision  p50 {decision['p50_us']} us  p99 {decision['p99_us']} us  {decision['per_second']}/s")
    print(f"check     p50 {clients['p50_us']} us  p99 {clients['p99_us']} us  {clients['per_second']}/s")
    print(f"disk      {result['fsync_commits_per_second']} single commits/s")


if __name__ == "__main__":
    main()
