"""A disk that is full, read-only, cut off or damaged: one clear message, and nothing acknowledged is lost.

These tests mount small file systems, which needs root on Linux. Elsewhere they are skipped, and say so; in CI
(CI=true) a test that cannot run is a failure.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platform.platform_process import PlatformProcess, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

DISK_MIB = 24
BALLAST = "ballast"


def _mount(place: Path, *options: str) -> None:
    """Mount a tmpfs, or say loudly why this machine cannot."""
    why = ""
    if sys.platform != "linux" or os.geteuid() != 0:
        why = "needs root on Linux to mount a small disk"
    else:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", *options, "tmpfs", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )
        why = "" if done.returncode == 0 else f"mount failed: {done.stderr.strip()}"
    if why:
        print(f"NOT TESTED: a hostile disk; {why}", file=sys.stderr)
        if os.environ.get("CI") == "true":
            pytest.fail(f"{why}; in CI this counts as a failure")
        pytest.skip(why)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    _mount(place, "-o", f"size={DISK_MIB}m")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_up_while_strategies_trade_loses_nothing_and_goes_on_when_there_is_space(
    small_disk: Path,
) -> None:
    with PlatformProcess(small_disk / "home", "--speed", "5") as platform:
        wait_for("a fill", lambda: _fills(platform))
        first = _buy(platform, "0.011")
        wait_for("its fill", lambda: _state(platform, first) == "filled")
        (small_disk / BALLAST).write_bytes(b"")
        _fill_up(small_disk / BALLAST)

        refused = wait_for("a refusal", lambda: _refused(platform, "0.012"))
        health = wait_for("health to say it", lambda: _sick(platform, "database", "disk"))
        known = {each["id"] for each in _fills(platform)}
        (small_disk / BALLAST).unlink()
        again = wait_for("an order that is taken", lambda: _taken(platform, "0.013"), at_most_s=30)
        wait_for("its fill", lambda: _state(platform, again) == "filled", at_most_s=30)
        after = {each["id"] for each in _fills(platform)}
        verdict = platform.jts("audit", "verify")

    assert "disk is full" in refused and "ree space" in refused, refused
    assert health["status"] == "degraded"
    assert known <= after, "a fill that was shown is still there"
    assert verdict["whole"] is True


def test_a_platform_killed_on_a_full_disk_starts_again_once_there_is_space(small_disk: Path) -> None:
    with PlatformProcess(small_disk / "home", "--speed", "5") as platform:
        wait_for("two fills", lambda: len(_fills(platform)) >= 2)
        (small_disk / BALLAST).write_bytes(b"")
        _fill_up(small_disk / BALLAST)
        wait_for("a refusal", lambda: _refused(platform, "0.012"))
        known = {each["id"] for each in _fills(platform)}
        platform.kill()
        full = platform.try_jts("run", "--demo")
        (small_disk / BALLAST).unlink()

        platform.start()
        after = {each["id"] for each in _fills(platform)}
        verdict = platform.jts("audit", "verify")

    assert full.returncode == 1
    assert "ree space" in full.stderr and "Traceback" not in full.stderr, full.stderr
    assert known <= after
    assert verdict["whole"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_limit_on_the_size_of_files_is_said_and_trading_goes_on_when_it_is_lifted(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        wait_for("a fill", lambda: _fills(platform))
        pid = json.loads((platform.home / "run" / "platform.json").read_text())["pid"]
        wal = (platform.home / "jts.db-wal").stat().st_size
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (wal, resource.RLIM_INFINITY))

        refused = wait_for("a refusal", lambda: _refused(platform, "0.012"))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        again = wait_for("an order that is taken", lambda: _taken(platform, "0.013"), at_most_s=30)
        wait_for("its fill", lambda: _state(platform, again) == "filled", at_most_s=30)
        verdict = platform.jts("audit", "verify")

    assert "disk" in refused and "look at it" in refused, refused
    assert verdict["whole"] is True


def test_a_read_only_home_is_one_clear_message_and_nothing_is_lost(small_disk: Path) -> None:
    with PlatformProcess(small_disk / "home") as platform:
        wait_for("a fill", lambda: _fills(platform))
        assert platform.interrupt() == 0
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

        refused = platform.try_jts("run", "--demo")
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        platform.start()
        fills = _fills(platform)

    assert refused.returncode == 1
    assert "cannot write in" in refused.stderr and "JTS_HOME" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert fills


def test_a_store_that_was_cut_in_half_is_refused_and_left_as_it_is(stopped: PlatformProcess) -> None:
    store = stopped.home / "jts.db"
    whole = store.read_bytes()
    store.write_bytes(whole[: len(whole) // 2])

    refused = stopped.try_jts("run", "--demo")

    assert refused.returncode == 1
    assert "damaged" in refused.stderr and "Restore a backup" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert store.read_bytes() == whole[: len(whole) // 2]


def test_a_store_whose_write_ahead_file_is_gone_is_refused_by_name(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path / "home") as platform:
        wait_for("a fill", lambda: _fills(platform))
        platform.kill()
        log = platform.home / "jts.db-wal"
        kept = log.rename(tmp_path / "kept")

        refused = platform.try_jts("run", "--demo")
        kept.rename(log)
        platform.start()
        fills = _fills(platform)

    assert refused.returncode == 1
    assert "jts.db-wal is missing" in refused.stderr and "Put it back" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert fills, "put back, everything is there"


def test_an_older_copy_of_the_store_is_refused_because_the_anchors_know_more(
    stopped: PlatformProcess, tmp_path: Path
) -> None:
    store = stopped.home / "jts.db"
    shutil.copy(store, tmp_path / "older.db")
    stopped.start()
    known = len(_fills(stopped))
    wait_for("another fill", lambda: len(_fills(stopped)) > known)
    assert stopped.interrupt() == 0  # a clean stop writes an anchor
    shutil.copy(tmp_path / "older.db", store)

    refused = stopped.try_jts("run", "--demo")

    assert refused.returncode == 1
    assert "its end is missing" in refused.stderr and "anchor.jsonl" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_looking_at_the_store_of_a_stopped_platform_does_not_keep_it_from_starting(
    stopped: PlatformProcess,
) -> None:
    looked = stopped.try_jts("audit", "verify", "--json")

    stopped.start()

    assert json.loads(looked.stdout)["whole"] is True
    assert _fills(stopped)


def test_damaged_bars_are_named_and_orders_are_not_lost(stopped: PlatformProcess) -> None:
    described = stopped.home / "bars" / "tables" / "metadata" / "jts.sql"
    as_it_was = described.read_bytes()
    described.write_bytes(b"\x00rubbish")

    refused = stopped.try_jts("run", "--demo")
    described.write_bytes(as_it_was)
    stopped.start()
    fills = _fills(stopped)

    assert refused.returncode == 1
    assert "bar store" in refused.stderr and "move the folder aside" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert fills


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[PlatformProcess]:
    """A home that was traded on and then stopped cleanly, so that jts.db holds everything."""
    with PlatformProcess(tmp_path / "home", "--speed", "5") as platform:
        wait_for("a fill", lambda: _fills(platform))
        assert platform.interrupt() == 0
        yield platform


def _fill_up(ballast: Path) -> None:
    """Write until the disk takes no more, in ever smaller pieces."""
    with ballast.open("ab", buffering=0) as file:
        for piece in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(b"x" * piece)
            except OSError:
                continue


def _place(platform: PlatformProcess, quantity: str) -> subprocess.CompletedProcess[str]:
    return platform.try_jts(
        "orders", "place", "--account", "paper", "--instrument", "BINANCE:BTCUSDT", "--side", "buy",
        "--quantity", quantity, "--json",
    )  # fmt: skip


def _buy(platform: PlatformProcess, quantity: str) -> str:
    placed = _place(platform, quantity)
    assert placed.returncode == 0, placed.stderr
    return str(json.loads(placed.stdout)["order"])


def _taken(platform: PlatformProcess, quantity: str) -> str | None:
    placed = _place(platform, quantity)
    return str(json.loads(placed.stdout)["order"]) if placed.returncode == 0 else None


def _refused(platform: PlatformProcess, quantity: str) -> str | None:
    """What was said when an order was not taken. One that is taken still found some room: ask again."""
    placed = _place(platform, quantity)
    return placed.stderr if placed.returncode != 0 else None


def _state(platform: PlatformProcess, order: str) -> str | None:
    found = [each["state"] for each in platform.jts("orders")["orders"] if each["id"] == order]
    return found[0] if found else None


def _sick(platform: PlatformProcess, *components: str) -> Any:
    with platform.http() as http:
        health = http.get("/api/v1/health").json()
    are_down = [health["components"][each]["state"] == "down" for each in components]
    return health if all(are_down) else None


def _fills(platform: PlatformProcess) -> list[dict[str, Any]]:
    key = json.loads((platform.home / "run" / "platform.json").read_text())["key"]
    with platform.http(key) as http:
        return list(http.get("/api/v1/fills", params={"limit": 1000}).json()["fills"])
