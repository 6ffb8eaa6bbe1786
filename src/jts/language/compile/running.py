"""A program in memory: its state written, its columns laid out, its functions ready to be called."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import TypeVar

import numpy
from numpy.typing import NDArray

from jts.language.compile.column_graph import PriceNode
from jts.language.compile.lower import Program
from jts.language.compile.machine import Machine
from jts.language.compile.memory import FIRST_ADDRESS
from jts.language.compile.records import FIELD_BYTES, layout
from jts.language.compile.terms import Terms
from jts.language.kernels.records import Band, Book, Event, Order

EVENT_FIELDS = tuple(layout(Event).fields)
_Record = TypeVar("_Record")
_FORMS = {"i64": "q", "f64": "d", "i32": "q"}


class Running:
    """One program with its memory. Columns hold bars `origin` to `origin + capacity` and may be moved on."""

    def __init__(
        self, program: Program, terms: Terms, parameters: dict[str, float], machine: Machine | None = None
    ) -> None:
        """A `machine` that ran this program before may be given again; its state is wiped."""
        self.program = program
        self.terms = terms
        self.machine = machine or Machine(program.binary)
        if machine is not None:
            used = (program.memory.address("log") - FIRST_ADDRESS) // FIELD_BYTES
            self.machine.ints(FIRST_ADDRESS, used)[:] = 0
        self.pad = program.look_back(parameters)
        self.capacity = 0
        self.origin = 0
        self._places: dict[str, int] = {}
        self._end = 0
        memory = program.memory
        for name, value in parameters.items():
            self.machine.floats(memory.address(f"parameter.{name}"), 1)[0] = value
        self._write_all(memory.address("bands"), Band, terms.bands)
        self._write_all(
            memory.address("orders"),
            Order,
            (_order(slot.rule.id, slot.side, slot.role) for slot in program.slots),
        )
        self.write_book(terms.book)
        self.machine.caller("begin", 0)()

    # ---- state ----

    def write_book(self, book: Book) -> None:
        write_record(self.machine, self.program.memory.address("book"), book)

    def book(self) -> Book:
        return read_record(self.machine, self.program.memory.address("book"), Book)

    def order(self, slot: int) -> Order:
        size = layout(Order).size
        return read_record(self.machine, self.program.memory.address("orders") + slot * size, Order)

    def write_order(self, slot: int, order: Order) -> None:
        size = layout(Order).size
        write_record(self.machine, self.program.memory.address("orders") + slot * size, order)

    def book_field(self, name: str) -> int:
        return int(self.machine.ints(self._book_address(name), 1)[0])

    def set_book_field(self, name: str, value: int) -> None:
        self.machine.ints(self._book_address(name), 1)[0] = value

    def _book_address(self, name: str) -> int:
        return self.program.memory.address("book") + layout(Book).fields[name].offset

    def drain(self) -> NDArray[numpy.int64]:
        """The lines of the log since the last call: rows of `EVENT_FIELDS`, a copy."""
        count = self.book_field("log_at")
        fields = len(EVENT_FIELDS)
        rows = (
            self.machine.ints(self.program.memory.address("log"), count * fields)
            .reshape(count, fields)
            .copy()
        )
        self.set_book_field("log_at", 0)
        return rows

    def _write_all(self, address: int, kind: type, records: Iterable[object]) -> None:
        raw = b"".join(_bytes_of(one) for one in records)
        assert len(raw) % layout(kind).size == 0, "whole records"
        self.machine.ints(address, len(raw) // FIELD_BYTES)[:] = numpy.frombuffer(raw, dtype=numpy.int64)

    # ---- columns ----

    def lay_out(self, capacity: int, *, wanted: Iterable[str]) -> None:
        """Room for `capacity` bars. `wanted` are the input columns that will be written; others share a
        place.
        """
        memory = self.program.memory
        self.capacity = capacity
        self._places = {}
        at = -(-memory.columns_at // 64) * 64
        wanted = set(wanted)
        own = [name for name in memory.directory() if name in wanted or _is_own(name)]
        for name in own:
            padding = self.pad if name.startswith(("node.", "sample.")) else 0
            self._places[name] = at + padding * FIELD_BYTES
            at += -(-(padding + capacity) * FIELD_BYTES // 64) * 64
        self._end = at
        self.machine.reserve(at)
        for name in own:
            if name.startswith(("node.", "sample.")) and self.pad:
                self.machine.floats(self._places[name] - self.pad * FIELD_BYTES, self.pad)[:] = math.nan
        self.point()

    def reserve_beyond(self, size: int) -> int:
        """Room after the columns; its address."""
        at = self._end
        self._end += -(-size // 64) * 64
        self.machine.reserve(self._end)
        return at

    def point(self) -> None:
        """Writes the directory: the address of bar 0 of each column, which may lie before the memory
        itself.
        """
        memory = self.program.memory
        directory = memory.directory()
        cells = self.machine.ints(memory.address("directory"), len(directory))
        for at, name in enumerate(directory):
            place = self._places.get(name, self._places["close"])
            cells[at] = (place - self.origin * FIELD_BYTES) & 0xFFFFFFFF

    def place(self, name: str) -> int:
        """The address of the first bar held of a column."""
        return self._places.get(name, self._places["close"])

    def has(self, name: str) -> bool:
        return name in self._places

    def ints(self, name: str) -> NDArray[numpy.int64]:
        return self.machine.ints(self.place(name), self.capacity)

    def floats(self, name: str) -> NDArray[numpy.float64]:
        return self.machine.floats(self.place(name), self.capacity)

    def volume_node(self) -> str | None:
        """The column the host fills with volumes, if the program reads them."""
        for at, node in enumerate(self.program.graph.nodes):
            if node == PriceNode("volume"):
                return f"node.{at}"
        return None


def _is_own(name: str) -> bool:
    return name in ("open", "close", "equity") or name.startswith(("node.", "sample.", "period."))


def _order(rule: int, side: int, role: int) -> Order:
    order = Order()
    order.rule, order.side, order.role = rule, side, role
    return order


def _kind(record: type) -> type:
    return record


def _bytes_of(record: object) -> bytes:
    fields = layout(_kind(type(record))).fields.values()
    return b"".join(struct.pack("<" + _FORMS[one.type], getattr(record, one.name)) for one in fields)


def write_record(machine: Machine, address: int, record: object) -> None:
    raw = numpy.frombuffer(_bytes_of(record), dtype=numpy.int64)
    machine.ints(address, len(raw))[:] = raw


def read_record(machine: Machine, address: int, kind: type[_Record]) -> _Record:
    form = layout(_kind(kind))
    raw = machine.ints(address, form.size // FIELD_BYTES).tobytes()
    out = kind()
    for one in form.fields.values():
        (value,) = struct.unpack_from("<" + _FORMS[one.type], raw, one.offset)
        setattr(out, one.name, bool(value & 1) if one.type == "i32" else value)
    return out
