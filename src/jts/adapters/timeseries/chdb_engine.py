"""The embedded ClickHouse: opened once, by one process, in one folder; its errors in words a person can
act on.

Never fork after opening (the child hangs): start worker processes with `spawn`. One folder per process at
a time.
"""

from __future__ import annotations

import fcntl
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from jts.ports.bar_store import BarStoreUnavailable

Value = str | int

_LOCK_FILE = "owner.lock"
_REASON_MAX = 300


class ChdbEngine:
    """One open folder of tables. Every call blocks: run it in a thread, it releases the interpreter lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        self._session: Any = None
        # One call at a time, and waiting for it in Python, where waiting lets go of the interpreter lock. The
        # engine's own mutex does not: a reader waiting there while an insert needs the interpreter to read
        # its Arrow table would hang the process (met in tests/timeseries, engine 26.5).
        self._one_call = threading.Lock()

    def open(self) -> None:
        """Errors: BarStoreUnavailable if another process has the folder, it cannot be written, or it is
        damaged."""
        assert self._session is None, "the engine is open already"
        self._lock = _own(self.folder)
        # Imported when used: 0.3 s and 160 MB that a process without a bar store need not pay.
        from chdb import session

        connect: Any = session.Session

        with _engine_words() as words:
            try:
                self._session = connect(str(self.folder / "tables"))
            except RuntimeError as error:
                self._release()
                raise _not_opened(self.folder, f"{words()} {error}") from None
        try:
            self._refuse_broken_parts()
        except BaseException:
            self.close()
            raise

    def run(self, sql: str, **parameters: Value) -> None:
        """A statement without an answer. Values travel as bound parameters, never inside the text."""
        self._ask(sql, "Null", parameters)

    def table(self, sql: str, **parameters: Value) -> pa.Table:
        """The answer as an Arrow table."""
        answer: pa.Table = self._ask(sql, "ArrowTable", parameters)
        return answer

    def insert(self, sql: str, incoming: pa.Table, **parameters: Value) -> None:
        """Insert from `Python(incoming)`: the engine reads the Arrow table by that name, from this frame."""
        assert "Python(incoming)" in sql, "an insert reads from Python(incoming)"
        assert self._session is not None, "open the engine before use"
        try:
            with self._one_call:
                self._session.query(sql, "Null", params=_bound(parameters))
        except RuntimeError as error:
            raise explain(str(error), self.folder) from error

    def close(self) -> None:
        if self._session is not None:
            with self._one_call:
                self._session.close()
                self._session = None
        self._release()

    # ---- private ----

    def _ask(self, sql: str, form: str, parameters: Mapping[str, Value]) -> Any:
        assert self._session is not None, "open the engine before use"
        try:
            with self._one_call:
                return self._session.query(sql, form, params=_bound(parameters))
        except RuntimeError as error:
            raise explain(str(error), self.folder) from error

    def _refuse_broken_parts(self) -> None:
        # The engine moves damaged parts aside and goes on without them; bars that silently went missing
        # are worse than a store that does not open.
        broken = self.table(
            "SELECT name FROM system.detached_parts WHERE startsWith(ifNull(reason, ''), 'broken')"
        )
        if broken.num_rows:
            names = ", ".join(str(name) for name in broken.column("name").to_pylist()[:3])
            raise BarStoreUnavailable(
                f"the bar store in {self.folder} is damaged: {broken.num_rows} part(s) cannot be read "
                f"({names}). {_NEXT_STEP_DAMAGED}"
            )

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _bound(parameters: Mapping[str, Value]) -> dict[str, Value]:
    """Text parameters travel in the engine's escaped form; without this a backslash would end or alter
    them."""
    escapes = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"))
    bound = dict(parameters)
    for name, value in parameters.items():
        if isinstance(value, str):
            for plain, escaped in escapes:
                value = value.replace(plain, escaped)
            bound[name] = value
    return bound


_NEXT_STEP_DAMAGED = (
    "Restore a backup into its place, or move the folder aside and import the files again; "
    "orders, fills and cash are not kept there."
)


_DAMAGED = (
    r"\(in file .*\.sql\)|CHECKSUM|CORRUPTED|UNKNOWN_CODEC|decompress|CANNOT_READ_ALL_DATA|"
    r"Code: (33|40|432)\."
)


def explain(text: str, folder: Path) -> BarStoreUnavailable:
    """The engine's error as ours, with the next step."""
    reason = " ".join(text.split())[:_REASON_MAX]
    if "No space left" in text or "NOT_ENOUGH_SPACE" in text or "CANNOT_WRITE_TO_FILE" in text:
        return BarStoreUnavailable(
            f"the disk under {folder} is full; nothing of this write is kept. Free space and try again."
        )
    if "Read-only file system" in text or "Permission denied" in text:
        return BarStoreUnavailable(
            f"cannot write the bar store in {folder} ({reason}). Check that it is writable (JTS_HOME)."
        )
    if re.search(_DAMAGED, text):
        return BarStoreUnavailable(f"the bar store in {folder} is damaged ({reason}). {_NEXT_STEP_DAMAGED}")
    return BarStoreUnavailable(f"the bar store in {folder} failed: {reason}")


def _not_opened(folder: Path, text: str) -> BarStoreUnavailable:
    if "already initialized with path" in text:
        return BarStoreUnavailable(
            f"this process already has another bar store open, so {folder} cannot be opened. "
            "Close that one first, or use another process."
        )
    known = explain(text, folder)
    if "damaged" in str(known) or "disk" in str(known) or "writable" in str(known):
        return known
    reason = " ".join(text.split())[:_REASON_MAX]
    return BarStoreUnavailable(f"the bar store in {folder} cannot be opened ({reason}). {_NEXT_STEP_DAMAGED}")


def _own(folder: Path) -> IO[str]:
    """The folder's lock, held until closed; it dies with the process, so a kill -9 leaves nothing behind."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK_FILE).open("a+", encoding="ascii")
    except OSError as error:
        raise BarStoreUnavailable(
            f"cannot write the bar store's folder {folder} ({error.strerror}). "
            "Check that it is a folder and writable (JTS_HOME)."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise BarStoreUnavailable(
            f"the bar store in {folder} is open in another process (pid {owner}). "
            "Is another JTS running on this home? Stop it, or let it do the work."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


@contextmanager
def _engine_words() -> Iterator[Any]:
    """While opening, the engine says its reason on standard error only: catch it there, for our own
    message."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)

        def words() -> str:
            caught.seek(0)
            return caught.read().decode("utf-8", "replace")

        try:
            yield words
        finally:
            os.dup2(kept, 2)
            os.close(kept)
