"""Every noun read over the API, against its described shape."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jts.domain.access.principal import Scope
from jts.gateway.forms.access import WhoForm
from jts.gateway.forms.market import BarsForm, FeedsForm, InstrumentsForm, SeriesListForm, TickForm
from jts.gateway.forms.platform import AuditHeadForm, HealthForm, NoticesForm, StatusForm
from jts.gateway.forms.portfolio import EquityForm, FillsForm, PortfolioForm, PositionsForm
from jts.gateway.forms.risk import KillForm, RiskForm
from jts.gateway.forms.strategy import CheckForm, DecisionsForm, StrategiesForm
from jts.gateway.instants import from_iso, iso
from tests.gateway.makers import house


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/health", HealthForm),
        ("/session", WhoForm),
        ("/status", StatusForm),
        ("/portfolio", PortfolioForm),
        ("/portfolio/equity?account=paper&currency=KRW", EquityForm),
        ("/positions?account=paper", PositionsForm),
        ("/fills?limit=1", FillsForm),
        ("/instruments", InstrumentsForm),
        ("/instruments/KRX:005930/tick?price=71250", TickForm),
        ("/bars?instrument=KRX:005930&timeframe=1d", BarsForm),
        ("/series", SeriesListForm),
        ("/feeds", FeedsForm),
        ("/strategies", StrategiesForm),
        ("/strategies/cross/decisions", DecisionsForm),
        ("/risk", RiskForm),
        ("/kill", KillForm),
        ("/notices", NoticesForm),
        ("/audit/head", AuditHeadForm),
    ],
)
async def test_an_answer_has_the_shape_that_is_described(tmp_path: Path, path: str, form: Any) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        start = {"run": "cross", "account": "paper", "text": "strategy Cross:\n"}
        await trader.post("/api/v1/strategies", json=start, headers={"Idempotency-Key": "a"})

        answer = await trader.get(f"/api/v1{path}")

        assert answer.status_code == 200
        assert form.model_validate(answer.json()).model_dump(mode="json") == answer.json()


async def test_figures_are_those_of_the_portfolio_unchanged(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        account = (await reader.get("/api/v1/portfolio")).json()["accounts"][0]
        position = (await reader.get("/api/v1/positions")).json()["positions"][0]
        fill = (await reader.get("/api/v1/fills")).json()["fills"][0]

        assert account["currencies"][0]["equity"] == "10003000"
        assert (position["name"], position["unrealised"], position["mark"]) == ("삼성전자", "3000", "71500")
        assert (fill["notional"], fill["fee"], fill["currency"]) == ("712000", "107", "KRW")


@pytest.mark.parametrize(
    ("price", "tick", "down", "up"),
    [
        ("71250", "100", "71200", "71300"),
        ("49990", "50", "49950", "50000"),
        ("50000", "100", "50000", "50000"),
    ],
)
async def test_the_grid_around_a_price(tmp_path: Path, price: str, tick: str, down: str, up: str) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        answer = await reader.get("/api/v1/instruments/KRX:005930/tick", params={"price": price})

        assert answer.json() == {"tick": tick, "down": down, "up": up}


async def test_bars_are_numbers_for_drawing_oldest_first(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        bars = (await reader.get("/api/v1/bars?instrument=KRX:005930&timeframe=1m")).json()["bars"]

        assert bars == [
            [60_000, 71_200, 71_200, 71_200, 71_200, 5.0],
            [120_000, 71_300, 71_300, 71_300, 71_300, 7.5],
        ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/bars?instrument=KRX:005930&timeframe=7m", 422),
        ("/bars?instrument=KRX:005930&timeframe=soon", 422),
        ("/bars?instrument=KRX:999999&timeframe=1d", 404),
        ("/bars?instrument=KRX:005930&timeframe=1d&limit=0", 422),
        ("/bars?instrument=KRX:005930&timeframe=1d&limit=50001", 422),
        ("/bars?instrument=KRX:005930&timeframe=1d&before=yesterday", 422),
        ("/bars?instrument=KRX:005930&timeframe=1d&before=2025-11-22T00:00:00", 422),
        ("/bars?timeframe=1d", 422),
        ("/bars?instrument=../../etc/passwd&timeframe=1d", 422),
        ("/instruments/KRX:999999", 404),
        ("/instruments/KRX:005930/tick?price=NaN", 422),
        ("/instruments/KRX:005930/tick?price=0", 422),
        ("/portfolio/equity?account=none&currency=KRW", 404),
        ("/orders?open=perhaps", 422),
        ("/orders/none/life", 404),
        ("/strategies/none", 404),
        ("/fills?limit=1001", 422),
    ],
)
async def test_a_wrong_question_is_told_what_was_expected(tmp_path: Path, path: str, status: int) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        answer = await reader.get(f"/api/v1{path}")

        assert answer.status_code == status
        assert len(answer.json()["detail"]) > 15


async def test_health_is_open_and_names_no_account_or_figure(tmp_path: Path) -> None:
    async with house(tmp_path) as made, made.client() as nobody:
        body = (await nobody.get("/api/v1/health")).json()

        assert set(body) == {"status", "version", "profile", "started_at", "components"}
        assert body["components"] == {"store": {"state": "ok", "detail": ""}}


async def test_the_home_is_told_to_the_owner_only(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        homes = {
            scope: (await (await made.by_key(scope)).get("/api/v1/status")).json()["home"] for scope in Scope
        }

        assert homes == {Scope.READ: "", Scope.TRADE: "", Scope.OWNER: str(tmp_path)}


async def test_a_program_is_checked_without_being_started(tmp_path: Path) -> None:
    async with house(tmp_path) as made, await made.by_key(Scope.READ) as reader:
        good = await reader.post("/api/v1/strategies/check", json={"text": "strategy A:\n"})
        bad = await reader.post("/api/v1/strategies/check", json={"text": "error"})

        assert CheckForm.model_validate(good.json()).ok
        assert not bad.json()["ok"] and bad.json()["diagnostics"][0]["line"] == 1
        assert made.strategies.started == 0


async def test_bars_are_imported_as_the_bytes_they_came_as(tmp_path: Path) -> None:
    body = b"\x00\xffARROW" * 300_000  # 2.1 MB: more than other routes take
    arrow = {"Content-Type": "application/vnd.apache.arrow.stream"}

    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        answer = await trader.post("/api/v1/series/import", content=body, headers=arrow)
        wrong = await trader.post("/api/v1/series/import", json={})
        empty = await trader.post("/api/v1/series/import", headers=arrow)

        assert answer.json() == {"added": 1} and made.imported == [body]
        assert (wrong.status_code, empty.status_code) == (415, 422)


async def test_one_import_is_at_work_at_a_time(tmp_path: Path) -> None:
    arrow = {"Content-Type": "application/vnd.apache.arrow.stream"}

    async with house(tmp_path) as made, await made.by_key(Scope.TRADE) as trader:
        await made.app.state.imports.acquire()
        while_busy = await trader.post("/api/v1/series/import", content=b"x", headers=arrow)
        made.app.state.imports.release()
        after = await trader.post("/api/v1/series/import", content=b"x", headers=arrow)

        assert (while_busy.status_code, after.status_code) == (429, 200)


def test_every_field_of_the_description_has_words_and_an_example() -> None:
    document = _document()
    schemas = {
        name: schema
        for name, schema in document["components"]["schemas"].items()
        if schema.get("type") == "object"
    }

    bare = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if not told.get("description") or "examples" not in told
    ]

    assert len(schemas) > 40 and bare == []


def test_every_operation_has_a_readable_name_of_its_own() -> None:
    operations = [one for path in _document()["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]

    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name[0].islower() for name in names)
    assert all(one["summary"] and one["x-scope"] for one in operations)


@pytest.mark.slow
def test_the_description_is_printed_without_starting_anything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jts.gateway.openapi"], capture_output=True, check=True, timeout=60
    )

    assert json.loads(done.stdout) == _document()
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("text", "at_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T09:00:00.000000001+09:00", 1),
        ("2026-11-22T15:56:01.123456789Z", 1_795_362_961_123_456_789),
    ],
)
def test_instants_are_kept_to_the_nanosecond(text: str, at_ns: int) -> None:
    assert from_iso(text) == at_ns
    assert from_iso(iso(at_ns)) == at_ns


@pytest.mark.parametrize(
    "text", ["", "2026-11-22", "2026-11-22T15:56:01", "2026-13-01T00:00:00Z", "２０２６-11-22T00:00:00Z"]
)
def test_an_instant_without_a_zone_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_iso(text)


def _document() -> dict[str, Any]:
    from fastapi import FastAPI

    from jts.gateway.openapi import describe, include_routes

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    include_routes(app)
    document: dict[str, Any] = json.loads(json.dumps(describe(app)))
    return document
