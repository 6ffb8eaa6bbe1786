"""The page's files, and the page itself for every address that is its own to route."""

from __future__ import annotations

from pathlib import Path

import pytest

from jts.gateway.settings import GatewaySettings
from tests.gateway.makers import house


def built(folder: Path) -> GatewaySettings:
    dist = folder / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>JTS</title>")
    (dist / "sw.js").write_text("self")
    (dist / "manifest.webmanifest").write_text("{}")
    (dist / "assets" / "index-4be2a19c.js").write_text("export {}")
    (folder / "secret.txt").write_text("canary")
    (dist / "leak.txt").symlink_to(folder / "secret.txt")
    return GatewaySettings(port=18200, web_dist=dist)


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/orders", "/strategies/cross", "/orders/jts-1", "/%00"]
)
async def test_addresses_of_the_page_give_the_page_which_is_asked_for_again_each_time(
    tmp_path: Path, path: str
) -> None:
    async with house(tmp_path, settings=built(tmp_path)) as made, made.client() as nobody:
        answer = await nobody.get(path)
        again = await nobody.get(path, headers={"If-None-Match": answer.headers["etag"]})

        assert answer.status_code == 200 and "<title>JTS</title>" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert again.status_code == 304 and again.content == b""


async def test_hashed_files_are_kept_for_ever_and_the_worker_is_not(tmp_path: Path) -> None:
    async with house(tmp_path, settings=built(tmp_path)) as made, made.client() as nobody:
        hashed = await nobody.get("/assets/index-4be2a19c.js")
        worker = await nobody.get("/sw.js")

        assert "immutable" in hashed.headers["cache-control"]
        assert "javascript" in hashed.headers["content-type"] and hashed.text == "export {}"
        assert worker.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/leak.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt",
     "/..%5csecret.txt", "//etc/passwd", "/assets/%2e%2e/%2e%2e/secret.txt"],
)  # fmt: skip
async def test_nothing_outside_the_page_is_served(tmp_path: Path, path: str) -> None:
    async with house(tmp_path, settings=built(tmp_path)) as made, made.client() as nobody:
        answer = await nobody.get(path)

        assert "canary" not in answer.text and "root:" not in answer.text
        assert answer.status_code == 404 or "<title>JTS</title>" in answer.text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/none", "/api/v1/none", "/metrics"])
async def test_addresses_of_the_api_are_never_the_page(tmp_path: Path, path: str) -> None:
    async with house(tmp_path, settings=built(tmp_path)) as made, made.client() as nobody:
        answer = await nobody.get(path)

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_page_is_only_read(tmp_path: Path) -> None:
    async with house(tmp_path, settings=built(tmp_path)) as made, made.client() as nobody:
        assert (await nobody.post("/")).status_code == 405
        assert (await nobody.head("/")).status_code == 200


async def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    settings = GatewaySettings(port=18200, web_dist=tmp_path / "none")

    async with house(tmp_path, settings=settings) as made, made.client() as nobody:
        answer = await nobody.get("/")

        assert answer.status_code == 503
        assert "make build" in answer.text and "text/html" in answer.headers["content-type"]
