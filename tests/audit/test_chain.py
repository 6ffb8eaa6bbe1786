"""The book of facts: append-only, and no change to it stays hidden."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.anchor import AnchorFile
from jts.adapters.sql.sqlite.audit_log import verify_file
from jts.adapters.sql.sqlite.chain import all_entries, record
from jts.domain.audit import GENESIS_HASH, Anchor, BreakKind, Broken, Verdict, entry_hash, hash_of, verify
from jts.domain.values import MessageId, Nanos, Provenance
from jts.ports.audit_log import VersionTaken
from tests.audit.makers import add, head, tamper, write_book

FIELDS = {
    "stream": "'order/A9'",
    "version": "9",
    "kind": "'OrderFilled'",
    "at_ns": "at_ns + 1",
    "message_id": "'x'",
    "correlation_id": "'x'",
    "causation_id": "'x'",
    "body": "replace(body, '3', '4')",
    "previous_hash": f"'{GENESIS_HASH}'",
    "hash": f"'{GENESIS_HASH}'",
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "jts.db"
    write_book(path)
    return path


def check(book: Path, anchors: AnchorFile | None = None) -> Verdict:
    return verify_file(book, anchors or AnchorFile(book.parent / "none.jsonl"))


def broken(book: Path, anchors: AnchorFile | None = None) -> Broken:
    found = check(book, anchors).broken
    assert found is not None, "the change was not noticed"
    return found


def test_an_untouched_book_is_whole(book: Path) -> None:
    verdict = check(book)

    assert verdict.is_whole and verdict.entries == 5
    assert verdict.head == head(book)


def test_an_empty_book_is_whole(tmp_path: Path) -> None:
    write_book(tmp_path / "jts.db", entries=0)

    verdict = check(tmp_path / "jts.db")

    assert verdict.is_whole and verdict.head.sequence == 0


@pytest.mark.parametrize("field", FIELDS)
def test_an_edit_of_any_field_is_found_at_its_entry(book: Path, field: str) -> None:
    tamper(book, f"UPDATE events SET {field} = {FIELDS[field]} WHERE seq = 3")

    found = broken(book)

    assert found.sequence == 3
    assert found.kind is BreakKind.EDITED


def test_a_deleted_entry_is_found(book: Path) -> None:
    tamper(book, "DELETE FROM events WHERE seq = 3")

    assert broken(book) == Broken(
        sequence=3, kind=BreakKind.DELETED, reason="expected entry 3, found entry 4"
    )


def test_a_deleted_entry_whose_gap_was_closed_is_found(book: Path) -> None:
    tamper(
        book, "DELETE FROM events WHERE seq = 3", "UPDATE events SET seq = 3 WHERE seq = 4",
        "UPDATE events SET seq = 4 WHERE seq = 5",
    )  # fmt: skip

    assert broken(book).sequence == 3


def test_two_entries_that_changed_places_are_found(book: Path) -> None:
    tamper(
        book, "UPDATE events SET seq = 99 WHERE seq = 2", "UPDATE events SET seq = 2 WHERE seq = 3",
        "UPDATE events SET seq = 3 WHERE seq = 99",
    )  # fmt: skip

    found = broken(book)

    assert found.sequence == 2 and found.kind is BreakKind.REORDERED


def test_an_entry_put_in_with_a_right_hash_of_its_own_is_found(book: Path) -> None:
    connection = sqlite3.connect(book, isolation_level=None)
    (third,) = [entry for entry in all_entries(connection) if entry.sequence == 3]
    connection.close()
    tamper(
        book,
        "UPDATE events SET body = '{}', previous_hash = '" + "1" * 64 + "' WHERE seq = 3",
    )
    connection = sqlite3.connect(book, isolation_level=None)
    (changed,) = [entry for entry in all_entries(connection) if entry.sequence == 3]
    connection.execute("UPDATE events SET hash = ? WHERE seq = 3", (hash_of(changed),))
    connection.close()

    found = broken(book)

    assert third.sequence == 3 and found.sequence == 3 and found.kind is BreakKind.INSERTED


def test_an_edit_with_all_later_hashes_made_anew_is_found_by_the_anchor(book: Path, tmp_path: Path) -> None:
    anchors = AnchorFile(tmp_path / "audit" / "anchor.jsonl")
    anchors.write(head(book))
    tamper(book, "UPDATE events SET body = '{}' WHERE seq = 2")
    rehash(book)

    without = check(book)
    found = broken(book, anchors)

    assert without.is_whole, "the forger did good work"
    assert found.kind is BreakKind.REWRITTEN and found.sequence == 5


def test_a_cut_off_end_is_found_by_the_anchor_only(book: Path, tmp_path: Path) -> None:
    anchors = AnchorFile(tmp_path / "audit" / "anchor.jsonl")
    anchors.write(head(book))
    tamper(book, "DELETE FROM events WHERE seq >= 4")

    without = check(book)
    found = broken(book, anchors)

    assert without.is_whole and without.entries == 3
    assert found.kind is BreakKind.TRUNCATED and found.sequence == 4


def test_a_book_that_went_on_after_its_anchors_is_whole(book: Path, tmp_path: Path) -> None:
    anchors = AnchorFile(tmp_path / "audit" / "anchor.jsonl")
    anchors.write(head(book))
    write_book(book, entries=2)

    verdict = check(book, anchors)

    assert verdict.is_whole and verdict.entries == 7 and verdict.anchors_checked == 1


def test_an_anchor_line_that_a_power_cut_left_short_is_passed_over_and_closed(
    book: Path, tmp_path: Path
) -> None:
    anchors = AnchorFile(tmp_path / "audit" / "anchor.jsonl")
    anchors.write(head(book))
    with anchors.path.open("a") as file:
        file.write('{"seq": 7, "ha')
    anchors.write(head(book))

    kept = anchors.read()

    assert kept == (head(book), head(book))
    assert check(book, anchors).is_whole


def test_the_store_itself_refuses_edits_and_deletions(book: Path) -> None:
    connection = sqlite3.connect(book, isolation_level=None)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("UPDATE events SET body = '' WHERE seq = 1")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM events WHERE seq = 1")
    connection.close()


def test_a_version_is_written_once_and_without_a_gap(book: Path) -> None:
    connection = sqlite3.connect(book, isolation_level=None)
    provenance = Provenance(id=MessageId("m"), at_ns=Nanos(1), correlation_id="c", causation_id="c")

    def write(version: int | None) -> int:
        return record(
            connection, stream="order/A0", kind="K", provenance=provenance, body="{}", version=version
        )

    with pytest.raises(VersionTaken, match="found it at version 2"):
        write(2)
    with pytest.raises(AssertionError, match="gap"):
        write(4)
    assert write(3) == 6
    assert write(None) == 7
    connection.close()


def test_two_different_facts_never_read_alike() -> None:
    common = {"sequence": 1, "version": 1, "at_ns": Nanos(1), "previous_hash": GENESIS_HASH}
    fields = {"message_id": "m", "correlation_id": "c", "causation_id": "c"}

    one = entry_hash(**common, **fields, stream="ab", kind="c", body="{}")  # type: ignore[arg-type]
    other = entry_hash(**common, **fields, stream="a", kind="bc", body="{}")  # type: ignore[arg-type]

    assert one != other


def test_the_first_entry_follows_the_genesis_hash(tmp_path: Path) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)

    for _, _, sql in migrations():
        connection.executescript(sql)
    add(connection, 1)
    (first,) = all_entries(connection)
    connection.close()

    assert first.previous_hash == GENESIS_HASH and first.sequence == 1
    assert verify((first,), [Anchor(sequence=1, hash=first.hash, at_ns=Nanos(0))]).anchors_checked == 1


def rehash(book: Path) -> None:
    """Make every hash anew, as a careful forger does."""
    connection = sqlite3.connect(book, isolation_level=None)
    previous = GENESIS_HASH
    for sequence in range(1, 6):
        connection.execute("UPDATE events SET previous_hash = ? WHERE seq = ?", (previous, sequence))
        (entry,) = [one for one in all_entries(connection) if one.sequence == sequence]
        previous = hash_of(entry)
        connection.execute("UPDATE events SET hash = ? WHERE seq = ?", (previous, sequence))
    connection.close()
