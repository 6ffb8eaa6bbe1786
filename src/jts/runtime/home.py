"""The folder where one platform keeps everything, and the door that lets only one platform in."""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from jts.domain.values import BadInput

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Home:
    """Where things are. Everything below belongs to its owner alone (0700)."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "jts.db"

    @property
    def bars(self) -> Path:
        return self.root / "bars"

    @property
    def anchor(self) -> Path:
        return self.root / "audit" / "anchor.jsonl"

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def platform(self) -> Path:
        """Where a running platform can be asked; written when it is ready, removed when it stops."""
        return self.root / "run" / "platform.json"

    @property
    def lock(self) -> Path:
        return self.root / "run" / "lock"

    @property
    def kill_file(self) -> Path:
        """Dropping a file here engages the kill switch, whatever else is dead."""
        return self.root / "KILL"

    @property
    def log(self) -> Path:
        return self.root / "logs" / "jts.jsonl"

    def prepare(self) -> None:
        """Make the folders. Errors: BadInput when the place cannot be written."""
        try:
            for folder in ("", "run", "audit", "secrets", "logs", "bars"):
                (self.root / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.root / "run" / f".probe-{os.getpid()}"
            probe.write_bytes(b"x" * 4096)
            probe.unlink()
        except OSError as error:
            raise BadInput(
                f"cannot write in {self.root} ({error.strerror}). JTS keeps its data there: free space, "
                "make it writable, or choose another folder with JTS_HOME.",
                code="home",
            ) from error

    def key(self, name: str) -> bytes:
        """A secret of this installation, made on first use. Errors: BadInput if it is damaged."""
        path = self.root / "secrets" / f"{name}.key"
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            found = secrets.token_bytes(KEY_BYTES)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(found)
                file.flush()
                os.fsync(file.fileno())
        if len(found) != KEY_BYTES:
            raise BadInput(
                f"{path} is damaged: expected {KEY_BYTES} bytes, found {len(found)}. Restore it from a "
                "backup; without it approvals that are on their way cannot be trusted.",
                code="home",
            )
        return found


class Occupied(BadInput):
    """Another platform is at work on this home."""


class HomeLock:
    """Held while a platform runs. The operating system lets go of it when the process dies, however it
    dies."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Errors: Occupied."""
        file = self._home.lock.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise Occupied(
                f"another JTS (process {holder}) is running on {self._home.root}. Stop it first, or choose "
                "another home with JTS_HOME.",
                code="occupied",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def announce(home: Home, *, url: str, key: str, version: str) -> None:
    """Tell this user's command line where the platform is and how to speak to it. Only this user can read
    it."""
    body = msgspec.json.encode({"url": url, "pid": os.getpid(), "key": key, "version": version})
    temporary = home.platform.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    temporary.replace(home.platform)


def withdraw(home: Home) -> None:
    home.platform.unlink(missing_ok=True)
