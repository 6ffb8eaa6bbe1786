"""Our own writer of WebAssembly binaries: the part of the format that the intermediate form needs.

Source of the encoding: WebAssembly Core Specification 2.0, chapter 5 (binary format).
"""

from __future__ import annotations

import struct

from jts.language.compile import ir

_TYPES = {"i32": 0x7F, "i64": 0x7E, "f64": 0x7C}
_LOADS = {"i32": 0x28, "i64": 0x29, "f64": 0x2B}
_STORES = {"i32": 0x36, "i64": 0x37, "f64": 0x39}
_OPCODES = {
    "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt_s": 0x48, "i32.gt_s": 0x4A, "i32.le_s": 0x4C,
    "i32.ge_s": 0x4E, "i64.eqz": 0x50, "i64.eq": 0x51, "i64.ne": 0x52, "i64.lt_s": 0x53, "i64.lt_u": 0x54,
    "i64.gt_s": 0x55, "i64.gt_u": 0x56, "i64.le_s": 0x57, "i64.le_u": 0x58, "i64.ge_s": 0x59,
    "i64.ge_u": 0x5A, "f64.eq": 0x61, "f64.ne": 0x62, "f64.lt": 0x63, "f64.gt": 0x64, "f64.le": 0x65,
    "f64.ge": 0x66, "i32.add": 0x6A, "i32.sub": 0x6B, "i32.mul": 0x6C, "i32.and": 0x71, "i32.or": 0x72,
    "i32.xor": 0x73, "i32.shl": 0x74, "i64.add": 0x7C, "i64.sub": 0x7D, "i64.mul": 0x7E, "i64.div_s": 0x7F,
    "i64.div_u": 0x80, "i64.rem_s": 0x81, "i64.rem_u": 0x82, "i64.and": 0x83, "i64.or": 0x84, "i64.xor": 0x85,
    "i64.shl": 0x86, "i64.shr_s": 0x87, "i64.shr_u": 0x88, "f64.abs": 0x99, "f64.neg": 0x9A, "f64.ceil": 0x9B,
    "f64.floor": 0x9C, "f64.trunc": 0x9D, "f64.nearest": 0x9E, "f64.sqrt": 0x9F, "f64.add": 0xA0,
    "f64.sub": 0xA1, "f64.mul": 0xA2, "f64.div": 0xA3, "f64.min": 0xA4, "f64.max": 0xA5,
    "i32.wrap_i64": 0xA7, "i64.extend_i32_s": 0xAC, "i64.trunc_f64_s": 0xB0, "f64.convert_i64_s": 0xB9,
}  # fmt: skip
_BLOCK, _LOOP, _IF, _ELSE, _END = 0x02, 0x03, 0x04, 0x05, 0x0B
_BR, _BR_IF, _RETURN, _CALL, _DROP, _SELECT, _TRAP = 0x0C, 0x0D, 0x0F, 0x10, 0x1A, 0x1B, 0x00
_LOCAL_GET, _LOCAL_SET = 0x20, 0x21
_NOTHING = 0x40
_MEMORY_PAGES_MAX = 65_536


def encode(module: ir.Module) -> bytes:
    """The binary of a module. The same module gives the same bytes, always."""
    signatures: list[bytes] = []
    named: list[ir.Import | ir.Function] = [*module.imports, *module.functions]
    index = {one.name: at for at, one in enumerate(named)}
    assert len(index) == len(named), "function names are unique"

    def signature(parameters: tuple[ir.Machine, ...], result: ir.Machine | None) -> int:
        form = b"\x60" + _vector([bytes([_TYPES[p]]) for p in parameters])
        form += _vector([bytes([_TYPES[result]])] if result else [])
        if form not in signatures:
            signatures.append(form)
        return signatures.index(form)

    imports = [
        _name(one.module) + _name(one.name) + b"\x00" + _unsigned(signature(one.parameters, one.result))
        for one in module.imports
    ]
    if module.memory_from is not None:
        imports.append(_name(module.memory_from) + _name("memory") + b"\x02" + _limits(0))
    declared = [
        _unsigned(signature(tuple(t for _, t in one.parameters), one.result)) for one in module.functions
    ]
    exports = [
        _name(one.name) + b"\x00" + _unsigned(index[one.name]) for one in module.functions if one.is_exported
    ]
    if module.memory_from is None:
        exports.append(_name("memory") + b"\x02\x00")
    codes = [_Body(one, index).encode() for one in module.functions]
    sections = [(1, _vector(signatures)), (2, _vector(imports)), (3, _vector(declared))]
    if module.memory_from is None:
        sections.append((5, _vector([_limits(module.memory_pages)])))
    sections += [(7, _vector(exports)), (10, _vector(codes))]
    return b"\x00asm\x01\x00\x00\x00" + b"".join(
        bytes([kind]) + _unsigned(len(body)) + body for kind, body in sections
    )


