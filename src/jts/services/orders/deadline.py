"""Waiting for the outside, but not for ever: on the Clock's time, so that a simulated day keeps it too."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from jts.ports.clock import Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float, asked: Coroutine[Any, Any, T]) -> T:
    """The answer, if it comes in time. Errors: TimeoutError; whatever `asked` raises."""
    answer = asyncio.ensure_future(asked)
    bell = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((answer, bell), return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise TimeoutError(f"no answer within {seconds:g} s")
    finally:
        bell.cancel()
        if not answer.done():
            answer.cancel()
        await asyncio.gather(answer, bell, return_exceptions=True)
