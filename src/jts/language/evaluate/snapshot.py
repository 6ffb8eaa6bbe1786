"""A live program's state as bytes: what it holds, its orders, its declared states; columns are rebuilt
from bars.

Numbers of bars are kept relative to the newest finished bar, so that a restart with another length of history
finds the same bars again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy

from jts.domain.values import BadInput
from jts.language.compile.memory import Cell
from jts.language.compile.records import FIELD_BYTES, layout
from jts.language.compile.running import Running
from jts.language.kernels.records import Order

MAGIC = b"JTSLIVE1"
_KEPT = ("state.", "period.", "pending.", "captures", "orders")
ACCOUNT_FIELDS = (
    *("cash", "position", "units", "session", "session_entries", "entry_price", "entry_bar", "exit_bar"),
    *("fill_bar", "stop_bar", "fill_price", "bought", "invested", "returned", "losing_streak", "trades"),
    *("initial_risk", "next_id", "working"),
)
_BARS_OF_BOOK = ("entry_bar", "exit_bar", "fill_bar", "stop_bar")
_BARS_OF_ORDER = ("active_from", "expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Whose state it is, and the newest finished bar it had seen (-1: none)."""

    plan: str
    schema: str
    scales: tuple[int, int, int]
    next: int
    newest_ns: int


def take(running: Running, heading: Heading) -> bytes:
    """The state of a program. Same state, same bytes."""
    book = running.book()
    account = {name: repr(getattr(book, name)) for name in ACCOUNT_FIELDS}
    text = {
        "plan": heading.plan,
        "schema": heading.schema,
        "scales": list(heading.scales),
        "next": heading.next,
        "newest_ns": heading.newest_ns,
        "account": account,
    }
    head = json.dumps(text, sort_keys=True, separators=(",", ":")).encode()
    body = b"".join(_bytes_of(running, cell) for cell in _cells(running))
    return MAGIC + len(head).to_bytes(4, "little") + head + body


def _bytes_of(running: Running, cell: Cell) -> bytes:
    """The cell as it is; undefined doubles in one form, whatever the processor made of them."""
    count = cell.size // FIELD_BYTES
    if cell.type.startswith("f64"):
        doubles = running.machine.floats(cell.address, count).copy()
        doubles[numpy.isnan(doubles)] = numpy.nan
        return doubles.tobytes()
    return running.machine.ints(cell.address, count).tobytes()


def heading_of(data: bytes) -> Heading:
    """Errors: BadInput for bytes that are no snapshot of ours."""
    return _split(data)[0]


def put_back(running: Running, data: bytes, *, moved: int) -> None:
    """Writes a state back. `moved` is added to every bar number in it."""
    _, account, body = _split(data)
    book = running.book()
    for name in ACCOUNT_FIELDS:
        value = float(account[name]) if name == "initial_risk" else int(account[name])
        setattr(book, name, value + moved if name in _BARS_OF_BOOK and value >= 0 else value)
    running.write_book(book)
    at = 0
    for cell in _cells(running):
        cells = running.machine.ints(cell.address, cell.size // FIELD_BYTES)
        part = body[at : at + len(cells) * FIELD_BYTES]
        if len(part) != len(cells) * FIELD_BYTES:
            raise BadInput(
                "expected a whole snapshot; found one that is cut; start the run anew", code="snapshot"
            )
        cells[:] = numpy.frombuffer(part, dtype=numpy.int64)
        at += len(part)
    size = layout(Order).size // FIELD_BYTES
    fields = layout(Order).fields
    count = len(running.program.slots)
    orders = running.machine.ints(running.program.memory.address("orders"), count * size)
    for slot in range(count):
        for name in _BARS_OF_ORDER:
            place = slot * size + fields[name].offset // FIELD_BYTES
            if orders[place] >= 0:
                orders[place] += moved


def _split(data: bytes) -> tuple[Heading, dict[str, str], bytes]:
    if data[: len(MAGIC)] != MAGIC:
        raise BadInput("expected a snapshot of a live program; found other bytes", code="snapshot")
    size = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "little")
    start = len(MAGIC) + 4
    try:
        text = json.loads(data[start : start + size])
        heading = Heading(
            plan=text["plan"],
            schema=text["schema"],
            scales=(text["scales"][0], text["scales"][1], text["scales"][2]),
            next=text["next"],
            newest_ns=text["newest_ns"],
        )
        return heading, dict(text["account"]), data[start + size :]
    except (ValueError, KeyError, IndexError, TypeError):
        raise BadInput("expected a whole snapshot; found a damaged one", code="snapshot") from None


def _cells(running: Running) -> list[Cell]:
    return [cell for cell in running.program.memory.cells if cell.path.startswith(_KEPT)]
