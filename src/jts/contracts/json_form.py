"""The JSON form of messages: one object with its kind, a version, and its fields.

Commands and events are frozen dataclasses of plain values; Decimals and instants travel as text and integers.
`{"kind": "OrderFilled", "v": 1, ...fields}`. Fields are only ever added, with defaults, so an older text is
readable.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from jts.contracts import topics
from jts.domain.orders.order import Order
from jts.domain.orders.states import OrderState
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder

M = TypeVar("M")

VERSION = 1


class Unreadable(Exception):
    """A stored or received message is not in a form this version knows: what it was, and where it failed."""


def _kinds() -> dict[str, type]:
    told: Iterable[type] = (kind for topic in topics.ALL for kind in topic.kinds)
    return {kind.__name__: kind for kind in (*told, Approved, Refused, SubmitOrder, KillState, Order)}


_KINDS = _kinds()
_STATES: dict[str, type] = {state.__name__: state for state in get_args(OrderState)}
_ORDER_FIELDS = {name: hint for name, hint in get_type_hints(Order).items() if name != "state"}


def to_json(message: Any) -> bytes:
    """Compact UTF-8 JSON. Equal messages give equal bytes: fields stay in the order of their class."""
    assert type(message).__name__ in _KINDS, f"{type(message).__name__} has no JSON form; name its class here"
    body: dict[str, Any] = {"kind": type(message).__name__, "v": VERSION}
    body.update(msgspec.to_builtins(message, enc_hook=_encode))
    if isinstance(message, Order):
        body["state"]["is"] = type(message.state).__name__
    return msgspec.json.encode(body)


def from_json(data: bytes | str) -> Any:
    """The message. Errors: Unreadable."""
    try:
        body = msgspec.json.decode(data)
        kind = _KINDS[body.pop("kind")]
        body.pop("v")
        if kind is Order:
            return _order(body)
        return msgspec.convert(body, kind, dec_hook=_decode)
    except (msgspec.MsgspecError, KeyError, AttributeError, TypeError, AssertionError) as error:
        raise Unreadable(f"expected a message in JSON form version {VERSION}; {error}") from error


def from_json_as(data: bytes | str, kind: type[M]) -> M:
    """The message, which must be of this class. Errors: Unreadable."""
    message = from_json(data)
    if not isinstance(message, kind):
        raise Unreadable(f"expected {kind.__name__}, found {type(message).__name__}")
    return message


def _order(body: dict[str, Any]) -> Order:
    """An order names which of its states it is in: a union of classes has no JSON form of its own."""
    state = body.pop("state")
    fields = {
        name: msgspec.convert(value, _ORDER_FIELDS[name], dec_hook=_decode) for name, value in body.items()
    }
    return Order(state=msgspec.convert(state, _STATES[state.pop("is")], dec_hook=_decode), **fields)


def _encode(value: Any) -> Any:
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _decode(kind: type, value: Any) -> Any:
    raise NotImplementedError(f"{kind.__name__} has no JSON form")
