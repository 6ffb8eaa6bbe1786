"""The small typed form between a plan (or a kernel) and WebAssembly.

Three machine types: `i32` (truth and addresses), `i64` (whole numbers), `f64` (doubles). Structured control
only. Expressions have no effects but calls; statements are executed in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Machine: TypeAlias = Literal["i32", "i64", "f64"]


@dataclass(frozen=True, slots=True)
class Const:
    type: Machine
    value: int | float


@dataclass(frozen=True, slots=True)
class Get:
    """The value of a local variable or parameter."""

    type: Machine
    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One machine instruction on its operands, by its WebAssembly name."""

    type: Machine
    name: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """The value at an address; truths and addresses occupy 8 bytes like all else."""

    type: Machine
    address: Expr
    offset: int


@dataclass(frozen=True, slots=True)
class Select:
    """`then` if the condition is not 0, else `otherwise`; both are computed."""

    type: Machine
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Choose:
    """As Select, but only the chosen side is computed."""

    type: Machine
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A call of another function of the module, or of an import. `type` is None if nothing comes back."""

    type: Machine | None
    function: str
    arguments: tuple[Expr, ...]


Expr: TypeAlias = Const | Get | Operation | Load | Select | Choose | Call


@dataclass(frozen=True, slots=True)
class Set:
    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Store:
    type: Machine
    address: Expr
    offset: int
    value: Expr


@dataclass(frozen=True, slots=True)
class Do:
    """A call for its effects."""

    call: Call


@dataclass(frozen=True, slots=True)
class If:
    condition: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """`step` runs after each round, also after `Continue`."""

    condition: Expr
    body: tuple[Stmt, ...]
    step: tuple[Stmt, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    pass


@dataclass(frozen=True, slots=True)
class Continue:
    pass


@dataclass(frozen=True, slots=True)
class Return:
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class Trap:
    """We are wrong: stop at once."""


Stmt: TypeAlias = Set | Store | Do | If | While | Break | Continue | Return | Trap


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function; `locals` are the variables beside its parameters."""

    name: str
    parameters: tuple[tuple[str, Machine], ...]
    result: Machine | None
    locals: dict[str, Machine]
    body: tuple[Stmt, ...]
    is_exported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A function that another module provides."""

    module: str
    name: str
    parameters: tuple[Machine, ...]
    result: Machine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """Functions over one linear memory, which is exported, or imported from `memory_from`."""

    functions: tuple[Function, ...]
    imports: tuple[Import, ...] = ()
    memory_from: str | None = None
    memory_pages: int = 1


# ---- short hands for those who build expressions ----


def i32(value: int) -> Const:
    return Const("i32", value)


def i64(value: int) -> Const:
    return Const("i64", value)


def f64(value: float) -> Const:
    return Const("f64", value)


def op(type: Machine, name: str, *operands: Expr) -> Operation:
    return Operation(type, name, operands)


def not_(a: Expr) -> Expr:
    return op("i32", "i32.eqz", a)


def and_(a: Expr, b: Expr) -> Expr:
    return op("i32", "i32.and", a, b)


def or_(a: Expr, b: Expr) -> Expr:
    return op("i32", "i32.or", a, b)


def element(base: Expr, index: Expr, stride: int = 8) -> Expr:
    """The address of entry `index` (i64) of an array that begins at `base` (i32)."""
    narrow = op("i32", "i32.wrap_i64", index)
    scaled = (
        op("i32", "i32.shl", narrow, i32(3)) if stride == 8 else op("i32", "i32.mul", narrow, i32(stride))
    )
    return op("i32", "i32.add", base, scaled)
