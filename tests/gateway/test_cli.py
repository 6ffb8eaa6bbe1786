"""`jts api-key` and `jts link`, with the platform resting and with it running."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jts.cli import api_key, link
from tests.gateway.live import LiveHouse, live


def jts(verb: Any, *words: str) -> Result:
    return CliRunner().invoke(verb.command, list(words))


def test_a_key_is_made_listed_and_revoked_while_the_platform_rests(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    made = json.loads(jts(api_key, "create", "--name", "bot", "--scope", "read", "--json", *home).output)

    listed = json.loads(jts(api_key, "list", "--json", *home).output)["api_keys"]
    revoked = jts(api_key, "revoke", made["id"], *home)
    again = jts(api_key, "revoke", made["id"], *home)

    assert made.keys() >= {"id", "key", "prefix", "name", "scope"}
    assert made["key"].startswith(f"jts_{made['prefix']}_")
    assert [(key["id"], key["name"], key["scope"]) for key in listed] == [(made["id"], "bot", "read")]
    assert revoked.exit_code == 0
    assert again.exit_code == 1 and "jts api-key list" in again.output
    assert "revoked" in jts(api_key, "list", *home).output


@pytest.mark.parametrize(
    "words",
    [
        ("--name", "bot", "--scope", "owner"),
        ("--name", "", "--scope", "read"),
        ("--scope", "read"),
        ("--name", "bot", "--scope", "read", "--expires", "0"),
    ],
)
def test_a_key_that_should_not_be_is_refused_in_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = jts(api_key, "create", *words, "--home", str(tmp_path))

    assert done.exit_code != 0
    assert "Error" in done.output and "Traceback" not in done.output


def test_a_link_needs_a_running_platform(tmp_path: Path) -> None:
    done = jts(link, "--home", str(tmp_path))

    assert done.exit_code == 1
    assert "jts run" in done.output


@pytest.mark.slow
async def test_with_the_platform_running_it_is_asked(tmp_path: Path) -> None:
    home = tmp_path / "home"

    async with live(tmp_path) as running:
        _announce(home, running)
        words = ("--name", "bot", "--scope", "trade", "--expires", "1", "--json", "--home", str(home))
        body = json.loads(await _printed("api-key", "create", *words))
        printed = await _printed("link", "--home", str(home))
        principal = await running.house.access.by_api_key(body["key"])
        session = await running.house.access.redeem_sign_in_link(printed.strip().partition("=")[2])

    assert principal is not None and principal.scope == "trade"
    assert body["expires_at"] is not None
    assert printed.startswith("http://127.0.0.1:")
    assert session is not None


async def _printed(*words: str) -> str:
    """What the command prints, as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jts.cli.main", *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    return out.decode()


def _announce(home: Path, running: LiveHouse) -> None:
    (home / "run").mkdir(parents=True)
    told = {
        "url": running.origin,
        "pid": 1,
        "key": running.house.access.new_internal_key(),
        "version": "0.1.0",
    }
    (home / "run" / "platform.json").write_text(json.dumps(told))
