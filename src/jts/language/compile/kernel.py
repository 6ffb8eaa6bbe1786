"""Reads the source of a kernel and gives its intermediate form: the same text, so the same meaning.

What a kernel may contain is small on purpose (jts.language.kernels.types says what); all else is refused here
with the line it stands on.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from jts.language.compile import ir
from jts.language.compile.ir import Expr, Machine, Stmt
from jts.language.compile.records import layout
from jts.language.kernels import types as intrinsics
from jts.language.kernels.types import Floats, Ints


@dataclass(frozen=True, slots=True)
class Column:
    """A column of doubles or whole numbers; its machine value is the address of entry 0."""

    element: Machine


@dataclass(frozen=True, slots=True)
class Pointer:
    """One record."""

    record: type


@dataclass(frozen=True, slots=True)
class Table:
    """Records in a row."""

    record: type


@dataclass(frozen=True, slots=True)
class Program:
    """The functions of another module, by the Protocol that names them. It has no machine value."""

    protocol: type


Kind: TypeAlias = Machine | Column | Pointer | Table | Program

_SCALARS: dict[object, Kind] = {
    int: "i64",
    float: "f64",
    bool: "i32",
    Floats: Column("f64"),
    Ints: Column("i64"),
}
_ARITHMETIC = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
_BITS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "shr_s"}
_COMPARE = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
_ONE_INSTRUCTION: dict[object, str] = {
    intrinsics.floor: "f64.floor",
    intrinsics.ceil: "f64.ceil",
    intrinsics.nearest: "f64.nearest",
    intrinsics.magnitude: "f64.abs",
}


class NotAKernel(Exception):
    """The source says something a kernel cannot. We wrote it, so this is our mistake."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A kernel's function, and what else it calls."""

    function: ir.Function
    calls: tuple[FunctionType, ...]
    imports: tuple[ir.Import, ...]


