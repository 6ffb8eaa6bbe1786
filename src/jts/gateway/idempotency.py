"""Said twice, done once: the first answer to each Idempotency-Key is kept and given again."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from jts.domain.values import NANOS_PER_SECOND, ClientOrderId, IntentId
from jts.gateway.problems import MEDIA_TYPE, Problem, correlation_of, respond
from jts.gateway.seams import Services
from jts.gateway.settings import GatewaySettings

REMEMBERED_MAX = 10_000
_KEY = re.compile(r"^[!-~]{1,128}$", re.ASCII)


async def _idempotency_key(
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="Your name for this wish, 1 to 128 visible ASCII characters: the same key is the "
            "same wish, however often it is sent.",
            examples=["8f14e45f-ea5a-4a43-9d4e-0b1f8a1b7c11"],
        ),
    ],
) -> str:
    if not _KEY.match(key):
        raise Problem(
            400,
            f"Idempotency-Key: expected 1 to 128 visible ASCII characters, found {key[:40]!r}",
            errors=[("Idempotency-Key", "expected 1 to 128 visible ASCII characters")],
        )
    return key


IdempotencyKey = Annotated[str, Depends(_idempotency_key)]


def intent_of(principal: str, key: str) -> IntentId:
    """The wish behind a key: the same for the same principal and key, and nobody else's."""
    return IntentId("api-" + _digest(principal, key)[:32])


def order_id_of(intent: IntentId) -> ClientOrderId:
    """The order of an intent. 28 characters, which every broker takes as a client id."""
    return ClientOrderId("jts-" + _digest("order", intent)[:24])


def body_digest(body: BaseModel | None) -> str:
    """What was asked, however it was spelled: SHA-256 of the checked body."""
    return sha256(b"" if body is None else body.model_dump_json().encode()).hexdigest()


class FirstAnswers:
    """Makes repeats of a request wait for the first, and gives them its answer."""

    def __init__(self, services: Services, settings: GatewaySettings) -> None:
        self._services = services
        self._kept_ns = settings.answers_kept_s * NANOS_PER_SECOND
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}
        self._orders: OrderedDict[ClientOrderId, str] = OrderedDict()

    async def once(
        self,
        request: Request,
        *,
        principal: str,
        key: str,
        body: BaseModel | None,
        act: Callable[[], Awaitable[Response]],
    ) -> Response:
        """The answer of `act`, or the one that was given first. Errors: Problem 409 if the key was used for
        something else."""
        route, digest = f"{request.method} {request.url.path}", body_digest(body)
        async with self._alone(principal, key):
            now = self._services.clock.now_ns()
            first = await self._services.answers.find_answer(
                principal=principal, key=key, since_ns=now - self._kept_ns
            )
            if first is not None:
                if first.route != route or first.body_digest != digest:
                    raise used_otherwise(first.route)
                return _again(first.status, first.body)
            try:
                answer = await act()
            except HTTPException as problem:
                if problem.status_code >= 500:
                    raise
                answer = respond(problem, correlation_of(request.scope))
            await self._services.answers.keep_answer(
                principal=principal,
                key=key,
                route=route,
                body_digest=digest,
                status=answer.status_code,
                body=bytes(answer.body),
                at_ns=now,
                forget_before_ns=now - self._kept_ns,
            )
            return answer

    async def claim_order(self, order: ClientOrderId, body: BaseModel, account: str) -> None:
        """Hold the order's id for this body. Risk keeps the first answer of each intent within an account;
        this sees the same key used for another account or ticket.

        Errors: Problem 409.
        """
        digest = body_digest(body)
        if self._orders.setdefault(order, digest) != digest:
            raise used_otherwise("POST /api/v1/orders")
        if len(self._orders) > REMEMBERED_MAX:
            self._orders.popitem(last=False)
        known = await self._services.orders.get(order)
        if known is not None and known.account != account:
            raise used_otherwise("POST /api/v1/orders")

    @asynccontextmanager
    async def _alone(self, principal: str, key: str) -> AsyncIterator[None]:
        lock, users = self._locks.get((principal, key), (asyncio.Lock(), 0))
        self._locks[principal, key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop((principal, key))
            if users > 1:
                self._locks[principal, key] = (lock, users - 1)


def _digest(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()


def used_otherwise(route: str) -> Problem:
    return Problem(
        409, f"this Idempotency-Key was used for another request ({route}): make a new key for a new wish"
    )


def _again(status: int, body: bytes) -> Response:
    media_type = "application/json" if status < 400 else MEDIA_TYPE
    return Response(body, status, media_type=media_type, headers={"Idempotency-Replayed": "true"})
