"""Who may follow the stream, how many, and what ends a follower, over real WebSockets on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from jts.gateway.settings import GatewaySettings
from jts.services.access.service import OWNER
from tests.gateway.live import closed_with, live
from tests.gateway.makers import until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("topic", ["nobody", "wrong key", "token in the address", "key in the address"])
async def test_nobody_follows_unrecognised(tmp_path: Path, topic: str) -> None:
    async with live(tmp_path) as running:
        key = await running.key()
        url, headers = running.stream_url, dict[str, str]()
        if topic == "wrong key":
            headers = {"Authorization": f"Bearer {key}x"}
        elif topic == "token in the address":
            url += f"?token={key}"
        elif topic == "key in the address":
            url, headers = url + f"?token={key}", {"Authorization": f"Bearer {key}"}

        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=headers, proxy=None)

        response = refused.value.response
        assert response.status_code == (400 if topic == "key in the address" else 401)
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("origin", ["own", "none", "http://evil.example", "null", "http://localhost:1"])
async def test_a_cookie_follows_from_our_own_page_only(tmp_path: Path, origin: str) -> None:
    async with live(tmp_path) as running:
        secret = (await running.house.session()).secret
        headers = {"Cookie": f"jts_session={secret}"}
        if origin != "none":
            headers["Origin"] = running.origin if origin == "own" else origin

        if origin == "own":
            async with connect(running.stream_url, additional_headers=headers, proxy=None) as connection:
                assert "snapshot" in str(await connection.recv())
        else:
            with pytest.raises(InvalidStatus) as refused:
                await connect(running.stream_url, additional_headers=headers, proxy=None)
            assert refused.value.response.status_code == 403


async def test_a_key_does_not_follow_from_another_page(tmp_path: Path) -> None:
    async with live(tmp_path) as running:
        headers = {"Authorization": f"Bearer {await running.key()}", "Origin": "http://evil.example"}

        with pytest.raises(InvalidStatus) as refused:
            await connect(running.stream_url, additional_headers=headers, proxy=None)

        assert refused.value.response.status_code == 403


async def test_the_end_of_a_session_ends_its_streams_within_five_seconds(tmp_path: Path) -> None:
    settings = GatewaySettings(port=18_200, stream_recheck_s=0.2)

    async with live(tmp_path, settings) as running:
        session = await running.house.session()
        headers = {"Cookie": f"jts_session={session.secret}", "Origin": running.origin}
        async with connect(running.stream_url, additional_headers=headers, proxy=None) as connection:
            await connection.recv()
            await running.house.access.end_session(session.session.id, by=OWNER)

            code = await closed_with(connection)

        assert code == 4401
        assert GatewaySettings().stream_recheck_s < 5


async def test_the_end_of_a_key_ends_its_streams(tmp_path: Path) -> None:
    settings = GatewaySettings(port=18_200, stream_recheck_s=0.2)

    async with live(tmp_path, settings) as running:
        key = await running.key()
        async with running.follow(key) as follower:
            await follower.frame()
            await running.house.access.revoke_api_key(key.split("_")[1], by=OWNER)

            assert await closed_with(follower.connection) == 4401


@pytest.mark.parametrize(
    "said",
    ["hello", "{}", '{"type":"subscribe"}', '{"type":"pause","x":1}', "[1", b"\x00", '"' + "x" * 300 + '"'],
)
async def test_whoever_says_what_is_not_known_is_closed(tmp_path: Path, said: str | bytes) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()

        await follower.connection.send(said)

        assert await closed_with(follower.connection) == 1008


async def test_a_message_too_large_for_anything_we_know_is_closed(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()

        await follower.connection.send("x" * 1_000_000)

        assert await closed_with(follower.connection) in (1008, 1009)


async def test_a_flood_of_pauses_is_closed(tmp_path: Path) -> None:
    async with live(tmp_path) as running, running.follow() as follower:
        await follower.frame()

        for _ in range(100):
            await follower.connection.send('{"type":"pause"}')

        assert await closed_with(follower.connection) == 1008


async def test_a_principal_has_so_many_streams_and_gets_one_back_when_one_ends(tmp_path: Path) -> None:
    settings = GatewaySettings(port=18_200, stream_clients_per_principal=2)

    async with live(tmp_path, settings) as running:
        key = await running.key()
        async with running.follow(key), running.follow(key):
            with pytest.raises(InvalidStatus) as refused:
                async with running.follow(key):
                    pass
            async with running.follow() as another:
                assert (await another.frame())["type"] == "snapshot"
        await until(lambda: not running.house.hub._admitted)
        async with running.follow(key) as again:
            assert (await again.frame())["type"] == "snapshot"

        assert refused.value.response.status_code == 429
