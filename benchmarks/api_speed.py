"""How long answers of the API take at 100 requests a second over its main reads: one JSON object.

    .venv/bin/python benchmarks/api_speed.py                        a gateway in a process of its own
    .venv/bin/python benchmarks/api_speed.py --url URL --key KEY    a platform that is running

Requests leave on a fixed beat whether or not earlier ones were answered, and each is measured from the beat
at which it was due, so that a stall counts against every request it delays. The share of the client itself is
measured in the same run against a server that answers a fixed text (`floor_p95_ms`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PATHS = (
    "/api/v1/status", "/api/v1/portfolio", "/api/v1/positions", "/api/v1/orders", "/api/v1/fills",
    "/api/v1/strategies", "/api/v1/instruments", "/api/v1/feeds", "/api/v1/risk", "/api/v1/session",
)  # fmt: skip
LIMIT_P95_MS = 50.0


async def measure(url: str, key: str, *, seconds: float, per_s: int) -> dict[str, list[float]]:
    """Milliseconds by path, from the beat at which each was due. Errors: RuntimeError on a status >= 400."""
    took: dict[str, list[float]] = {path: [] for path in PATHS}
    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, trust_env=False) as client:

        async def ask(path: str, due_s: float) -> None:
            answer = await client.get(path, timeout=30)
            if answer.status_code >= 400:
                raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:200]}")
            took[path].append((time.perf_counter() - due_s) * 1000)

        for path in PATHS:
            await ask(path, time.perf_counter())
        for samples in took.values():
            samples.clear()
        began_s = time.perf_counter()
        async with asyncio.TaskGroup() as asking:
            for number in range(int(seconds * per_s)):
                due_s = began_s + number / per_s
                await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
                asking.create_task(ask(PATHS[number % len(PATHS)], due_s))
    return took


def summary(took: dict[str, list[float]]) -> dict[str, object]:
    every = [one for samples in took.values() for one in samples]
    return {
        "requests": len(every),
        "p50_ms": round(statistics.median(every), 2),
        "p95_ms": round(statistics.quantiles(every, n=100)[94], 2),
        "p99_ms": round(statistics.quantiles(every, n=100)[98], 2),
        "slowest_ms": round(max(every), 2),
        "by_path_p95_ms": {
            path: round(statistics.quantiles(samples, n=20)[18], 2) for path, samples in took.items()
        },
    }


@asynccontextmanager
async def floor_server() -> AsyncIterator[str]:
    """The least a server can do, over the same client: what is left is the client's own share."""
    text = b'{"orders":[]}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n" + text

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def own_gateway() -> AsyncIterator[tuple[str, str]]:
    """A gateway in another process, with the stand-ins of the tests behind it and the real access."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        told = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        yield told["url"], told["key"]
    finally:
        process.terminate()
        await process.wait()


async def serve() -> None:
    """The other process: announces where it listens and serves until it is ended."""
    import logging

    import structlog
    from tests.gateway.live import live

    from jts.domain.access.principal import Scope
    from jts.services.access.service import OWNER

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        async with live(Path(folder)) as running:
            for number in range(100):
                await _order(running.house, number)
            made = await running.house.access.create_api_key(name="benchmark", scope=Scope.READ, by=OWNER)
            print(json.dumps({"url": running.server.url, "key": made.secret}), flush=True)
            await running.server.wait()


async def _order(house: object, number: int) -> None:
    from tests.gateway.makers import TICKET, House

    from jts.domain.access.principal import Scope

    assert isinstance(house, House)
    async with house.client(Authorization=f"Bearer {house.access.new_internal_key()}") as owner:
        assert Scope.OWNER.value == (await owner.get("/api/v1/session")).json()["scope"]
        await owner.post("/api/v1/orders", json=TICKET, headers={"Idempotency-Key": f"wish-{number}"})


async def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="A running platform; without it a gateway is started.")
    parser.add_argument("--key", help="An API key of it.")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--per-second", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="The output is JSON in any case.")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        await serve()
        return 0
    asked = {"seconds": given.seconds, "per_s": given.per_second}
    async with floor_server() as url:
        floor = summary(await measure(url, "none", **asked))
    if given.url:
        found = summary(await measure(given.url, given.key or "", **asked))
    else:
        async with own_gateway() as (url, key):
            found = summary(await measure(url, key, **asked))
    p95 = found["p95_ms"]
    assert isinstance(p95, float)
    report = {
        "benchmark": "api_speed",
        "per_s": given.per_second,
        "seconds": given.seconds,
        **found,
        "floor_p95_ms": floor["p95_ms"],
        "limit_p95_ms": LIMIT_P95_MS,
        "passed": p95 < LIMIT_P95_MS,
    }
    print(json.dumps(report, indent=2))
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
