"""From numbers as files write them to exact integer units; no price is ever rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from jts.adapters.bar_files.bar_file import Floats, Int64s, RefusedFile, RowNumbers

pc: Any = pyarrow.compute  # its stubs know fewer overloads than it has

DECIMALS_MAX = 8
_EXACT = pa.decimal128(38, DECIMALS_MAX)
PRICE_MAX = 9 * 10**10  # times 1e8 it still fits 64 bits
_EXACT_FLOAT_MAX = 2**53
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$"


def units_from_text(texts: Any, what: str, row_of: RowNumbers) -> Int64s:
    """Exact numbers in 1e-8 from an Arrow string array such as `"6,511"` or `68245.71000000`.

    Errors: RefusedFile naming the first row that is not a number, is too large or has more than 8 decimals.
    """
    try:
        exact = pc.cast(texts, _EXACT)  # as most files write them; the careful way below costs twice that
    except pa.ArrowInvalid:
        exact = _exact_or_refused(texts, what, row_of)
    too_large = pc.greater_equal(pc.abs(exact), pa.scalar(PRICE_MAX, _EXACT))
    _refuse_first(too_large, texts, what, f"less than {PRICE_MAX:,}", row_of)
    return _low_words(exact)


def floats_from_text(texts: Any, what: str, row_of: RowNumbers) -> Floats:
    """Volumes as float64. Errors: RefusedFile naming the first row that is not a number."""
    try:
        floats = np.asarray(pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
        if np.isfinite(floats).all():
            return floats
    except pa.ArrowInvalid:
        pass
    plain = _numbers_only(texts, what, row_of)
    return np.asarray(pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def units_from_floats(columns: dict[str, Floats], row_of: RowNumbers) -> tuple[dict[str, Int64s], int]:
    """Exact units and their scale from float64 columns: the fewest decimals that give back every float.

    Errors: RefusedFile naming the first price that is not a number or needs more than 8 decimals.
    """
    for name, column in columns.items():
        strange = ~np.isfinite(column)
        if strange.any():
            entry = int(np.argmax(strange))
            raise RefusedFile(f"row {row_of(entry)}: the {name} is {column[entry]}; expected a number")
        if (np.abs(column) >= PRICE_MAX).any():
            entry = int(np.argmax(np.abs(column) >= PRICE_MAX))
            raise RefusedFile(
                f"row {row_of(entry)}: the {name} is {column[entry]:g}; expected less than {PRICE_MAX:,}"
            )
    name, entry = "", 0
    for scale in range(DECIMALS_MAX + 1):
        wrong = None
        for name, column in columns.items():
            units = np.rint(column * 10.0**scale)
            off = (units / 10.0**scale != column) | (np.abs(units) > _EXACT_FLOAT_MAX)
            if off.any():
                wrong = (name, int(np.argmax(off)))
                break
        if wrong is None:
            return {n: np.rint(c * 10.0**scale).astype(np.int64) for n, c in columns.items()}, scale
        name, entry = wrong
    raise RefusedFile(
        f"row {row_of(entry)}: the {name} {columns[name][entry]!r} needs more than {DECIMALS_MAX} decimals; "
        "expected prices as the venue prints them"
    )


def fewest_decimals(columns: dict[str, Int64s], scale: int) -> tuple[dict[str, Int64s], int]:
    """The same prices at the smallest scale that keeps them all exact."""
    while scale > 0 and all(bool(np.all(column % 10 == 0)) for column in columns.values()):
        columns = {name: column // 10 for name, column in columns.items()}
        scale -= 1
    return columns, scale


# ---- private ----


def _exact_or_refused(texts: Any, what: str, row_of: RowNumbers) -> Any:
    plain = _numbers_only(texts, what, row_of)
    try:
        return pc.cast(plain, _EXACT)
    except pa.ArrowInvalid:
        raise _inexact(plain, texts, what, row_of) from None


def _numbers_only(texts: Any, what: str, row_of: RowNumbers) -> Any:
    """Without thousands separators and blanks. Errors: RefusedFile for the first that is no number then."""
    plain = pc.replace_substring(pc.utf8_trim_whitespace(texts), ",", "")
    _refuse_first(pc.invert(pc.match_substring_regex(plain, _NUMBER)), texts, what, "a number", row_of)
    return plain


def _refuse_first(refused: Any, texts: Any, what: str, expected: str, row_of: RowNumbers) -> None:
    found = pc.index(refused, True).as_py()
    if found >= 0:
        text = str(texts[found].as_py())[:60]
        raise RefusedFile(f"row {row_of(found)}: the {what} is {text!r}; expected {expected}")


def _inexact(plain: Any, texts: Any, what: str, row_of: RowNumbers) -> RefusedFile:
    """Arrow does not say where the cast failed: look for it."""
    for entry, number in enumerate(plain.to_pylist()):
        try:
            pa.scalar(number, pa.string()).cast(_EXACT)
        except pa.ArrowInvalid:
            return RefusedFile(
                f"row {row_of(entry)}: the {what} {str(texts[entry].as_py())[:60]!r} has more than "
                f"{DECIMALS_MAX} decimals or is too large; expected prices as the venue prints them"
            )
    raise AssertionError("a cast failed but every number can be cast")


def _low_words(exact: Any) -> Int64s:
    """The int64 values of a decimal128 column whose values fit: the lower of each pair of words."""
    array = exact.combine_chunks() if isinstance(exact, pa.ChunkedArray) else exact
    if isinstance(array, pa.ChunkedArray):  # no rows at all
        return np.zeros(0, dtype=np.int64)
    values: Any = array.buffers()[1]
    words = np.frombuffer(values, dtype=np.int64)
    return np.ascontiguousarray(words[2 * array.offset : 2 * (array.offset + len(array)) : 2])
