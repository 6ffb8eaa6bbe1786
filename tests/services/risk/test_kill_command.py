"""`jts kill`: it says what it will do, does it over HTTP, and leaves a file when nobody answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jts.cli.kill import EXIT_UNCONFIRMED, command

ENGAGED = {
    "engaged": True, "acts": ["freeze", "cancel"], "account": None, "by": "owner", "reason": "news",
    "at": "2026-11-23T01:00:00.000000000Z",
}  # fmt: skip


class Platform:
    """A platform's HTTP side on loopback: notes what it is asked, answers what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any, dict[str, str]]] = []
        self.status = 200
        self.answer: dict[str, Any] = ENGAGED
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size)) if size else None
                if self.path != "/api/v1/health":
                    platform.asked.append((self.command, self.path, body, dict(self.headers)))
                data = json.dumps(platform.answer).encode()
                self.send_response(platform.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = _handle
            do_POST = _handle

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def leave_address(self, home: Path) -> None:
        (home / "run").mkdir(parents=True)
        port = self.server.server_address[1]
        (home / "run" / "platform.json").write_text(
            json.dumps({"url": f"http://127.0.0.1:{port}", "pid": 1, "key": "jts_test", "version": "0"})
        )


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    made = Platform()
    made.leave_address(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join(5)


def jts_kill(home: Path, *words: str, says: str | None = None) -> Result:
    return CliRunner().invoke(command, ["--home", str(home), *words], input=says)


def test_without_an_act_it_freezes_and_cancels_after_a_yes(tmp_path: Path, platform: Platform) -> None:
    result = jts_kill(tmp_path, "--reason", "news", says="y\n")

    (asked,) = platform.asked
    assert result.exit_code == 0
    assert asked[:3] == ("POST", "/api/v1/kill", {"acts": ["freeze", "cancel"], "reason": "news"})
    assert asked[3]["Idempotency-Key"] and asked[3]["Authorization"] == "Bearer jts_test"
    assert "EVERY account" in result.output and "ENGAGED on every account (freeze, cancel)" in result.output


@pytest.mark.parametrize("says", ["n\n", "\n", ""])
def test_anything_but_a_yes_does_nothing(tmp_path: Path, platform: Platform, says: str) -> None:
    result = jts_kill(tmp_path, "--flatten", says=says)

    assert result.exit_code == 1
    assert platform.asked == [] and not (tmp_path / "KILL").exists()


def test_the_chosen_acts_and_account_are_said_back_and_sent(tmp_path: Path, platform: Platform) -> None:
    result = jts_kill(tmp_path, "--flatten", "--account", "paper", says="y\n")

    assert "account paper" in result.output and "close every position at market" in result.output
    assert platform.asked[0][2] == {"acts": ["flatten"], "reason": "", "account": "paper"}


def test_json_prints_the_state_and_nothing_else(tmp_path: Path, platform: Platform) -> None:
    result = jts_kill(tmp_path, "--yes", "--json")

    assert json.loads(result.stdout) == ENGAGED


def test_when_nobody_answers_the_wish_is_left_as_a_file(tmp_path: Path) -> None:
    result = jts_kill(tmp_path, "--yes", "--freeze", "--account", "paper", "--reason", "불안")

    left = json.loads((tmp_path / "KILL").read_text(encoding="utf-8"))
    assert result.exit_code == EXIT_UNCONFIRMED
    assert "NOT CONFIRMED" in result.output
    assert (left["acts"], left["account"], left["reason"]) == (["freeze"], "paper", "불안")
    assert left["by"].endswith("(file)") and left["at"].endswith("Z")
    assert (tmp_path / "KILL").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["KILL"]


def test_a_platform_in_trouble_gets_the_file_too(tmp_path: Path, platform: Platform) -> None:
    platform.status, platform.answer = 503, {"detail": "the disk is full"}

    result = jts_kill(tmp_path, "--yes")

    assert result.exit_code == EXIT_UNCONFIRMED
    assert "the disk is full" in result.output and (tmp_path / "KILL").exists()


def test_a_platform_that_says_no_is_believed(tmp_path: Path, platform: Platform) -> None:
    platform.status, platform.answer = 403, {"detail": "this key may only read"}

    result = jts_kill(tmp_path, "--yes")

    assert result.exit_code == 1
    assert "may only read" in result.output and not (tmp_path / "KILL").exists()


def test_a_home_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = jts_kill(tmp_path / "nowhere", "--yes")

    assert result.exit_code == 1
    assert "cannot be written" in result.output and "broker" in result.output


def test_status_and_reset_speak_to_the_platform(tmp_path: Path, platform: Platform) -> None:
    status = jts_kill(tmp_path, "status")
    platform.answer = {"engaged": False}
    reset = jts_kill(tmp_path, "reset", "--reason", "all is well", "--yes")

    assert "ENGAGED" in status.output and "news" in status.output
    assert "not engaged" in reset.output
    assert [(a[0], a[1], a[2]) for a in platform.asked] == [
        ("GET", "/api/v1/kill", None),
        ("POST", "/api/v1/kill/reset", {"reason": "all is well"}),
    ]


def test_a_reset_needs_a_reason_and_no_wish_left_behind(tmp_path: Path, platform: Platform) -> None:
    without = jts_kill(tmp_path, "reset", "--yes")
    (tmp_path / "KILL").write_text("{}")
    with_file = jts_kill(tmp_path, "reset", "--reason", "all is well", "--yes")

    assert without.exit_code == 2 and "--reason" in without.output
    assert with_file.exit_code == 1 and "nobody has taken up" in with_file.output
    assert platform.asked == []


def test_the_home_may_be_said_after_the_word(tmp_path: Path, platform: Platform) -> None:
    result = CliRunner().invoke(command, ["status", "--home", str(tmp_path), "--json"])

    assert json.loads(result.stdout) == ENGAGED
