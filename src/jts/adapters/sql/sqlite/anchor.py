"""Anchors outside the store: what the head of the book was, on lines that are only ever added to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from jts.domain.audit import Anchor
from jts.domain.values import Nanos, OutsideError


class AnchorUnreadable(OutsideError):
    """The anchor file holds a line that is no anchor. Nothing was changed."""

    retry_is_safe = False


class AnchorFile:
    """`audit/anchor.jsonl` in the home: one line per anchor, `{"seq": 12, "hash": "…", "at_ns": …}`.

    Keep a copy of it on another machine: an anchor proves as much as the place it is kept in.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, anchor: Anchor) -> None:
        """Add one line, durably. A line that a power cut left unfinished is closed first. Errors: OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"seq": anchor.sequence, "hash": anchor.hash, "at_ns": anchor.at_ns}) + "\n"
        with self.path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    line = "\n" + line
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> tuple[Anchor, ...]:
        """Every anchor, oldest first; none if the file is not there.

        A line that was cut short by a power failure (no proper JSON, and neither seq nor hash complete) is
        passed over: it never counted.
        Errors: AnchorUnreadable for anything else that is no anchor.
        """
        if not self.path.exists():
            return ()
        return tuple(self._lines())

    def _lines(self) -> Iterator[Anchor]:
        for number, line in enumerate(
            self.path.read_text(encoding="utf-8", errors="replace").splitlines(), 1
        ):
            if not line.strip():
                continue
            try:
                body = json.loads(line)
                yield Anchor(
                    sequence=int(body["seq"]), hash=str(body["hash"]), at_ns=Nanos(int(body["at_ns"]))
                )
            except (ValueError, KeyError, TypeError) as error:
                if not line.rstrip().endswith("}"):
                    continue
                raise AnchorUnreadable(
                    f"{self.path} line {number} is no anchor ({error}). Expected seq, hash and at_ns. "
                    "Compare it with your copy; without one, move the file aside: the next start "
                    "begins a new one."
                ) from error
