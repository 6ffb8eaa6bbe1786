"""JSON bodies, read exactly and within bounds: numbers by their text, no key twice, limited depth."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from jts.gateway.auth.caller import Needs
from jts.gateway.problems import Problem

NUMBER_LENGTH_MAX = 100


def read_json(body: bytes, *, depth_max: int) -> Any:
    """The value. Fractions come as Decimal, so that no float stands between the text and us.

    Errors: Problem 400 with the place and the reason.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_once,
        )
    except UnicodeDecodeError:
        raise Problem(400, "expected UTF-8, found bytes that are not") from None
    except json.JSONDecodeError as error:
        raise Problem(
            400, f"expected JSON; {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise Problem(400, f"expected JSON at most {depth_max} deep, found far more") from None
    if _is_deeper(value, depth_max):
        raise Problem(400, f"expected JSON at most {depth_max} deep, found more")
    return value


class ExactRequest(Request):
    """A request whose JSON is read by `read_json`."""

    async def json(self) -> Any:
        return read_json(await self.body(), depth_max=self.scope["state"]["json_depth_max"])


class ExactRoute(APIRoute):
    """A route that first asks who calls and then reads what they say, exactly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        needs = [one.call for one in self.dependant.dependencies if isinstance(one.call, Needs)]

        async def exactly(request: Request) -> Response:
            for need in needs:
                await need(request)
            if self.body_field is not None:
                _check_form(request)
            return await handle(ExactRequest(request.scope, request.receive))

        return exactly


def _check_form(request: Request) -> None:
    """Only JSON that says so is read: what a form on another site can send is not. Errors: Problem 415."""
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if not has_body:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, f"expected Content-Type: application/json, found {kind[:60] or 'none'!r}")


def _number(text: str) -> Decimal:
    if len(text) > NUMBER_LENGTH_MAX:
        raise Problem(400, f"expected numbers of at most {NUMBER_LENGTH_MAX} characters, found {len(text)}")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > NUMBER_LENGTH_MAX:
        raise Problem(400, f"expected numbers of at most {NUMBER_LENGTH_MAX} characters, found {len(text)}")
    return int(text)


def _refuse_constant(text: str) -> Any:
    raise Problem(400, f"expected a number, found {text}: JSON has no such value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, f"expected each field once, found {twice[:60]!r} twice")
    return made


def _is_deeper(value: Any, depth_max: int) -> bool:
    level = [value]
    for _ in range(depth_max):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return False
        level = below
    return any(isinstance(one, dict | list) for one in level)
