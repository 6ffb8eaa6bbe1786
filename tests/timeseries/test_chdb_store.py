"""What only the embedded ClickHouse can do wrong: two owners, half an append, a damaged folder."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jts.adapters.timeseries import chdb_store
from jts.adapters.timeseries.chdb_store import ChdbBarStore
from jts.ports.bar_store import BarStoreUnavailable, Stored
from tests.timeseries.makers import BTC, MINUTE, minutes

_WRITER = """
import asyncio, sys
from pathlib import Path
from jts.adapters.timeseries.chdb_store import ChdbBarStore
from tests.timeseries.makers import minutes

async def main():
    store = ChdbBarStore(Path(sys.argv[1]))
    await store.open()
    print("open", flush=True)
    number = 0
    while True:
        await store.append(minutes([100 + number % 7] * 10, first=number * 10))
        number += 1
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_second_process_is_told_who_has_the_store(tmp_path: Path) -> None:
    store = ChdbBarStore(tmp_path)
    await store.open()

    code = "import asyncio, sys\nfrom pathlib import Path\n"
    code += f"from {chdb_store.__name__} import ChdbBarStore\n"
    code += "asyncio.run(ChdbBarStore(Path(sys.argv[1])).open())"
    second = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    await store.close()
    assert second.returncode != 0
    assert f"open in another process (pid {os.getpid()})" in second.stderr


@pytest.mark.slow
async def test_after_kill_9_every_acknowledged_bar_is_there(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert writer.stdout is not None
    acknowledged = 0
    for line in writer.stdout:
        if line.strip().isdigit():
            acknowledged = int(line)
        if acknowledged >= 20:
            break
    writer.send_signal(signal.SIGKILL)
    acknowledged = max(
        [acknowledged, *(int(line) for line in writer.stdout.read().split() if line.isdigit())]
    )
    writer.wait()
    writer.stdout.close()

    store = ChdbBarStore(tmp_path)
    await store.open()
    bars = await store.read(BTC, MINUTE)
    await store.close()

    assert bars is not None
    # Ten bars an append, all or none of them; the last append may have been kept without being acknowledged.
    assert len(bars) in (acknowledged * 10, acknowledged * 10 + 10)
    assert list(bars.open_ns) == [n * 60_000_000_000 for n in range(len(bars))]


async def test_an_append_larger_than_a_block_is_all_there_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chdb_store, "BLOCK_ROWS_MAX", 10)
    store = ChdbBarStore(tmp_path)
    await store.open()
    await store.append(minutes(list(range(100, 105))))
    whole = store._engine.insert
    inserted = 0

    def torn(sql: str, incoming: object, **parameters: object) -> None:
        nonlocal inserted
        inserted += 1
        if inserted == 3:
            raise BarStoreUnavailable("the power went")
        whole(sql, incoming, **parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(store._engine, "insert", torn)
    with pytest.raises(BarStoreUnavailable):
        await store.append(minutes(list(range(200, 235))))
    unsettled = await store.read(BTC, MINUTE)
    await store.close()

    again = ChdbBarStore(tmp_path)
    await again.open()
    bars = await again.read(BTC, MINUTE)
    stored = await again.append(minutes(list(range(200, 235))))
    after = await again.read(BTC, MINUTE)
    await again.close()

    assert unsettled is not None and list(unsettled.close_units) == list(range(100, 105))
    assert bars is not None and list(bars.close_units) == list(range(100, 105))
    assert stored == Stored(added=30, unchanged=0, replaced=5)
    assert after is not None and list(after.close_units) == list(range(200, 235))


async def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    store = ChdbBarStore(tmp_path)
    await store.open()
    await store.append(minutes([100, 101]))
    await store.append(minutes([999], first=1))
    before = await store.series()
    await store.close()

    await store.open()
    after, bars = await store.series(), await store.read(BTC, MINUTE)
    await store.close()

    assert after == before
    assert bars is not None and list(bars.close_units) == [100, 999]


async def test_a_damaged_part_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    store = ChdbBarStore(tmp_path)
    await store.open()
    await store.append(minutes([100, 101]))
    await store.close()
    for columns in (tmp_path / "tables" / "store").rglob("columns.txt"):
        columns.write_text("garbage")

    with pytest.raises(
        BarStoreUnavailable, match=r"is damaged: .*move the folder aside and import the files again"
    ):
        await store.open()
    with pytest.raises(BarStoreUnavailable, match="is damaged"):  # and not the next time either
        await ChdbBarStore(tmp_path).open()


async def test_a_damaged_table_definition_is_explained(tmp_path: Path) -> None:
    store = ChdbBarStore(tmp_path)
    await store.open()
    await store.close()
    for definition in (tmp_path / "tables").rglob("bars.sql"):
        definition.write_text("garbage")

    with pytest.raises(BarStoreUnavailable, match=r"is damaged .*move the folder aside"):
        await store.open()


async def test_a_place_that_is_no_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "bars").write_text("a file")

    with pytest.raises(BarStoreUnavailable, match="cannot write the bar store's folder"):
        await ChdbBarStore(tmp_path / "bars").open()


async def test_a_name_that_looks_like_sql_is_only_a_name(tmp_path: Path) -> None:
    store = ChdbBarStore(tmp_path)
    await store.open()
    strange = minutes([100], instrument=type(BTC)("X:'; DROP TABLE jts.bars; --\\"))

    await store.append(strange)
    bars = await store.read(strange.instrument, MINUTE)
    await store.close()

    assert bars == strange


async def test_many_may_read_while_one_writes(tmp_path: Path) -> None:
    store = ChdbBarStore(tmp_path)
    await store.open()
    await store.append(minutes([100] * 50))

    async def write() -> None:
        for number in range(10):
            await store.append(minutes([100] * 50, first=50 * (number + 1)))

    async def read() -> list[int]:
        found = []
        for _ in range(10):
            bars = await store.read(BTC, MINUTE)
            assert bars is not None
            found.append(len(bars))
        return found

    _, *seen = await asyncio.gather(write(), read(), read())
    await store.close()

    assert all(count % 50 == 0 for counts in seen for count in counts), seen
