"""The numbered migrations, read from `migrations/`: NNNN_name.sql, applied once each, in order."""

from __future__ import annotations

from importlib import resources


def migrations() -> tuple[tuple[int, str, str], ...]:
    """(number, name, SQL) ascending. Errors: AssertionError if numbers repeat."""
    folder = resources.files("jts.adapters.sql") / "migrations"
    found = sorted(
        (int(file.name[:4]), file.name[5:-4], file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )
    numbers = [number for number, _, _ in found]
    assert len(set(numbers)) == len(numbers), f"migration numbers repeat: {numbers}"
    return tuple(found)
