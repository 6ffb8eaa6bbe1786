"""`jts orders` says to the platform what was asked, and shows what it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jts.cli.main import main

ORDER: dict[str, Any] = {
    "id": "A1",
    "account": "paper",
    "instrument": "KRX:005930",
    "side": "buy",
    "kind": "limit",
    "quantity": "10",
    "filled": "3",
    "limit_price": "69000",
    "average_price": "68966.666666666666666666666666666667",
    "state": "working",
    "state_reason": "",
    "created_at": "2026-11-22T15:56:01.123456789Z",
    "source": {"run": None, "actor": "owner", "rule": "", "because": ""},
}
FILLED = {
    "kind": "OrderFilled",
    "version": 4,
    "at": "2026-11-22T15:56:01.200000000Z",
    "since_start_ms": 76.5,
    "fields": {
        "fill.quantity": "3",
        "fill.price": "68900",
        "fill.fee": "31 KRW",
        "filled": "3",
        "leaves": "7",
    },
}
ANSWERS: dict[str, Any] = {
    "GET /api/v1/health": {"status": "ok"},
    "GET /api/v1/orders": {"orders": [ORDER], "next": None},
    "GET /api/v1/orders/A1/life": {"order": ORDER, "events": [FILLED]},
    "POST /api/v1/orders": {"order": "A2", "intent": "I2", "state": "approved"},
    "POST /api/v1/orders/A1/cancel": {"order": ORDER},
    "POST /api/v1/orders/cancel": {"orders": []},
}


class Platform:
    """A loopback server with canned answers that remembers what it was asked."""

    def __init__(self, home: Path) -> None:
        self.asked: list[tuple[str, str, Any, str | None]] = []
        platform = self

        class Desk(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("GET")

            def do_POST(self) -> None:
                self._answer("POST")

            def _answer(self, method: str) -> None:
                path, _, query = self.path.partition("?")
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size)) if size else None
                if path != "/api/v1/health":
                    key = self.headers.get("Idempotency-Key")
                    platform.asked.append((method, path + (f"?{query}" if query else ""), body, key))
                data = json.dumps(ANSWERS[f"{method} {path}"]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                return None

        self.server = HTTPServer(("127.0.0.1", 0), Desk)
        (home / "run").mkdir()
        url = f"http://127.0.0.1:{self.server.server_port}"
        running = {"url": url, "pid": 1, "key": "jts_test", "version": "0"}
        (home / "run" / "platform.json").write_text(json.dumps(running))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    platform = Platform(tmp_path)
    yield platform
    platform.stop()


def jts(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["orders", *words], env={"JTS_HOME": str(home), "COLUMNS": "160"})


def test_orders_are_listed_with_what_was_wished_and_what_became_of_it(
    platform: Platform, tmp_path: Path
) -> None:
    answer = jts(tmp_path, "--open", "--account", "paper", "--limit", "5")

    assert answer.exit_code == 0
    assert "buy 10 KRX:005930 limit" in answer.output and "~68966.66666666" in answer.output
    assert platform.asked == [("GET", "/api/v1/orders?open=true&account=paper&limit=5", None, None)]


def test_json_prints_what_the_platform_says(platform: Platform, tmp_path: Path) -> None:
    after = jts(tmp_path, "show", "A1", "--json")
    before = jts(tmp_path, "--json", "show", "A1")

    assert json.loads(after.output) == json.loads(before.output) == ANSWERS["GET /api/v1/orders/A1/life"]


def test_the_life_line_tells_each_event_in_a_line(platform: Platform, tmp_path: Path) -> None:
    answer = jts(tmp_path, "show", "A1")

    assert "Filled" in answer.output and "3 at 68900, fee 31 KRW; 3 filled; 7 left" in answer.output


@pytest.mark.parametrize(
    ("prices", "kind"),
    [
        ((), "market"),
        (("--limit", "69000"), "limit"),
        (("--stop", "71000"), "stop"),
        (("--limit", "70900", "--stop", "71000"), "stop_limit"),
    ],
)
def test_the_prices_given_say_which_kind_of_order_it_is(
    platform: Platform, tmp_path: Path, prices: tuple[str, ...], kind: str
) -> None:
    terms = ("--account", "paper", "--instrument", "KRX:005930", "--side", "buy", "--quantity", "10")

    answer = jts(tmp_path, "place", *terms, *prices, "--key", "wish-1")
    ((_, path, body, key),) = platform.asked

    assert answer.exit_code == 0 and "A2" in answer.output
    assert (path, body["kind"], body["quantity"], key) == ("/api/v1/orders", kind, "10", "wish-1")
    assert ("limit_price" in body) == ("limit" in kind) and ("stop_price" in body) == ("stop" in kind)


def test_two_wishes_without_a_key_are_two_wishes(platform: Platform, tmp_path: Path) -> None:
    terms = ("--account", "paper", "--instrument", "KRX:005930", "--side", "buy", "--quantity", "10")

    jts(tmp_path, "place", *terms)
    jts(tmp_path, "place", *terms)

    keys = {key for *_, key in platform.asked}
    assert len(keys) == 2 and None not in keys


def test_one_order_or_all_are_cancelled_but_never_by_accident(platform: Platform, tmp_path: Path) -> None:
    one = jts(tmp_path, "cancel", "A1")
    every = jts(tmp_path, "cancel", "--all", "--account", "paper")
    neither = jts(tmp_path, "cancel")
    both = jts(tmp_path, "cancel", "A1", "--all")

    assert (one.exit_code, every.exit_code, neither.exit_code, both.exit_code) == (0, 0, 2, 2)
    assert [(path, body) for _, path, body, _ in platform.asked] == [
        ("/api/v1/orders/A1/cancel", {}),
        ("/api/v1/orders/cancel", {"account": "paper"}),
    ]
    assert "No open order" in every.output


def test_without_a_platform_the_next_step_is_said(tmp_path: Path) -> None:
    answer = jts(tmp_path)

    assert answer.exit_code == 1 and "jts run" in answer.output
