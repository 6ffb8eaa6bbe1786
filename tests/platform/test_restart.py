"""Ctrl-C, kill -9, and starts that must not succeed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from tests.platform.platform_process import PlatformProcess, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_kill_9_and_start_again_gives_the_same_orders_positions_cash_and_strategies(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        wait_for("three fills", lambda: len(_fills(platform)) >= 3)
        _stop_strategies(platform)
        before = _standing(platform)
        platform.kill()

        platform.start()
        after = _standing(platform)

    assert after == before


def test_strategies_that_ran_run_again_after_kill_9_and_go_on_trading(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        wait_for("a fill", lambda: _fills(platform))
        platform.kill()
        platform.start()

        states = {each["run"]: each["state"] for each in platform.jts("strategies", "list")["strategies"]}
        known = len(_fills(platform))
        wait_for("another fill", lambda: len(_fills(platform)) > known)
        fills = _fills(platform)

    assert set(states.values()) == {"running"}
    assert len({fill["id"] for fill in fills}) == len(fills)


def test_ten_kills_in_a_row_lose_and_double_nothing(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        for round_number in range(10):
            sleep(0.7 + 0.13 * round_number)
            platform.kill()
            platform.start()
        wait_for("a fill", lambda: _fills(platform))
        _stop_strategies(platform)
        verdict = platform.jts("audit", "verify")
        fills, position = _fills(platform), _quantities(platform)

    summed: dict[str, float] = {}
    for fill in fills:
        sign = 1 if fill["side"] == "buy" else -1
        summed[fill["instrument"]] = summed.get(fill["instrument"], 0.0) + sign * float(fill["quantity"])
    assert {k: round(v, 8) for k, v in summed.items() if round(v, 8)} == {
        k: v for k, v in position.items() if v
    }
    assert verdict["whole"] is True


def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        code = platform.interrupt()

        assert code == 0
        assert not (platform.home / "run" / "platform.json").exists()
        assert platform.try_jts("status").returncode == 1


def test_a_second_platform_on_the_same_home_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        second = PlatformProcess(platform.home, port=free_port()).try_jts("run", "--demo")

        assert second.returncode == 1
        assert "another JTS" in second.stderr and "JTS_HOME" in second.stderr
        assert platform.jts("status")["version"]


def test_a_port_in_use_is_said_with_the_next_step(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "a" / "home") as platform:
        second = PlatformProcess(tmp_path / "b", port=platform.port).try_jts("run", "--demo")

        assert second.returncode == 1
        assert str(platform.port) in second.stderr and "JTS_PORT" in second.stderr


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda home: (home / "settings.toml").write_text("prot = 1"), "did you mean 'port'"),
        (lambda home: (home / "jts.db").write_bytes(b"rubbish" * 1000), "damaged"),
        (lambda home: (home / "secrets" / "approval.key").write_bytes(b"x"), "expected 32 bytes"),
    ],
    ids=["unknown setting", "corrupt store", "damaged key"],
)
def test_a_start_that_must_not_succeed_says_why_and_changes_nothing(
    tmp_path: Path, spoil: Any, says: str
) -> None:
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True)
    spoil(home)
    store = home / "jts.db"
    was = store.read_bytes() if store.exists() else None

    refused = PlatformProcess(home).try_jts("run", "--demo")

    assert refused.returncode == 1
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr
    assert was is None or store.read_bytes() == was


def test_the_kill_switch_refuses_stays_latched_over_kill_9_and_is_reset_by_a_person(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        platform.jts("kill", "--freeze", "--cancel", "--reason", "test", "--yes")
        refused = _buy(platform)
        platform.kill()
        platform.start()
        still = platform.jts("kill", "status")
        refused_again = _buy(platform)
        platform.jts("kill", "reset", "--reason", "test is over", "--yes")
        accepted = _buy(platform)

    assert refused.returncode == 1 and "kill_switch" in refused.stderr
    assert still["engaged"] is True
    assert refused_again.returncode == 1
    assert accepted.returncode == 0, accepted.stderr


def test_a_file_dropped_into_the_home_engages_the_kill_switch(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        (platform.home / "KILL").write_text("")

        state = wait_for("the latch", lambda: _engaged(platform.jts("kill", "status")), at_most_s=10)

    assert "freeze" in state["acts"] and "cancel" in state["acts"]


def test_flatten_closes_what_is_held(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        assert _buy(platform).returncode == 0
        wait_for("a position", lambda: any(_quantities(platform).values()))

        platform.jts("kill", "--freeze", "--cancel", "--flatten", "--reason", "test", "--yes")

        wait_for("flat in bitcoin", lambda: not _quantities(platform).get("BINANCE:BTCUSDT"))
        assert platform.jts("kill", "status")["engaged"] is True


def test_an_edited_book_is_found_by_audit_verify(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        wait_for("a fill", lambda: _fills(platform))
        platform.kill()
        connection = sqlite3.connect(platform.home / "jts.db")
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")  # whoever edits the file can do this too
        connection.execute(
            "UPDATE events SET body = replace(body, 'buy', 'sell') WHERE seq = "
            "(SELECT min(seq) FROM events WHERE body LIKE '%\"buy\"%')"
        )
        connection.commit()
        connection.close()

        verdict = platform.try_jts("audit", "verify", "--json")

    assert verdict.returncode == 1
    assert json.loads(verdict.stdout)["whole"] is False


def _stop_strategies(platform: PlatformProcess) -> None:
    """Nothing new is decided, and what was on its way has landed: every order has ended."""
    for run in ("quick-averages", "samsung-average-cross", "samsung-rsi"):
        platform.jts("strategies", "stop", run)
    wait_for("quiet", lambda: not platform.jts("orders", "--open")["orders"])


def _buy(platform: PlatformProcess) -> Any:
    return platform.try_jts(
        "orders", "place", "--account", "paper", "--instrument", "BINANCE:BTCUSDT", "--side", "buy",
        "--quantity", "0.01", "--json",
    )  # fmt: skip


def _engaged(state: dict[str, Any]) -> dict[str, Any] | None:
    return state if state["engaged"] else None


def _fills(platform: PlatformProcess) -> list[dict[str, Any]]:
    key = json.loads((platform.home / "run" / "platform.json").read_text())["key"]
    with platform.http(key) as http:
        return list(http.get("/api/v1/fills", params={"limit": 1000}).json()["fills"])


def _quantities(platform: PlatformProcess) -> dict[str, float]:
    return {each["instrument"]: float(each["quantity"]) for each in platform.jts("positions")["positions"]}


def _standing(platform: PlatformProcess) -> dict[str, Any]:
    """What must be the same after a restart; marks and what follows from them may move."""
    status = platform.jts("status")
    return {
        "orders": platform.jts("orders")["orders"],
        "fills": _fills(platform),
        "positions": [
            {key: each[key] for key in ("instrument", "quantity", "average_cost", "realised", "fees")}
            for each in platform.jts("positions")["positions"]
        ],
        "cash": [(row["currency"], row["cash"]) for row in status["accounts"][0]["currencies"]],
        "strategies": [
            (each["run"], each["state"], each["quantity"], each["plan"]) for each in status["strategies"]
        ],
    }
