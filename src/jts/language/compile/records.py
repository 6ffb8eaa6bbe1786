"""Where the fields of a record lie in linear memory: 8 bytes each, in the order of the class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import get_type_hints

from jts.language.compile.ir import Machine

FIELD_BYTES = 8


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Machine
    offset: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a record and its size in bytes."""

    fields: dict[str, Field]
    size: int


_MACHINES: dict[object, Machine] = {int: "i64", float: "f64", bool: "i32"}


@lru_cache(maxsize=256)
def layout(record: type) -> Layout:
    """Errors: AssertionError if a field is neither int, float nor bool."""
    fields = {}
    for at, (name, hint) in enumerate(get_type_hints(record).items()):
        assert hint in _MACHINES, f"{record.__name__}.{name} is int, float or bool, was {hint}"
        fields[name] = Field(name, _MACHINES[hint], at * FIELD_BYTES)
    return Layout(fields, len(fields) * FIELD_BYTES)
