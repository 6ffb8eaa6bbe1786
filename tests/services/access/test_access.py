"""How the owner gets in and how scripts do."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from jts.domain.access.principal import Principal, Scope
from jts.domain.values import NANOS_PER_SECOND, BadInput, Nanos
from jts.services.access.service import API_KEYS_MAX, OWNER
from jts.services.access.token import NO_DIGEST, parse_token
from tests.services.access.makers import NOON_NS, CountedNames, HandClock, access_in, store_in

FIFTEEN_MINUTES_S = 900
TWELVE_HOURS_S = 12 * 3600
SEVEN_DAYS_S = 7 * 24 * 3600


async def test_a_sign_in_link_opens_one_session_of_the_owner(tmp_path: Path) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        link = await access.new_sign_in_link()
        signed_in = await access.redeem_sign_in_link(link)
        again = await access.redeem_sign_in_link(link)

        assert signed_in is not None
        assert await access.by_session(signed_in.secret) == OWNER
        assert again is None


async def test_of_twenty_who_use_a_link_at_once_one_gets_in(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        link = await access.new_sign_in_link()

        answers = await asyncio.gather(*(access.redeem_sign_in_link(link) for _ in range(20)))

        assert sum(answer is not None for answer in answers) == 1
        assert len(await access.sessions()) == 1


@pytest.mark.parametrize(
    ("waited_s", "is_in"),
    [(FIFTEEN_MINUTES_S - 1, True), (FIFTEEN_MINUTES_S, False), (FIFTEEN_MINUTES_S + 1, False)],
)
async def test_a_link_lasts_fifteen_minutes(tmp_path: Path, waited_s: int, is_in: bool) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        link = await access.new_sign_in_link()
        clock.move(waited_s)

        assert (await access.redeem_sign_in_link(link) is not None) == is_in


async def test_a_newer_link_ends_the_older(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        older = await access.new_sign_in_link()
        newer = await access.new_sign_in_link()

        assert await access.redeem_sign_in_link(older) is None
        assert await access.redeem_sign_in_link(newer) is not None


@pytest.mark.parametrize("nonsense", ["", "x", "jtsl_0123456789_", "jtsl_0123456789_" + "a" * 43, "가" * 50])
async def test_a_link_that_was_never_made_opens_nothing(tmp_path: Path, nonsense: str) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        await access.new_sign_in_link()

        assert await access.redeem_sign_in_link(nonsense) is None


@pytest.mark.parametrize(("idle_s", "is_in"), [(TWELVE_HOURS_S - 1, True), (TWELVE_HOURS_S, False)])
async def test_a_session_ends_after_twelve_idle_hours(tmp_path: Path, idle_s: int, is_in: bool) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        made = await access.redeem_sign_in_link(await access.new_sign_in_link())
        assert made is not None
        clock.move(idle_s)

        assert (await access.by_session(made.secret) is not None) == is_in


async def test_a_session_in_use_still_ends_after_seven_days(tmp_path: Path) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        made = await access.redeem_sign_in_link(await access.new_sign_in_link())
        assert made is not None
        for _ in range(SEVEN_DAYS_S // 21_600 - 1):
            clock.move(21_600)
            assert await access.by_session(made.secret) == OWNER
        clock.move(21_599)
        last_second = await access.by_session(made.secret)
        clock.move(1)

        assert last_second == OWNER
        assert await access.by_session(made.secret) is None
        assert await access.sessions() == ()


async def test_looking_at_a_session_is_not_being_there(tmp_path: Path) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        made = await access.redeem_sign_in_link(await access.new_sign_in_link())
        assert made is not None
        clock.move(TWELVE_HOURS_S - 1)
        seen = await access.session(made.secret)
        clock.move(1)

        assert seen is not None and seen.last_seen_ns == NOON_NS
        assert await access.session(made.secret) is None


async def test_an_ended_session_opens_nothing_at_once(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        made = await access.redeem_sign_in_link(await access.new_sign_in_link())
        assert made is not None

        ended = await access.end_session(made.session.id, by=OWNER)

        assert ended
        assert await access.by_session(made.secret) is None
        assert not await access.end_session(made.session.id, by=OWNER)


async def test_a_key_carries_its_name_and_scope(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        made = await access.create_api_key(name="notebook", scope=Scope.READ, by=OWNER)

        assert made.secret.startswith(f"jts_{made.api_key.prefix}_")
        assert await access.by_api_key(made.secret) == Principal(
            name=f"key:{made.api_key.prefix}", scope=Scope.READ
        )


async def test_a_revoked_key_opens_nothing_at_once(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        made = await access.create_api_key(name="bot", scope=Scope.TRADE, by=OWNER)

        revoked = await access.revoke_api_key(made.api_key.id, by=OWNER)

        assert revoked
        assert await access.by_api_key(made.secret) is None
        assert not await access.revoke_api_key(made.api_key.id, by=OWNER)


@pytest.mark.parametrize(("waited_s", "is_in"), [(59, True), (60, False), (61, False)])
async def test_a_key_ends_when_it_was_said_to(tmp_path: Path, waited_s: int, is_in: bool) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        ends_ns = Nanos(NOON_NS + 60 * NANOS_PER_SECOND)
        made = await access.create_api_key(name="bot", scope=Scope.READ, by=OWNER, expires_ns=ends_ns)
        clock.move(waited_s)

        assert (await access.by_api_key(made.secret) is not None) == is_in


async def test_the_last_use_of_a_key_is_written_at_most_once_a_minute(tmp_path: Path) -> None:
    clock = HandClock()

    async with access_in(tmp_path, clock) as access:
        made = await access.create_api_key(name="bot", scope=Scope.READ, by=OWNER)
        written = []
        for _ in range(3):
            await access.by_api_key(made.secret)
            written.append((await access.api_keys())[0].last_used_ns)
            clock.move(30)

        assert written == [NOON_NS, NOON_NS, NOON_NS + 60 * NANOS_PER_SECOND]


async def test_only_the_internal_key_of_this_process_has_the_owners_scope(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        internal = access.new_internal_key()

        with pytest.raises(BadInput, match="scope read or trade"):
            await access.create_api_key(name="bot", scope=Scope.OWNER, by=OWNER)

        assert await access.by_api_key(internal) == Principal(name="cli", scope=Scope.OWNER)
        assert await access.by_api_key(internal[:-1] + "x") is None
        assert await access.api_keys() == ()


@pytest.mark.parametrize("name", ["", " bot", "bot\n", "a" * 65, "\x1b[31mred"])
async def test_a_key_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        with pytest.raises(BadInput, match="printable"):
            await access.create_api_key(name=name, scope=Scope.READ, by=OWNER)

        assert await access.api_keys() == ()


async def test_there_are_two_hundred_live_keys_at_most(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        for number in range(API_KEYS_MAX):
            last = await access.create_api_key(name=f"bot {number}", scope=Scope.READ, by=OWNER)

        with pytest.raises(BadInput, match="at most 200"):
            await access.create_api_key(name="one more", scope=Scope.READ, by=OWNER)
        await access.revoke_api_key(last.api_key.id, by=OWNER)

        await access.create_api_key(name="one more", scope=Scope.READ, by=OWNER)


async def test_neither_the_store_nor_the_book_of_facts_holds_a_secret(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        link = await access.new_sign_in_link()
        made = await access.redeem_sign_in_link(link)
        key = await access.create_api_key(name="bot", scope=Scope.READ, by=OWNER)
        assert made is not None
        secrets = [text.rsplit("_", 1)[1] for text in (link, made.secret, key.secret)]

    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert all(len(secret) >= 40 for secret in secrets)
    assert not [secret for secret in secrets if secret.encode() in everything]
    assert key.api_key.prefix.encode() in everything


async def test_every_act_of_access_is_in_the_book_of_facts(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        link = await access.new_sign_in_link(correlation_id="click-1")
        made = await access.redeem_sign_in_link(link, correlation_id="click-2")
        await access.redeem_sign_in_link(link)
        assert made is not None
        key = await access.create_api_key(name="bot", scope=Scope.READ, by=OWNER)
        await access.revoke_api_key(key.api_key.id, by=OWNER)
        await access.denied(by=OWNER, what="POST /api/v1/orders")
        await access.end_session(made.session.id, by=OWNER)

    with sqlite3.connect(tmp_path / "jts.sqlite") as connection:
        rows = connection.execute("SELECT kind, correlation_id FROM events ORDER BY seq").fetchall()
    connection.close()

    assert [kind for kind, _ in rows] == [
        "SignInLinkMade", "SignedIn", "SignInRefused", "ApiKeyCreated", "ApiKeyRevoked", "PermissionDenied",
        "SessionEnded",
    ]  # fmt: skip
    assert [correlation for _, correlation in rows[:2]] == ["click-1", "click-2"]


async def test_sessions_and_keys_survive_a_restart_but_the_internal_key_does_not(tmp_path: Path) -> None:
    clock = HandClock()
    async with access_in(tmp_path, clock) as access:
        internal = access.new_internal_key()
        session = await access.redeem_sign_in_link(await access.new_sign_in_link())
        key = await access.create_api_key(name="bot", scope=Scope.READ, by=OWNER)
        assert session is not None

    async with access_in(tmp_path, clock) as access:
        assert await access.by_session(session.secret) == OWNER
        assert await access.by_api_key(key.secret) is not None
        assert await access.by_api_key(internal) is None


async def test_a_key_whose_prefix_is_unknown_is_compared_all_the_same(tmp_path: Path) -> None:
    async with access_in(tmp_path, HandClock()) as access:
        made = await access.create_api_key(name="bot", scope=Scope.READ, by=OWNER)
        token = parse_token(made.secret, "jts")
        assert token is not None

        assert not token.is_kept_as(None)
        assert not token.is_kept_as(NO_DIGEST)
        assert token.is_kept_as(token.digest)


async def test_a_prefix_that_is_met_again_is_made_anew(tmp_path: Path) -> None:
    class Repeating(CountedNames):
        """The first two prefixes come from the same chance."""

        calls = 0

        def secret(self, size_bytes: int = 32) -> str:
            self.calls += 1
            return "the same chance" if self.calls in (1, 3) else super().secret(size_bytes)

    async with store_in(tmp_path) as store:
        from jts.services.access.service import AccessService

        access = AccessService(store=store, clock=HandClock(), names=Repeating())
        first = await access.create_api_key(name="one", scope=Scope.READ, by=OWNER)
        second = await access.create_api_key(name="two", scope=Scope.READ, by=OWNER)

        assert first.api_key.prefix != second.api_key.prefix
        assert await access.by_api_key(first.secret) is not None
        assert await access.by_api_key(second.secret) is not None
