"""What every keeper of access promises."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jts.domain.access.principal import ApiKey, Scope
from jts.domain.values import MessageId, Nanos, Provenance
from jts.ports.access_store import AccessFact, KeptAnswer, KeptApiKey, KeptLink, KeptSession, NameTaken
from tests.services.access.makers import store_in

WEEK_NS = 7 * 24 * 3600 * 1_000_000_000


def fact(kind: str = "Something") -> AccessFact:
    provenance = Provenance(id=MessageId("m"), at_ns=Nanos(1), correlation_id="c", causation_id="c")
    return AccessFact(provenance=provenance, stream="access/owner", kind=kind, body="{}")


def link(id: str, at_ns: int = 10) -> KeptLink:
    return KeptLink(id=id, digest="d" * 64, created_ns=Nanos(at_ns), expires_ns=Nanos(at_ns + 100))


def session(id: str) -> KeptSession:
    return KeptSession(
        id=id,
        digest="e" * 64,
        name="owner",
        scope=Scope.OWNER,
        created_ns=Nanos(20),
        expires_ns=Nanos(1000),
        last_seen_ns=Nanos(20),
    )


def api_key(id: str) -> KeptApiKey:
    key = ApiKey(
        id=id,
        prefix=id,
        name="bot",
        scope=Scope.TRADE,
        created_ns=Nanos(5),
        expires_ns=None,
        last_used_ns=None,
        revoked_ns=None,
    )
    return KeptApiKey(key=key, digest="f" * 64)


async def test_what_was_kept_is_read_back_equal(tmp_path: Path) -> None:
    async with store_in(tmp_path) as store:
        await store.put_link(link("a"), fact())
        await store.use_link("a", session("s"), fact())
        await store.put_api_key(api_key("k"), fact())

        assert await store.session("s") == session("s")
        assert await store.sessions() == (session("s"),)
        assert await store.api_key("k") == api_key("k")
        assert await store.api_keys() == (api_key("k").key,)


async def test_a_link_is_used_once_and_the_newest_wins(tmp_path: Path) -> None:
    async with store_in(tmp_path) as store:
        await store.put_link(link("old"), fact())
        await store.put_link(link("new"), fact())

        won = await asyncio.gather(*(store.use_link("new", session(f"s{n}"), fact()) for n in range(20)))

        assert sum(won) == 1
        assert not await store.use_link("old", session("late"), fact())
        assert len(await store.sessions()) == 1


async def test_an_ended_session_and_a_revoked_key_stay_so(tmp_path: Path) -> None:
    async with store_in(tmp_path) as store:
        await store.put_link(link("a"), fact())
        await store.use_link("a", session("s"), fact())
        await store.put_api_key(api_key("k"), fact())

        ended = [await store.end_session("s", Nanos(30), fact()) for _ in range(2)]
        revoked = [await store.revoke_api_key("k", Nanos(30), fact()) for _ in range(2)]

        assert ended == [True, False] and revoked == [True, False]
        assert await store.session("s") is None
        kept = await store.api_key("k")
        assert kept is not None and kept.key.revoked_ns == 30


async def test_being_seen_never_moves_back(tmp_path: Path) -> None:
    async with store_in(tmp_path) as store:
        await store.put_link(link("a"), fact())
        await store.use_link("a", session("s"), fact())
        await store.put_api_key(api_key("k"), fact())
        for at_ns in (50, 40):
            await store.saw_session("s", Nanos(at_ns))
            await store.used_api_key("k", Nanos(at_ns))

        kept_session, kept_key = await store.session("s"), await store.api_key("k")

        assert kept_session is not None and kept_session.last_seen_ns == 50
        assert kept_key is not None and kept_key.key.last_used_ns == 50


async def test_an_id_that_is_taken_is_refused(tmp_path: Path) -> None:
    async with store_in(tmp_path) as store:
        await store.put_api_key(api_key("k"), fact())

        with pytest.raises(NameTaken):
            await store.put_api_key(api_key("k"), fact())


async def test_the_first_answer_stays_until_it_is_too_old(tmp_path: Path) -> None:
    async with store_in(tmp_path) as store:

        async def keep(at_ns: int, body: bytes) -> None:
            await store.keep_answer(
                principal="owner",
                key="k",
                route="POST /kill",
                body_digest="d",
                status=200,
                body=body,
                at_ns=at_ns,
                forget_before_ns=at_ns - WEEK_NS,
            )

        await keep(1, b"first")
        await keep(WEEK_NS, b"second")
        still = await store.find_answer(principal="owner", key="k", since_ns=0)
        await keep(WEEK_NS + 2, b"third")
        later = await store.find_answer(principal="owner", key="k", since_ns=2)

        assert still == KeptAnswer(route="POST /kill", body_digest="d", status=200, body=b"first")
        assert later is not None and later.body == b"third"
        assert await store.find_answer(principal="key:1", key="k", since_ns=0) is None
        assert await store.find_answer(principal="owner", key="k", since_ns=WEEK_NS + 3) is None
