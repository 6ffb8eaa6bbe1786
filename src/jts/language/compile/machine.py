"""Runs our modules: wasmtime, set up so that the same bytes give the same bits everywhere.

Programs hold no unbounded loop (each bar costs a fixed number of steps), so neither fuel nor epochs are
spent on
them; memory is bounded by what the host lays out. Calls take the unchecked road with a prepared argument
array,
which costs a few microseconds instead of a hundred.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

import numpy
from numpy.typing import NDArray
from wasmtime import Config, Engine, Func, Instance, Memory, Module, Store, Trap
from wasmtime import _ffi as ffi

PAGE_BYTES = 65_536
MODULES_KEPT_MAX = 64


class ProgramStopped(Exception):
    """The module stopped itself: an assertion of a kernel failed. It is our mistake, never the trader's."""


@lru_cache(maxsize=1)
def engine() -> Engine:
    """One engine per process.

    NaN bits are the one thing that may differ between processors. No instruction of ours reads the bits of a
    double, so no decision can depend on them, and whatever leaves (snapshots, columns) is made canonical
    at the
    door. Making every operation canonical instead was measured: columns took three times as long.
    """
    config = Config()
    config.cranelift_nan_canonicalization = False
    config.wasm_relaxed_simd_deterministic = True
    config.cranelift_opt_level = "speed"
    # Traps are checked, not caught as signals: the bar store's engine brings fault handlers of its own, and
    # with them in place a program that breaks would end the whole process. Costs half the speed of long runs.
    config.signals_based_traps = False
    return Engine(config)


class _ModuleCache:
    """Compiled modules by the hash of their bytes, the newest used kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Module] = OrderedDict()

    def get(self, binary: bytes) -> Module:
        name = hashlib.sha256(binary).hexdigest()
        module = self._kept.get(name)
        if module is None:
            module = Module(engine(), binary)
            self._kept[name] = module
            if len(self._kept) > MODULES_KEPT_MAX:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(name)
        return module


_modules = _ModuleCache()


class Machine:
    """One running instance: its memory and its functions."""

    def __init__(
        self, binary: bytes, *, store: Store | None = None, imports: Sequence[Func | Memory] = ()
    ) -> None:
        self.store = store or Store(engine())
        self._instance = Instance(self.store, _modules.get(binary), list(imports))
        self._exports = self._instance.exports(self.store)
        self.served_by: Machine | None = None
        """The instance that works in this one's memory, kept so that it is linked once."""

    @property
    def memory(self) -> Memory:
        memory = self._exports["memory"]
        assert isinstance(memory, Memory), "a program exports its memory"
        return memory

    def function(self, name: str) -> Func:
        function = self._exports[name]
        assert isinstance(function, Func), f"{name} is a function"
        return function

    def reserve(self, size: int) -> None:
        """Grows the memory to at least `size` bytes."""
        missing = size - self.memory.data_len(self.store)
        if missing > 0:
            self.memory.grow(self.store, -(-missing // PAGE_BYTES))

    def floats(self, address: int, length: int) -> NDArray[numpy.float64]:
        """A view of memory as doubles. Not to be held over `reserve`, which may move the memory."""
        return self._bytes(address, length * 8).view(numpy.float64)

    def ints(self, address: int, length: int) -> NDArray[numpy.int64]:
        """A view of memory as 64-bit whole numbers. Not to be held over `reserve`."""
        return self._bytes(address, length * 8).view(numpy.int64)

    def _bytes(self, address: int, size: int) -> NDArray[numpy.uint8]:
        pointer = self.memory.data_ptr(self.store)
        end = self.memory.data_len(self.store)
        assert 0 <= address <= address + size <= end, f"{address}+{size} lies outside the memory of {end}"
        base = ctypes.addressof(pointer.contents) + address
        return numpy.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(base))

    def caller(self, name: str, count: int) -> Caller:
        return Caller(self, self.function(name), count)


class Caller:
    """A function of a module with `count` whole-number arguments and at most one whole-number result."""

    def __init__(self, machine: Machine, function: Func, count: int) -> None:
        self._machine = machine
        self._context = machine.store._context()
        self._function = ctypes.byref(function._func)
        self._keep = function
        self._raw = (ffi.wasmtime_val_raw_t * max(count, 1))()
        self._count = max(count, 1)
        self._trap = ctypes.POINTER(ffi.wasm_trap_t)()

    def __call__(self, *arguments: int) -> int:
        raw = self._raw
        for at, argument in enumerate(arguments):
            raw[at].i64 = argument
        error = ffi.wasmtime_func_call_unchecked(
            self._context, self._function, raw, self._count, ctypes.byref(self._trap)
        )
        if error:
            raise ProgramStopped("the module could not be called")
        if self._trap:
            trap = Trap._from_ptr(self._trap)
            self._trap = ctypes.POINTER(ffi.wasm_trap_t)()
            raise ProgramStopped(str(trap))
        return int(raw[0].i64)
