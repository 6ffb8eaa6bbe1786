"""What a bar must be before it is kept. Nonsense is refused with its row; what is harmless is set right
and counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jts.adapters.bar_files.bar_file import Floats, Int64s, RefusedFile, Rows
from jts.adapters.bar_files.exact_prices import fewest_decimals

# Back-adjusted prices are rounded one by one, so a close may stand a little outside high and low. Up to
# this much is taken for rounding: high or low is widened to hold it, and counted. More is an error of the
# file.
WIDENED_MAX = 0.005

Mask = npt.NDArray[np.bool_]


class Columns:
    """Checked columns, oldest first, and the counts of what was set right."""

    def __init__(self, open_ns: Int64s, prices: dict[str, Int64s], scale: int, volume: Floats) -> None:
        self.open_ns = open_ns
        self.prices = prices
        self.scale = scale
        self.volume = volume
        self.findings: dict[str, int] = {}


def check(rows: Rows, open_ns: Int64s) -> Columns:
    """Errors: RefusedFile with the first row that cannot be a bar, and why."""
    prices = {
        "open": rows.open_units,
        "high": rows.high_units,
        "low": rows.low_units,
        "close": rows.close_units,
    }
    numbers = np.arange(len(rows), dtype=np.int64)
    _refuse_volume(rows)
    halted = _halted(rows)
    findings = dict(rows.findings)
    if halted.any():
        findings["halted"] = int(halted.sum())
    keep = ~halted
    _refuse_prices(rows, keep)
    columns = Columns(open_ns[keep], {n: c[keep] for n, c in prices.items()}, rows.scale, rows.volume[keep])
    numbers = numbers[keep]
    if len(numbers) == 0:
        raise RefusedFile("expected at least one bar; every row is a halted day without a price")
    _widen(columns, rows, numbers, findings)
    _into_order(columns, rows, numbers, findings)
    columns.prices, columns.scale = fewest_decimals(columns.prices, columns.scale)
    columns.findings = findings
    return columns


# ---- private, in the order they are called ----


def _refuse_volume(rows: Rows) -> None:
    wrong = ~np.isfinite(rows.volume) | (rows.volume < 0)
    if wrong.any():
        entry = int(np.argmax(wrong))
        raise RefusedFile(
            f"row {rows.row_of(entry)}: the volume is {rows.volume[entry]:g}; expected 0 or more"
        )


def _halted(rows: Rows) -> Mask:
    """Korean exports fill a halted day with open, high and low 0 and no volume: not a bar, and not an
    error."""
    zero = (rows.open_units == 0) & (rows.high_units == 0) & (rows.low_units == 0)
    return np.asarray(zero & (rows.volume == 0) & (rows.close_units >= 0), dtype=np.bool_)


def _refuse_prices(rows: Rows, keep: Mask) -> None:
    for name in ("open", "high", "low", "close"):
        column = getattr(rows, f"{name}_units")
        wrong = (column <= 0) & keep
        if wrong.any():
            entry = int(np.argmax(wrong))
            raise RefusedFile(
                f"row {rows.row_of(entry)}: the {name} is {_text(column[entry], rows.scale)}; expected "
                "more than 0"
            )
    crossed = (rows.high_units < rows.low_units) & keep
    if crossed.any():
        entry = int(np.argmax(crossed))
        raise RefusedFile(
            f"row {rows.row_of(entry)}: the high {_text(rows.high_units[entry], rows.scale)} is below "
            "the low "
            f"{_text(rows.low_units[entry], rows.scale)}; are the columns in the order open, high, low, "
            "close?"
        )


def _widen(columns: Columns, rows: Rows, numbers: Int64s, findings: dict[str, int]) -> None:
    p = columns.prices
    top = np.maximum(p["open"], p["close"])
    bottom = np.minimum(p["open"], p["close"])
    beyond = np.maximum(top - p["high"], p["low"] - bottom)
    allowed = (p["close"] * WIDENED_MAX).astype(np.int64)
    wrong = beyond > np.maximum(allowed, 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        entry = int(numbers[at])
        said = ", ".join(f"{name} {_text(p[name][at], columns.scale)}" for name in p)
        raise RefusedFile(
            f"row {rows.row_of(entry)}: open or close lies outside low and high ({said}); expected "
            "low <= open, close <= high"
        )
    widened = beyond > 0
    if widened.any():
        findings["widened"] = int(widened.sum())
        columns.prices = {**p, "high": np.maximum(p["high"], top), "low": np.minimum(p["low"], bottom)}


def _into_order(columns: Columns, rows: Rows, numbers: Int64s, findings: dict[str, int]) -> None:
    """Oldest first, each instant once. A file runs one way: forwards or backwards; a mixture is refused."""
    steps = np.diff(columns.open_ns)
    if len(steps) and (steps < 0).any():
        if (steps > 0).any():
            forwards = (steps > 0).sum() >= (steps < 0).sum()
            at = int(np.argmax(steps < 0 if forwards else steps > 0)) + 1
            when = np.datetime64(int(columns.open_ns[at]), "ns")
            raise RefusedFile(
                f"row {rows.row_of(int(numbers[at]))}: the time goes {'back' if forwards else 'forth'} to "
                f"{str(when)[:19]} UTC; expected rows in one order of time"
            )
        _take(columns, slice(None, None, -1))
        numbers = numbers[::-1]
        steps = np.diff(columns.open_ns)
    again = np.concatenate(([False], steps == 0)) if len(steps) else np.zeros(len(numbers), dtype=np.bool_)
    if not again.any():
        return
    before = np.flatnonzero(again) - 1
    here = before + 1
    other = columns.volume[here] != columns.volume[before]
    for column in columns.prices.values():
        other |= column[here] != column[before]
    if other.any():
        at = int(here[np.argmax(other)])
        when = np.datetime64(int(columns.open_ns[at]), "ns")
        raise RefusedFile(
            f"rows {rows.row_of(int(numbers[at - 1]))} and {rows.row_of(int(numbers[at]))}: two "
            "different bars for "
            f"{str(when)[:19]} UTC; expected one"
        )
    findings["duplicates"] = int(again.sum())
    _take(columns, ~again)


def _take(columns: Columns, which: slice | Mask) -> None:
    columns.open_ns = np.ascontiguousarray(columns.open_ns[which])
    columns.volume = np.ascontiguousarray(columns.volume[which])
    columns.prices = {name: np.ascontiguousarray(c[which]) for name, c in columns.prices.items()}


def _text(units: int, scale: int) -> str:
    sign, whole = ("-", -int(units)) if units < 0 else ("", int(units))
    digits = f"{whole:0{scale + 1}d}"
    return sign + (digits if scale == 0 else f"{digits[:-scale]}.{digits[-scale:]}".rstrip("0").rstrip("."))