class _Body:
    """The code of one function."""

    def __init__(self, function: ir.Function, index: dict[str, int]) -> None:
        self._function = function
        self._index = index
        self._out = bytearray()
        self._depth = 0
        self._loops: list[tuple[int, int]] = []  # (depth of the block to break from, depth of the continue)
        variables = [*function.parameters, *function.locals.items()]
        self._locals = {name: at for at, (name, _) in enumerate(variables)}
        assert len(self._locals) == len(variables), f"variables of {function.name} are unique"

    def encode(self) -> bytes:
        for statement in self._function.body:
            self._statement(statement)
        if self._function.result is not None:
            self._out.append(_TRAP)  # every path returned before
        self._out.append(_END)
        kinds = [_unsigned(1) + bytes([_TYPES[kind]]) for kind in self._function.locals.values()]
        body = _vector(kinds) + bytes(self._out)
        return _unsigned(len(body)) + body

    def _statement(self, statement: ir.Stmt) -> None:
        out = self._out
        match statement:
            case ir.Set(name=name, value=value):
                self._expression(value)
                out.append(_LOCAL_SET)
                out += _unsigned(self._locals[name])
            case ir.Store(type=kind, address=address, offset=offset, value=value):
                self._expression(address)
                self._expression(value)
                out.append(_STORES[kind])
                out += _unsigned(2 if kind == "i32" else 3) + _unsigned(offset)
            case ir.Do(call=call):
                self._expression(call)
                if call.type is not None:
                    out.append(_DROP)
            case ir.If():
                self._if(statement)
            case ir.While():
                self._while(statement)
            case ir.Break():
                out.append(_BR)
                out += _unsigned(self._depth - self._loops[-1][0])
            case ir.Continue():
                out.append(_BR)
                out += _unsigned(self._depth - self._loops[-1][1])
            case ir.Return(value=value):
                if value is not None:
                    self._expression(value)
                out.append(_RETURN)
            case ir.Trap():
                out.append(_TRAP)

    def _if(self, statement: ir.If) -> None:
        self._expression(statement.condition)
        self._out += bytes([_IF, _NOTHING])
        self._depth += 1
        for inner in statement.then:
            self._statement(inner)
        if statement.otherwise:
            self._out.append(_ELSE)
            for inner in statement.otherwise:
                self._statement(inner)
        self._depth -= 1
        self._out.append(_END)

    def _while(self, statement: ir.While) -> None:
        """block { loop { if not c: leave; block { body } step; again } }"""
        out = self._out
        out += bytes([_BLOCK, _NOTHING, _LOOP, _NOTHING])
        self._depth += 2
        leave = self._depth - 1
        self._expression(ir.not_(statement.condition))
        out.append(_BR_IF)
        out += _unsigned(1)
        out += bytes([_BLOCK, _NOTHING])
        self._depth += 1
        self._loops.append((leave, self._depth))
        for inner in statement.body:
            self._statement(inner)
        self._loops.pop()
        self._depth -= 1
        out.append(_END)
        for inner in statement.step:
            self._statement(inner)
        out.append(_BR)
        out += _unsigned(0)
        self._depth -= 2
        out += bytes([_END, _END])

    def _expression(self, expression: ir.Expr) -> None:
        out = self._out
        match expression:
            case ir.Const(type="f64", value=value):
                out.append(0x44)
                out += struct.pack("<d", value)
            case ir.Const(type=kind, value=value):
                assert isinstance(value, int), f"an {kind} constant is whole, was {value}"
                out.append(0x41 if kind == "i32" else 0x42)
                out += _signed(value)
            case ir.Get(name=name):
                out.append(_LOCAL_GET)
                out += _unsigned(self._locals[name])
            case ir.Operation(name=name, operands=operands):
                for operand in operands:
                    self._expression(operand)
                out.append(_OPCODES[name])
            case ir.Load(type=kind, address=address, offset=offset):
                self._expression(address)
                out.append(_LOADS[kind])
                out += _unsigned(2 if kind == "i32" else 3) + _unsigned(offset)
            case ir.Select(condition=condition, then=then, otherwise=otherwise):
                self._expression(then)
                self._expression(otherwise)
                self._expression(condition)
                out.append(_SELECT)
            case ir.Choose(type=kind, condition=condition, then=then, otherwise=otherwise):
                self._expression(condition)
                out += bytes([_IF, _TYPES[kind]])
                self._depth += 1
                self._expression(then)
                out.append(_ELSE)
                self._expression(otherwise)
                self._depth -= 1
                out.append(_END)
            case ir.Call(function=function, arguments=arguments):
                for argument in arguments:
                    self._expression(argument)
                out.append(_CALL)
                out += _unsigned(self._index[function])


def _unsigned(value: int) -> bytes:
    """LEB128."""
    assert value >= 0, f"an unsigned number, was {value}"
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if not value:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def _signed(value: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def _name(text: str) -> bytes:
    raw = text.encode()
    return _unsigned(len(raw)) + raw


def _vector(items: list[bytes]) -> bytes:
    return _unsigned(len(items)) + b"".join(items)


def _limits(pages: int) -> bytes:
    return b"\x01" + _unsigned(pages) + _unsigned(_MEMORY_PAGES_MAX)
