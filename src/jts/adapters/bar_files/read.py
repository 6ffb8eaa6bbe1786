"""One file of bars in: recognised by its content, understood, checked. The door of this room."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from jts.adapters.bar_files.bar_file import BarFile, RefusedFile, Rows, Wishes
from jts.adapters.bar_files.checks import check
from jts.adapters.bar_files.packed import gunzip, unzip_one
from jts.adapters.bar_files.parquet_bars import read_parquet_bars
from jts.adapters.bar_files.text_table import read_text_table
from jts.adapters.bar_files.understanding import refuse_strange_instants, understand
from jts.adapters.bar_files.upbit_candles import read_upbit_candles
from jts.domain.market.bars import Bars

FILE_BYTES_MAX = 1 << 30

NO_WISHES = Wishes()


def read_bar_file(path: Path, wishes: Wishes = NO_WISHES) -> BarFile:
    """The bars of a file of any form we know. Errors: RefusedFile or BadInput, with the row and the next
    step."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise RefusedFile(f"expected at most {FILE_BYTES_MAX:,} bytes, found {size:,}: split the file")
        data = path.read_bytes()
    except FileNotFoundError:
        raise RefusedFile("there is no such file: check the path") from None
    except IsADirectoryError:
        raise RefusedFile("this is a folder: name the files in it, such as folder/*.csv") from None
    except OSError as error:
        raise RefusedFile(f"the file cannot be read: {error.strerror}") from None
    return read_bar_bytes(data, path.name, wishes)


def read_bar_bytes(data: bytes, name: str, wishes: Wishes = NO_WISHES) -> BarFile:
    """The same, of bytes that came another way. `name` is the file's name, a source of hints only."""
    digest = hashlib.sha256(data).hexdigest()
    rows, inner = _rows(data)
    understood, open_ns = understand(rows, [inner, name] if inner else [name], wishes)
    refuse_strange_instants(open_ns, rows)
    columns = check(rows, open_ns)
    buffers: dict[str, Any] = {"open_ns": columns.open_ns, "volume": columns.volume}
    buffers |= {f"{name}_units": column for name, column in columns.prices.items()}
    bars = Bars.of(
        instrument=understood.instrument,
        timeframe=understood.timeframe,
        price_scale=columns.scale,
        **buffers,
    )
    return BarFile(bars=bars, understood=understood, findings=columns.findings, digest=digest, rows=len(rows))


# ---- private ----


def _rows(data: bytes, *, packed: bool = False) -> tuple[Rows, str]:
    """The rows, and the name of the file inside if it was packed. What the bytes begin with decides."""
    if not data.strip():
        raise RefusedFile("the file is empty")
    if data[:4] == b"PAR1":
        return read_parquet_bars(data), ""
    if data[:2] in (b"PK", b"\x1f\x8b"):
        if packed:
            raise RefusedFile("the file is packed twice: unpack it first")
        inner, unpacked = unzip_one(data) if data[:2] == b"PK" else ("", gunzip(data))
        rows, _ = _rows(unpacked, packed=True)
        return replace(rows, form=f"{rows.form}, {'zip' if data[:2] == b'PK' else 'gzip'}"), inner
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return read_upbit_candles(data), ""
    if b"\0" in data[:4096]:
        raise RefusedFile(
            "expected Parquet, CSV, a zip of a CSV, or Upbit candles in JSON; these bytes are none of them. "
            "If this is a spreadsheet, save it as CSV first"
        )
    return read_text_table(data), ""
