"""Wrong types in every field of the API, strategies with errors, malformed files, unknown settings.

Which fields there are is read from the API's own description, so a new field is tested on the day it comes.
Each wrong value is answered with a problem that names the field, never with 500, and changes nothing.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.platform.platform_process import PlatformProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HUGE = "9" * 300_000
VALUES: tuple[Any, ...] = (
    None, True, 1, 0, -1, 1.5, 1e308, "", " ", "NaN", "Infinity", "-5", "1e5", "0x10", "1,000", "１２", "٣",
    "\u0000", "a\nb", "null", HUGE, [], ["x"], [[]], {}, {"a": {}}, [None],
)  # fmt: skip
STRATEGY_WITH_ERRORS = (
    'strategy "Wrong" version 1\ntrade KRX:005930 on 1d\nat close:\n  buy when sma(clsoe, 5) > 1\n'
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    """A platform on which nothing trades by itself, so that whatever changes was changed by a request."""
    with PlatformProcess(tmp_path_factory.mktemp("bad") / "home") as running:
        for each in running.jts("strategies", "list")["strategies"]:
            running.jts("strategies", "stop", each["run"])
        yield running


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "jts.gateway.openapi"], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def test_a_wrong_value_in_any_field_of_any_body_is_refused_by_name_and_changes_nothing(
    platform: PlatformProcess, description: dict[str, Any]
) -> None:
    before = _standing(platform)
    wrong = []
    count = 0
    with _owner(platform) as http:
        for path, field, body in _cases(description):
            answer = _post(http, path, body)
            count += 1
            problem = _problem(answer)
            named = {each["field"].split(".")[0].split("[")[0] for each in problem.get("errors") or ()}
            if answer.status_code not in (400, 413, 422) or (
                answer.status_code == 422 and field not in named
            ):
                shown = repr(body[field])[:40]
                wrong.append(f"{path} {field}={shown}: {answer.status_code} {answer.text[:160]}")
    after = _standing(platform)

    assert count > 300, f"only {count} cases were made: the description is not read rightly"
    assert not wrong, "\n".join(wrong)
    assert after == before


def test_a_field_that_is_missing_or_unknown_is_named(
    platform: PlatformProcess, description: dict[str, Any]
) -> None:
    wrong = []
    with _owner(platform) as http:
        for path, schema in _bodies(description):
            good = _example(schema)
            cases = [
                (name, {k: v for k, v in good.items() if k != name}) for name in schema.get("required", ())
            ]
            cases.append(("surprise", {**good, "surprise": 1}))
            for field, body in cases:
                answer = _post(http, path, body)
                named = {each["field"] for each in _problem(answer).get("errors") or ()}
                if answer.status_code != 422 or field not in named:
                    wrong.append(f"{path} {field}: {answer.status_code} {answer.text[:160]}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"5", b'"text"', b"\xff\xfe", b'{"a":1}{"b":2}', b"{" * 5_000,
        b'{"side":NaN}', b'{"quantity":"1","quantity":"2"}', b"x" * 2_000_000,
    ],
    ids=lambda raw: repr(raw[:14]),
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(
    raw: bytes, platform: PlatformProcess, description: dict[str, Any]
) -> None:
    before = _standing(platform)
    with _owner(platform) as http:
        for path, _ in _bodies(description):
            answer = http.post(
                path,
                content=raw,
                headers={"Idempotency-Key": _key(), "Content-Type": "application/json"},
            )
            if path.endswith("/stop") and raw == b"":
                continue  # its body may be left out
            assert answer.status_code in (400, 413, 415, 422), f"{path}: {answer.status_code} {answer.text}"
            _problem(answer)

    assert _standing(platform) == before


def test_nonsense_in_the_query_or_the_path_is_refused_by_name(
    platform: PlatformProcess, description: dict[str, Any]
) -> None:
    wrong = []
    with _owner(platform) as http:
        for path, operations in description["paths"].items():
            for parameter in operations.get("get", {}).get("parameters", ()):
                for value in ("\u0000", "x" * 9_000, "１２", "NaN", "-1", "🙂"):
                    place = re.sub(r"\{[^}]*\}", "x", path)
                    query = {parameter["name"]: value} if parameter["in"] == "query" else {}
                    answer = _patiently(lambda place=place, query=query: http.get(place, params=query))
                    if answer.status_code >= 500:
                        wrong.append(f"GET {place} {parameter['name']}={value[:9]!r}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)


def test_a_strategy_with_errors_is_answered_with_its_diagnostics_and_does_not_start(
    platform: PlatformProcess,
) -> None:
    before = _standing(platform)
    with _owner(platform) as http:
        answer = http.post(
            "/api/v1/strategies",
            json={"run": "wrong", "account": "paper", "text": STRATEGY_WITH_ERRORS, "parameters": {}},
            headers={"Idempotency-Key": _key()},
        )

    assert answer.status_code == 422
    assert "clsoe" in answer.text and "line" in answer.text
    assert _standing(platform) == before


def test_a_strategy_with_errors_is_explained_by_check_start_and_backtest(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    file, bars = tmp_path / "wrong.jts", tmp_path / "bars.parquet"
    file.write_text(STRATEGY_WITH_ERRORS)
    bars.write_bytes(b"")

    told = [
        platform.try_jts("check", str(file)),
        platform.try_jts("strategies", "start", str(file)),
        platform.try_jts("backtest", str(file), "--bars", str(bars), "--cash", "1000000"),
    ]

    for each in told:
        assert each.returncode == 1, each.args
        assert "clsoe" in each.stdout + each.stderr, each.args
        assert "Traceback" not in each.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "empty"),
        ("rubbish.parquet", b"PAR1 this is no parquet PAR1", "parquet"),
        ("words.csv", b"hello,world\n1,2\n", "header"),
        ("zip.zip", b"PK\x03\x04 cut off", "zip"),
        (
            "high.csv",
            b"date,open,high,low,close,volume\n2024-01-02,10,9,8,9,1\n2024-01-03,10,12,8,9,1\n",
            "row",
        ),
        ("nan.csv", b"date,open,high,low,close,volume\n2024-01-02,NaN,9,8,9,1\n", "row"),
    ],
)
def test_a_malformed_file_of_bars_is_refused_with_the_reason_and_nothing_is_stored(
    name: str, content: bytes, says: str, platform: PlatformProcess, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    before = platform.jts("data", "list")

    told = platform.try_jts("data", "import", str(file), "--symbol", "KRX:000660", "--timeframe", "1d")

    assert told.returncode != 0
    assert says in (told.stdout + told.stderr).lower(), told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    assert platform.jts("data", "list") == before


@pytest.mark.parametrize("content", [b"", b"PAR1", b"date,open\n1,2\n"], ids=["empty", "cut off", "csv"])
def test_a_backtest_on_a_malformed_file_ends_with_2_and_the_reason(
    content: bytes, platform: PlatformProcess, tmp_path: Path
) -> None:
    bars = tmp_path / "bars.parquet"
    bars.write_bytes(content)

    told = platform.try_jts(
        "backtest", "examples/average_cross.jts", "--bars", str(bars), "--cash", "1000000"
    )

    assert told.returncode == 2, told.stdout + told.stderr
    assert "bars.parquet" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1\n", "did you mean 'port'"),
        ("port = 'x'\n", "port"),
        ("port = true\n", "port"),
        ("[accounts.a]\nkindd = 'paper'\n", "did you mean 'kind'"),
        ("[accounts.a.limits]\nmax_open_order = 5\n", "did you mean 'max_open_orders'"),
        ("[accounts.a.limits]\nmax_open_orders = 'five'\n", "whole number"),
        ("[accounts.a.limits]\nmax_open_orders = 0\n", "max_open_orders"),
        ("[accounts.a.limits]\nprice_collar = 'NaN'\n", "price_collar"),
        ("[accounts.a.deposits]\nKRW = '-5'\n", "deposits.KRW"),
        ("[demo]\nsped = 2\n", "did you mean 'speed'"),
        ("[demo]\nspeed = 0\n", "speed"),
        ("this is no toml", "TOML"),
        ("accounts = 5\n", "accounts"),
        ("[accounts]\na = 5\n", "accounts"),
    ],
)
def test_settings_that_are_not_in_order_are_named_and_nothing_starts(
    text: str, says: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(text)

    told = PlatformProcess(home).try_jts("run", "--demo")

    assert told.returncode == 1
    assert says in told.stderr, told.stderr
    assert "Traceback" not in told.stderr
    assert not (home / "jts.db").exists()


# ---- cases from the description ----


def _bodies(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, schema of its JSON body) of every POST, with names resolved."""
    schemas = description["components"]["schemas"]
    for path, operations in description["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is not None:
            yield re.sub(r"\{[^}]*\}", "quick-averages", path), _resolved(schema, schemas)


def _resolved(schema: Any, schemas: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return _resolved({**schemas[schema["$ref"].rpartition("/")[2]], **rest}, schemas)
        return {key: _resolved(value, schemas) for key, value in schema.items()}
    return [_resolved(each, schemas) for each in schema] if isinstance(schema, list) else schema


def _example(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        name: field["examples"][0]
        for name, field in schema["properties"].items()
        if name in schema.get("required", ())
    }


def _cases(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, field, body) for each value that the field's own description does not allow."""
    for path, schema in _bodies(description):
        for (name, field), value in itertools.product(schema["properties"].items(), VALUES):
            if not _allows(field, value):
                yield path, name, {**_example(schema), name: value}


def _allows(field: dict[str, Any], value: Any) -> bool:
    """Whether this part of JSON Schema, as far as our description uses it, allows the value."""
    if "anyOf" in field:
        return any(_allows(each, value) for each in field["anyOf"])
    if "enum" in field:
        return value in field["enum"]
    if field.get("format") == "decimal":
        return _is_exact(value)
    match field.get("type"):
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "string":
            return isinstance(value, str) and _allows_text(field, value)
        case "array":
            return (
                isinstance(value, list)
                and len(value) >= field.get("minItems", 0)
                and all(_allows(field["items"], each) for each in value)
            )
        case "object":
            return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        case other:
            raise AssertionError(f"the description uses a type this test does not know: {other}")


def _is_exact(value: Any) -> bool:
    """Text is what the description asks for; a JSON number is read by its digits, so it is as exact."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    is_number = re.fullmatch(r"\d+(\.\d*)?([eE]\+?\d+)?", str(value), re.ASCII) is not None
    return is_number and 0 < Decimal(str(value)) < 10**18


def _allows_text(field: dict[str, Any], text: str) -> bool:
    if not field.get("minLength", 0) <= len(text) <= field.get("maxLength", 2**31):
        return False
    if field.get("format") == "date-time":
        return re.match(r"\d{4}-", text, re.ASCII) is not None
    # JSON Schema's \d is 0-9 only, unlike Python's.
    return "pattern" not in field or re.search(field["pattern"], text, re.ASCII) is not None


# ---- asking ----

_numbers = itertools.count()


def _key() -> str:
    return f"bad-{next(_numbers)}"


def _owner(platform: PlatformProcess) -> httpx.Client:
    return platform.http(json.loads((platform.home / "run" / "platform.json").read_text())["key"])


def _post(http: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    return _patiently(lambda: http.post(path, json=body, headers={"Idempotency-Key": _key()}))


def _patiently(ask: Any) -> httpx.Response:
    """Whoever asks this fast is told to wait; so we do."""
    while True:
        answer: httpx.Response = ask()
        if answer.status_code != 429:
            return answer
        time.sleep(0.2)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "")
    assert kind.startswith("application/problem+json"), f"{answer.request.url}: {kind} {answer.text[:200]}"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code and problem["detail"]
    return problem


def _standing(platform: PlatformProcess) -> dict[str, Any]:
    return {
        "orders": [(each["id"], each["state"]) for each in platform.jts("orders")["orders"]],
        "runs": [(each["run"], each["state"]) for each in platform.jts("strategies", "list")["strategies"]],
        "kill": platform.jts("kill", "status"),
        "keys": platform.jts("api-key", "list"),
    }