def kind_of(hint: object) -> Kind:
    """What an annotation means to the machine."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if get_origin(hint) is list:
        return Table(get_args(hint)[0])
    if isinstance(hint, type) and getattr(hint, "_is_protocol", False):
        return Program(hint)
    if isinstance(hint, type):
        return Pointer(hint)
    raise NotAKernel(f"{hint!r} is no type of a kernel")


def machine(kind: Kind) -> Machine:
    """The machine type that carries a value of this kind; addresses are i32."""
    if kind == "i32" or kind == "i64" or kind == "f64":
        return kind
    return "i32"


@lru_cache(maxsize=512)
def compile_kernel(kernel: FunctionType, *, is_exported: bool = False) -> Compiled:
    """The function of one kernel, named as in the source. Errors: NotAKernel."""
    source = textwrap.dedent(inspect.getsource(kernel))
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef), f"{kernel.__name__} is a function"
    return _Reader(kernel, tree).read(is_exported=is_exported)


def with_callees(
    kernels: list[FunctionType], exported: frozenset[str]
) -> tuple[tuple[ir.Function, ...], tuple[ir.Import, ...]]:
    """These kernels and all they call, each once, in a fixed order."""
    done: dict[str, FunctionType] = {}
    functions: list[ir.Function] = []
    imports: dict[str, ir.Import] = {}
    waiting = list(kernels)
    while waiting:
        kernel = waiting.pop(0)
        if kernel.__name__ in done:
            assert done[kernel.__name__] is kernel, f"two kernels are named {kernel.__name__}"
            continue
        done[kernel.__name__] = kernel
        compiled = compile_kernel(kernel, is_exported=kernel.__name__ in exported)
        functions.append(compiled.function)
        imports.update({one.name: one for one in compiled.imports})
        waiting += compiled.calls
    return tuple(functions), tuple(imports.values())


class _Reader:
    """Walks one function. Types come from annotations and, for locals, from their first assignment."""

    def __init__(self, kernel: FunctionType, tree: ast.FunctionDef) -> None:
        self._kernel = kernel
        self._tree = tree
        hints = get_type_hints(kernel)
        self._result: Kind | None = None if hints["return"] is type(None) else kind_of(hints.pop("return"))
        hints.pop("return", None)
        self._kinds: dict[str, Kind] = {name: kind_of(hint) for name, hint in hints.items()}
        self._parameters = tuple(self._kinds)
        self._calls: dict[str, FunctionType] = {}
        self._imports: dict[str, ir.Import] = {}
        self._fresh = 0

    def read(self, *, is_exported: bool) -> Compiled:
        body = self._block(self._tree.body)
        values = [(n, self._kinds[n]) for n in self._parameters if not isinstance(self._kinds[n], Program)]
        function = ir.Function(
            name=self._kernel.__name__,
            parameters=tuple((name, machine(kind)) for name, kind in values),
            result=None if self._result is None else machine(self._result),
            locals={n: machine(k) for n, k in self._kinds.items() if n not in self._parameters},
            body=body,
            is_exported=is_exported,
        )
        return Compiled(function, tuple(self._calls.values()), tuple(self._imports.values()))

    def _no(self, node: ast.AST, what: str) -> NotAKernel:
        return NotAKernel(f"{self._kernel.__name__}, line {getattr(node, 'lineno', '?')}: {what}")

    # ---- statements ----

    def _block(self, nodes: list[ast.stmt]) -> tuple[Stmt, ...]:
        out: list[Stmt] = []
        for node in nodes:
            out += self._statement(node)
        return tuple(out)

    def _statement(self, node: ast.stmt) -> list[Stmt]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                return []
            case ast.Expr(value=ast.Call() as call):
                called, _ = self._call(call)
                assert isinstance(called, ir.Call), "a statement calls a kernel"
                return [ir.Do(called)]
            case ast.Assign(targets=[target], value=value):
                return [self._assign(target, *self._expression(value))]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return [self._assign(target, *self._expression(value))]
            case ast.If(test=test, body=body, orelse=otherwise):
                return [ir.If(self._truth(test), self._block(body), self._block(otherwise))]
            case ast.While(test=test, body=body, orelse=[]):
                return [ir.While(self._truth(test), self._block(body))]
            case ast.For(target=ast.Name(id=name), iter=ast.Call() as call, body=body, orelse=[]):
                return self._for(node, name, call, body)
            case ast.Return(value=None):
                return [ir.Return()]
            case ast.Return(value=ast.expr() as value):
                return [ir.Return(self._expression(value)[0])]
            case ast.Break():
                return [ir.Break()]
            case ast.Continue():
                return [ir.Continue()]
            case ast.Assert(test=test):
                return [ir.If(ir.not_(self._truth(test)), (ir.Trap(),))]
        raise self._no(node, f"{type(node).__name__} is no statement of a kernel")

    def _assign(self, target: ast.expr, value: Expr, kind: Kind) -> Stmt:
        match target:
            case ast.Name(id=name):
                known = self._kinds.setdefault(name, kind)
                if known != kind:
                    raise self._no(target, f"{name} was {known}, is given {kind}")
                return ir.Set(name, value)
            case ast.Attribute() | ast.Subscript():
                place, wanted = self._expression(target)
                if wanted != kind or not isinstance(place, ir.Load):
                    raise self._no(target, f"a place of {wanted} is given {kind}")
                return ir.Store(place.type, place.address, place.offset, value)
        raise self._no(target, "a kernel assigns to a name, a field or an entry")

    def _for(self, node: ast.For, name: str, call: ast.Call, body: list[ast.stmt]) -> list[Stmt]:
        if not (isinstance(call.func, ast.Name) and call.func.id == "range" and len(call.args) in (1, 2)):
            raise self._no(node, "a loop is over range(end) or range(start, end)")
        bounds = [self._expression(one)[0] for one in call.args]
        first, end = (ir.i64(0), bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[1])
        self._fresh += 1
        last = f"{name}_end_{self._fresh}"
        self._kinds[last] = "i64"
        if self._kinds.setdefault(name, "i64") != "i64":
            raise self._no(node, f"{name} counts, and was something else")
        one = ir.Get("i64", name)
        return [
            ir.Set(last, end),
            ir.Set(name, first),
            ir.While(
                ir.op("i32", "i64.lt_s", one, ir.Get("i64", last)),
                self._block(body),
                (ir.Set(name, ir.op("i64", "i64.add", one, ir.i64(1))),),
            ),
        ]

    # ---- expressions ----

    def _truth(self, node: ast.expr) -> Expr:
        value, kind = self._expression(node)
        if kind != "i32":
            raise self._no(node, "a condition is a truth; compare with a number")
        return value

    def _expression(self, node: ast.expr) -> tuple[Expr, Kind]:
        match node:
            case ast.Constant(value=plain):
                return self._constant(node, plain)
            case ast.Name(id=name) if name in self._kinds:
                kind = self._kinds[name]
                return ir.Get(machine(kind), name), kind
            case ast.Name(id=name) if name in self._kernel.__globals__:
                return self._constant(node, self._kernel.__globals__[name])
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value, kind = self._expression(operand)
                if kind == "f64":
                    return ir.op("f64", "f64.neg", value), kind
                if isinstance(value, ir.Const):
                    return ir.i64(-int(value.value)), kind
                return ir.op("i64", "i64.sub", ir.i64(0), value), kind
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ir.not_(self._truth(operand)), "i32"
            case ast.BoolOp(op=joint, values=values):
                return self._joined(joint, values), "i32"
            case ast.Compare():
                return self._compare(node), "i32"
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                then, kind = self._expression(body)
                other, other_kind = self._expression(otherwise)
                if kind != other_kind:
                    raise self._no(node, f"one side is {kind}, the other {other_kind}")
                is_plain = isinstance(then, ir.Const | ir.Get) and isinstance(other, ir.Const | ir.Get)
                form = ir.Select if is_plain else ir.Choose
                return form(machine(kind), self._truth(test), then, other), kind
            case ast.Attribute(value=base, attr=name):
                return self._field(node, base, name)
            case ast.Subscript(value=base, slice=index):
                return self._entry(node, base, index)
            case ast.Call():
                return self._call(node)
        raise self._no(node, f"{ast.unparse(node)} is no expression of a kernel")

    def _constant(self, node: ast.expr, value: object) -> tuple[Expr, Kind]:
        if isinstance(value, bool):
            return ir.i32(int(value)), "i32"
        if isinstance(value, int):
            return ir.i64(value), "i64"
        if isinstance(value, float):
            return ir.f64(value), "f64"
        raise self._no(node, f"{value!r} is no constant of a kernel")

    def _binary(self, node: ast.BinOp) -> tuple[Expr, Kind]:
        left, kind = self._expression(node.left)
        right, other = self._expression(node.right)
        form = type(node.op)
        if kind != other or kind not in ("i64", "f64"):
            raise self._no(
                node, f"{ast.unparse(node)} joins {kind} and {other}; convert with float() or int()"
            )
        scalar = machine(kind)
        if form in _ARITHMETIC:
            return ir.op(scalar, f"{scalar}.{_ARITHMETIC[form]}", left, right), kind
        if form is ast.Div and kind == "f64":
            return ir.op("f64", "f64.div", left, right), kind
        if form in _BITS and kind == "i64":
            return ir.op("i64", f"i64.{_BITS[form]}", left, right), kind
        if form in (ast.FloorDiv, ast.Mod) and kind == "i64":
            # Kernels divide what is not negative by what is positive; there both tongues agree.
            return ir.op("i64", "i64.div_s" if form is ast.FloorDiv else "i64.rem_s", left, right), kind
        raise self._no(node, f"{ast.unparse(node)} is no arithmetic of a kernel")

    def _joined(self, joint: ast.boolop, nodes: list[ast.expr]) -> Expr:
        """`and` and `or` compute the next operand only if it can matter, as in Python."""
        values = [self._truth(one) for one in nodes]
        out = values[-1]
        for value in reversed(values[:-1]):
            if isinstance(joint, ast.And):
                out = ir.Choose("i32", value, out, ir.i32(0))
            else:
                out = ir.Choose("i32", value, ir.i32(1), out)
        return out

    def _compare(self, node: ast.Compare) -> Expr:
        if isinstance(node.ops[0], ast.In) and isinstance(node.comparators[0], ast.Tuple):
            return self._one_of(node.left, node.comparators[0].elts)
        parts = [self._expression(one) for one in (node.left, *node.comparators)]
        out: Expr | None = None
        for (left, kind), (right, other), form in zip(parts, parts[1:], node.ops, strict=False):
            if kind != other or isinstance(kind, Column | Pointer | Table | Program):
                raise self._no(node, f"{ast.unparse(node)} compares {kind} with {other}")
            name = _COMPARE[type(form)]
            signed = "_s" if kind != "f64" and name not in ("eq", "ne") else ""
            one = ir.op("i32", f"{kind}.{name}{signed}", left, right)
            out = one if out is None else ir.and_(out, one)
        assert out is not None, "a comparison compares"
        return out

    def _one_of(self, left: ast.expr, choices: list[ast.expr]) -> Expr:
        value, kind = self._expression(left)
        if kind != "i64":
            raise self._no(left, "`in` compares whole numbers")
        out: Expr = ir.i32(0)
        for choice in choices:
            out = ir.or_(out, ir.op("i32", "i64.eq", value, self._expression(choice)[0]))
        return out

    def _field(self, node: ast.expr, base: ast.expr, name: str) -> tuple[Expr, Kind]:
        address, kind = self._expression(base)
        if not isinstance(kind, Pointer):
            raise self._no(node, f"{ast.unparse(base)} is no record")
        field = layout(kind.record).fields.get(name)
        if field is None:
            raise self._no(node, f"{kind.record.__name__} has no field {name}")
        return ir.Load(field.type, address, field.offset), field.type

    def _entry(self, node: ast.expr, base: ast.expr, index: ast.expr) -> tuple[Expr, Kind]:
        address, kind = self._expression(base)
        at, at_kind = self._expression(index)
        if at_kind != "i64":
            raise self._no(node, "an index is a whole number")
        if isinstance(kind, Column):
            return ir.Load(kind.element, ir.element(address, at), 0), kind.element
        if isinstance(kind, Table):
            return ir.element(address, at, layout(kind.record).size), Pointer(kind.record)
        raise self._no(node, f"{ast.unparse(base)} is no column and no table")

    def _call(self, node: ast.Call) -> tuple[Expr, Kind]:
        if isinstance(node.func, ast.Attribute):
            return self._call_program(node, node.func)
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self._no(node, f"{ast.unparse(node)} is no call of a kernel")
        arguments = [self._expression(one) for one in node.args]
        values = tuple(value for value, _ in arguments)
        name = node.func.id
        if name == "float" and arguments[0][1] == "i64":
            return ir.op("f64", "f64.convert_i64_s", *values), "f64"
        if name == "int" and arguments[0][1] == "f64":
            return ir.op("i64", "i64.trunc_f64_s", *values), "i64"
        target = self._kernel.__globals__.get(name)
        if target in _ONE_INSTRUCTION:
            return ir.op("f64", _ONE_INSTRUCTION[target], *values), "f64"
        if target is intrinsics.root:
            root = ir.op("f64", "f64.sqrt", *values)  # NaN below zero; -0.0 stays -0.0
            return root, "f64"
        if target is intrinsics.divide:
            return divide(*values), "f64"
        if not isinstance(target, FunctionType):
            raise self._no(node, f"{name} is no kernel")
        return self._call_kernel(node, target, arguments)

    def _call_kernel(
        self, node: ast.Call, target: FunctionType, arguments: list[tuple[Expr, Kind]]
    ) -> tuple[Expr, Kind]:
        self._calls.setdefault(target.__name__, target)
        hints = get_type_hints(target)
        result = hints.pop("return")
        wanted = [kind_of(hint) for hint in hints.values()]
        found = [kind for _, kind in arguments]
        if wanted != found:
            raise self._no(node, f"{target.__name__} takes {wanted}, is given {found}")
        passed = tuple(value for value, kind in arguments if not isinstance(kind, Program))
        return self._typed_call(target.__name__, result, passed)

    def _call_program(self, node: ast.Call, func: ast.Attribute) -> tuple[Expr, Kind]:
        _, kind = self._expression(func.value)
        if not isinstance(kind, Program):
            raise self._no(node, f"{ast.unparse(func.value)} is no program")
        hints: dict[str, Any] = get_type_hints(getattr(kind.protocol, func.attr))
        result = hints.pop("return")
        arguments = [self._expression(one) for one in node.args]
        wanted = [kind_of(hint) for hint in hints.values()]
        if wanted != [k for _, k in arguments]:
            raise self._no(node, f"{func.attr} takes {wanted}")
        self._imports[func.attr] = ir.Import(
            module="program",
            name=func.attr,
            parameters=tuple(machine(one) for one in wanted),
            result=None if result is type(None) else machine(kind_of(result)),
        )
        return self._typed_call(func.attr, result, tuple(value for value, _ in arguments))

    def _typed_call(self, name: str, result: object, values: tuple[Expr, ...]) -> tuple[Expr, Kind]:
        if result is type(None):
            return ir.Call(None, name, values), "i32"
        kind = kind_of(result)
        return ir.Call(machine(kind), name, values), kind


def divide(a: Expr, b: Expr) -> Expr:
    """a / b, undefined when b is zero."""
    zero = ir.op("i32", "f64.eq", b, ir.f64(0.0))
    return ir.Select("f64", zero, ir.f64(intrinsics.UNDEFINED), ir.op("f64", "f64.div", a, b))


Kernel: TypeAlias = Callable[..., object]
