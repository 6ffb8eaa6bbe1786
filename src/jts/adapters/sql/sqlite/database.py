"""One SQLite file, one writer thread, group commit.

Every store of the embedded profile writes through here. What is waiting when the writer looks up is
committed in one
transaction (one fsync for many writers); each unit of work runs in its own savepoint, so one that fails
takes only
itself back. A write is acknowledged after COMMIT with synchronous=FULL, never before.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jts.domain.values import OutsideError

T = TypeVar("T")

WORK_WAITING_MAX = 8192
GROUP_MAX = 512
READERS = 2
BUSY_TIMEOUT_MS = 5_000


class StoreUnavailable(OutsideError):
    """The database cannot be read or written: full disk, locked, damaged, read-only. The text says which and
    what to do."""

    retry_is_safe = True

    def __init__(self, message: str, *, public: str = "") -> None:
        super().__init__(message)
        self.public = public or OutsideError.public


class StoreCorrupt(OutsideError):
    """The database is damaged. Nothing is repaired silently: restore a backup, or move the file aside."""

    retry_is_safe = False


@dataclass(frozen=True, slots=True)
class _Work:
    do: Callable[[sqlite3.Connection], Any]
    answer: Future[Any]


class SqliteDatabase:
    """Opens, migrates, reads and writes one SQLite file.

    `write(do)` runs `do(connection)` in the writer's next transaction and returns its value once that is
    durable; if `do` raises, only its own changes are taken back and the error is raised to the caller.
    `read(do)` runs on a read-only connection and sees everything acknowledged before it began. `written` and
    `failed` count writes since the start; `is_failing`: the disk or the file refused the newest ones.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL") -> None:
        self.path = path
        self._synchronous = synchronous
        self._waiting: queue.Queue[_Work | None] = queue.Queue(maxsize=WORK_WAITING_MAX)
        self._thread: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._reader_connections: list[sqlite3.Connection] = []
        self._after_commit: list[Callable[[], None]] = []
        self.written = 0
        self.failed = 0
        self.is_failing = False

    @property
    def waiting(self) -> int:
        """Writes that wait for the writer."""
        return self._waiting.qsize()

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Have `tell` called on the writer's thread after every commit. It must be quick and must not
        raise.
        """
        self._after_commit.append(tell)

    def open(self, migrations: Sequence[tuple[int, str, str]]) -> None:
        """Open, check and migrate. `migrations`: (number, name, SQL), ascending from 1.

        Errors: StoreCorrupt, StoreUnavailable, each with the next step.
        """
        self._refuse_without_its_log()
        connection = self._connect_writer()
        try:
            self._check(connection)
            self._migrate(connection, migrations)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise explain(error, self.path) from error
        except BaseException:
            connection.close()
            raise
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="sqlite-read")
        self._thread = threading.Thread(
            target=self._write_loop, args=(connection,), name="sqlite-write", daemon=True
        )
        self._thread.start()

    async def write(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Errors: whatever `do` raises; StoreUnavailable or StoreCorrupt if the database fails."""
        assert self._thread is not None, "open the database before writing"
        answer: Future[T] = Future()
        try:
            self._waiting.put_nowait(_Work(do, answer))
        except queue.Full:
            raise StoreUnavailable(
                f"{WORK_WAITING_MAX} writes are waiting for {self.path}; the disk does not keep up. "
                "Try again shortly."
            ) from None
        return await asyncio.wrap_future(answer)

    async def read(self, do: Callable[[sqlite3.Connection], T]) -> T:
        assert self._readers is not None, "open the database before reading"
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, do)

    def close(self) -> None:
        """Let the writer finish what is waiting, then close. Not needed for safety: recovery is the only
        start-up path."""
        # Readers first: the last connection to close folds the -wal into the file, and they cannot.
        if self._readers is not None:
            self._readers.shutdown(wait=True)
            self._readers = None
        for connection in self._reader_connections:
            connection.close()
        self._reader_connections.clear()
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(timeout=30)
            self._thread = None

    # ---- private, in the order they are called ----

    def _refuse_without_its_log(self) -> None:
        """After a crash SQLite leaves -wal and -shm, and never -shm alone. What was committed last is in the
        -wal: without it the store would open, older than it was, and nobody would know."""
        log, index = (self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))
        if index.exists() and not log.exists():
            raise StoreCorrupt(
                f"{log} is missing, and the newest orders were in it. Nothing was changed. Put it back "
                f"beside {self.path.name} (they are copied and moved together), or restore a backup. "
                f"To go on with {self.path.name} alone, remove {index.name}: what came last is lost."
            )

    def _connect_writer(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
            connection.execute("PRAGMA foreign_keys=ON")
        except sqlite3.DatabaseError as error:
            raise explain(error, self.path) from error
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreCorrupt(
                f"{self.path} is damaged ({found}). Nothing was changed. Restore a backup into its place, "
                "or move the file (with its -wal and -shm) aside to begin anew."
            )

    def _migrate(self, connection: sqlite3.Connection, migrations: Sequence[tuple[int, str, str]]) -> None:
        here = connection.execute("PRAGMA user_version").fetchone()[0]
        newest = migrations[-1][0] if migrations else 0
        if here > newest:
            raise StoreUnavailable(
                f"{self.path} was written by a newer JTS (schema {here}; this one knows {newest}). "
                "Use that version."
            )
        for number, _name, sql in migrations:
            if number > here:
                connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")

    def _write_loop(self, connection: sqlite3.Connection) -> None:
        running = True
        while running:
            group: list[_Work] = []
            first = self._waiting.get()
            if first is None:
                break
            group.append(first)
            while len(group) < GROUP_MAX:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    running = False
                    break
                group.append(more)
            self._commit(connection, group)
        connection.close()

    def _commit(self, connection: sqlite3.Connection, group: list[_Work]) -> None:
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for work in group:
                answers.append((work.answer, *self._run(connection, work)))
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            reason = explain(error, self.path)
            answers = [(work.answer, None, reason) for work in group]
            self.failed += len(group)
            self.is_failing = True
        else:
            self.written += len(group)
            self.is_failing = False
        for answer, value, failure in answers:
            if not answer.set_running_or_notify_cancel():
                continue
            if failure is None:
                answer.set_result(value)
            else:
                answer.set_exception(failure)
        for tell in self._after_commit:
            tell()

    def _run(self, connection: sqlite3.Connection, work: _Work) -> tuple[Any, BaseException | None]:
        connection.execute("SAVEPOINT work")
        try:
            value = work.do(connection)
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise  # the disk or the file, not this unit of work: the whole group fails together
        except BaseException as error:
            connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
            return None, error
        connection.execute("RELEASE work")
        return value, None

    def _read(self, do: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = sqlite3.connect(
                    f"file:{self.path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
                )
                connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
                self._local.connection = connection
                self._reader_connections.append(connection)
            return do(connection)
        except sqlite3.DatabaseError as error:
            raise explain(error, self.path) from error


def explain(error: sqlite3.DatabaseError, path: Path) -> OutsideError:
    """SQLite's error in words a person can act on."""
    text = str(error)
    if "full" in text:
        return StoreUnavailable(
            f"the disk under {path} is full; nothing of this write was kept. Free space and try again.",
            public="the disk is full, so nothing can be stored: free space on it",
        )
    if "disk I/O" in text:
        return StoreUnavailable(
            f"the disk under {path} refuses to be written ({text}); nothing of this write was kept. Look for "
            "a limit on the size of files (ulimit -f), a full quota, or a failing disk.",
            public="the disk refuses to be written, so nothing can be stored: look at it",
        )
    if "readonly" in text or "unable to open" in text:
        return StoreUnavailable(
            f"cannot write {path} ({text}). Check that the folder exists and is writable (JTS_HOME)."
        )
    if "locked" in text or "busy" in text:
        return StoreUnavailable(f"{path} is locked by another process. Is another JTS running on this home?")
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return StoreCorrupt(
            f"{path} is damaged ({text}). Nothing was changed. Restore a backup into its place, or move "
            "the file (with its -wal and -shm) aside to begin anew."
        )
    return StoreUnavailable(f"{path}: {text}")
