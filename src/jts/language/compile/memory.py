"""What lies where in the linear memory of a program: its state, laid out and named.

First the cells the program owns (book, parameters, states, indicator memory, orders), then the tick table and
the log, then the columns, which the host lays out and announces through the directory. Everything before the
columns is the program's state, and the state schema is this list.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from jts.language.compile import ir
from jts.language.compile.ir import Expr
from jts.language.compile.records import FIELD_BYTES, layout
from jts.language.kernels.records import Band, Book, Event, Order

BANDS_MAX = 512
LOG_MAX = 4_096
FIRST_ADDRESS = 64


@dataclass(frozen=True, slots=True)
class Cell:
    """A named stretch of state memory."""

    path: str
    type: str
    address: int
    size: int


@dataclass(slots=True)
class Memory:
    """The addresses of one program. Build it in full before functions are made: order decides addresses."""

    parameters: tuple[str, ...]
    states: tuple[str, ...]
    periods: tuple[str, ...]
    samples: tuple[str, ...]
    slots: int
    pending: tuple[str, ...] = ()
    captures: int = 0
    nodes: int = 0
    cells: list[Cell] = field(default_factory=list)
    _end: int = FIRST_ADDRESS
    _addresses: dict[str, int] = field(default_factory=dict)
    _directory_at: dict[str, int] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)

    def lay_out(self, indicator_states: list[tuple[str, type]]) -> None:
        """Gives every cell its address. `indicator_states` are (path, record) in the order of the nodes."""
        self._cell("book", "Book", layout(Book).size)
        for name in self.parameters:
            self._cell(f"parameter.{name}", "f64", FIELD_BYTES)
        for name in self.states:
            self._cell(f"state.{name}", "f64", FIELD_BYTES)
        for name in self.periods:
            self._cell(f"period.{name}", "i64", FIELD_BYTES)
        for name in self.pending:
            self._cell(f"pending.{name}", "cell", FIELD_BYTES)
        self._cell("captures", f"f64[{self.captures}]", self.captures * FIELD_BYTES)
        self._cell("orders", f"Order[{self.slots}]", self.slots * layout(Order).size)
        for path, record in indicator_states:
            self._cell(path, record.__name__, layout(record).size)
        self._cell("directory", "address[]", len(self.directory()) * FIELD_BYTES)
        first = self.address("directory")
        self._directory_at = {name: first + at * FIELD_BYTES for at, name in enumerate(self.directory())}
        self._cell("bands", f"Band[{BANDS_MAX}]", BANDS_MAX * layout(Band).size)
        self._cell("log", f"Event[{LOG_MAX}]", LOG_MAX * layout(Event).size)

    def directory(self) -> list[str]:
        """The columns, in the order of the directory."""
        inputs = ["open", "high", "low", "close", "instant", "equity"]
        inputs += [f"period.{name}" for name in self.periods]
        inputs += [f"sample.{name}" for name in self.samples]
        return inputs + [f"node.{at}" for at in range(self.nodes)]

    def _cell(self, path: str, type: str, size: int) -> None:
        self.cells.append(Cell(path, type, self._end, size))
        self._addresses[path] = self._end
        self._end += -(-size // 16) * 16

    @property
    def columns_at(self) -> int:
        """Where the host may begin to lay out columns."""
        return self._end

    def address(self, path: str) -> int:
        return self._addresses[path]

    def schema(self) -> str:
        """The hash of the state schema: same paths, types and order."""
        text = "\n".join(f"{cell.path} {cell.type} {cell.size}" for cell in self.cells)
        return hashlib.sha256(text.encode()).hexdigest()

    # ---- as intermediate form ----

    @property
    def book(self) -> Expr:
        return ir.i32(self.address("book"))

    @property
    def orders(self) -> Expr:
        return ir.i32(self.address("orders"))

    @property
    def log(self) -> Expr:
        return ir.i32(self.address("log"))

    @property
    def bands(self) -> Expr:
        return ir.i32(self.address("bands"))

    def book_field(self, name: str) -> Expr:
        one = layout(Book).fields[name]
        return ir.Load(one.type, self.book, one.offset)

    def order_field(self, slot: int, name: str) -> Expr:
        one = layout(Order).fields[name]
        return ir.Load(one.type, ir.i32(self.address("orders") + slot * layout(Order).size), one.offset)

    def parameter(self, name: str) -> Expr:
        return ir.Load("f64", ir.i32(self.address(f"parameter.{name}")), 0)

    def state(self, name: str) -> Expr:
        return ir.Load("f64", ir.i32(self.address(f"state.{name}")), 0)

    def capture(self, at: int) -> Expr:
        return ir.Load("f64", ir.i32(self.address("captures") + at * FIELD_BYTES), 0)

    def column(self, name: str) -> Expr:
        """The address of entry 0 of a column, as a local of the function being made (see `open_function`)."""
        self._used[f"at.{name}"] = self._directory_at[name]
        return ir.Get("i32", f"at.{name}")

    def open_function(self) -> None:
        """Columns used from here on belong to a new function."""
        self._used = {}

    def column_locals(self) -> dict[str, ir.Machine]:
        """The locals that the columns used need."""
        return dict.fromkeys(self._used, "i32")

    def column_loads(self) -> tuple[ir.Stmt, ...]:
        """Reads the addresses of the columns used, once, as the function begins."""
        return tuple(ir.Set(name, ir.Load("i32", ir.i32(at), 0)) for name, at in self._used.items())

    def node(self, at: int) -> Expr:
        return self.column(f"node.{at}")

    def sample(self, name: str) -> Expr:
        return self.column(f"sample.{name}")
