"""Tables of text: CSV in UTF-8 (with or without BOM) or cp949, with headers in Korean or English, or
without any."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pacsv

from jts.adapters.bar_files.bar_file import Labels, RefusedFile, RowNumbers, Rows
from jts.adapters.bar_files.exact_prices import DECIMALS_MAX, floats_from_text, units_from_text
from jts.adapters.bar_files.instants import parse_times
from jts.domain.market.timeframe import Timeframe

pc: Any = pyarrow.compute  # its stubs know fewer overloads than it has

PREAMBLE_LINES_MAX = 10
_DELIMITERS = (",", "\t", ";", "|")
_BINANCE_COLUMNS = 12
_BOM = b"\xef\xbb\xbf"

# What people's headers call our columns; spaces and case do not matter.
_NAMES = {
    "time": (
        "일자", "날짜", "일시", "거래일", "거래일자", "영업일", "영업일자", "기준일", "기준일자", "date",
        "datetime", "timestamp", "ts", "opentime", "candledatetimeutc",
    ),
    "clock": ("시간", "시각", "체결시간", "time"),
    "open": ("시가", "open", "o", "openingprice", "openprice"),
    "high": ("고가", "high", "h", "highprice"),
    "low": ("저가", "low", "l", "lowprice"),
    "close": ("종가", "현재가", "close", "c", "tradeprice", "closeprice"),
    "volume": ("거래량", "volume", "v", "vol", "candleacctradevolume"),
}  # fmt: skip
_MEANING = {name: meaning for meaning, names in _NAMES.items() for name in names}
_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where the columns are. `header_line` counts from 0; None if there is no header."""

    header_line: int | None
    places: dict[str, int]
    columns: int
    delimiter: str
    has_korean_header: bool


def decode(data: bytes) -> tuple[bytes, str]:
    """The text as UTF-8 bytes without a BOM, and the encoding it came in. Errors: RefusedFile."""
    for encoding, name in (("utf-8", "UTF-8"), ("cp949", "cp949")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return (data if name == "UTF-8" else text.encode()).removeprefix(_BOM).strip(b"\r\n \t"), name
    raise RefusedFile(
        "expected text in UTF-8 or cp949; the bytes are neither. If this is a spreadsheet, save it as "
        "CSV first"
    )


def read_text_table(data: bytes) -> Rows:
    """Rows of a CSV. Errors: RefusedFile with the row and what is wrong there."""
    body, encoding = decode(data)
    layout = _layout(_first_lines(body))
    table, row_of = _cells(body, layout)
    if table.num_rows == 0:
        raise RefusedFile("expected at least one row of prices; the file has none")
    is_binance = layout.columns == _BINANCE_COLUMNS and "clock" not in layout.places
    times = _time_texts(table, layout, row_of)
    parsed = parse_times(times, row_of)
    units = {name: units_from_text(_column(table, layout.places[name]), name, row_of) for name in _PRICES}
    return Rows(
        form=_form(layout, encoding, is_binance),
        wall_ns=parsed.wall_ns,
        is_utc=parsed.is_utc,
        dates_only=parsed.dates_only,
        open_units=units["open"],
        high_units=units["high"],
        low_units=units["low"],
        close_units=units["close"],
        scale=DECIMALS_MAX,
        volume=(
            floats_from_text(_column(table, layout.places["volume"]), "volume", row_of)
            if "volume" in layout.places
            else np.zeros(table.num_rows, dtype=np.float64)
        ),
        row_of=row_of,
        timeframe=_kline_timeframe(table, parsed.wall_ns) if is_binance else None,
        zone="Asia/Seoul" if layout.has_korean_header else None,
        labels=Labels.OPEN if is_binance else None,
        findings={} if "volume" in layout.places else {"no_volume": table.num_rows},
    )


# ---- private, in the order they are called ----


def _layout(lines: list[str]) -> _Layout:
    for number, line in enumerate(lines[:PREAMBLE_LINES_MAX]):
        delimiter = max(_DELIMITERS, key=line.count)
        cells = _split(line, delimiter)
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            meaning = _MEANING.get(re.sub(r"[\s_()\[\]\"']", "", cell).lower())
            if meaning is not None:
                places.setdefault(meaning, place)
        if "clock" in places and "time" not in places:
            places["time"] = places.pop("clock")
        if set(_PRICES) & places.keys():
            missing = [name for name in ("time", *_PRICES) if name not in places]
            if missing:
                raise RefusedFile(
                    f"row {number + 1}: the header has no column for {', '.join(missing)}; expected "
                    "names such "
                    f"as 일자 시가 고가 저가 종가 거래량, or date open high low close volume; "
                    f"found {line[:100]!r}"
                )
            korean = any("가" <= letter <= "힣" for letter in line)
            return _Layout(
                header_line=number,
                places=places,
                columns=len(cells),
                delimiter=delimiter,
                has_korean_header=korean,
            )
    return _headerless(lines)


def _headerless(lines: list[str]) -> _Layout:
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    cells = _split(first, delimiter)
    numeric = all(re.fullmatch(r"[\d.,:/+eE\s-]+", cell) for cell in cells)
    if not first or len(cells) < 5 or not numeric:
        raise RefusedFile(
            "expected a table of bars: a header such as 일자,시가,고가,저가,종가,거래량 "
            "or date,open,high,low,close,volume, or rows of time, open, high, low, close, volume; the "
            f"file begins with {first[:80]!r}"
        )
    places = {name: place for place, name in enumerate(("time", *_PRICES, "volume")[: len(cells)])}
    return _Layout(
        header_line=None, places=places, columns=len(cells), delimiter=delimiter, has_korean_header=False
    )


def _split(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _first_lines(body: bytes) -> list[str]:
    lines = body.split(b"\n", PREAMBLE_LINES_MAX)[:PREAMBLE_LINES_MAX]
    return [line.decode("utf-8").rstrip("\r") for line in lines]


def _cells(body: bytes, layout: _Layout) -> tuple[Any, RowNumbers]:
    """The cells we need, as text. Errors: RefusedFile if a row has more or fewer cells than the first."""
    skip = 0 if layout.header_line is None else layout.header_line + 1
    rows = body.split(b"\n", skip)[-1] if body.count(b"\n", 0, 1 << 20) >= skip else b""
    row_of = RowNumbers(first=skip + 1, text=rows if _has_blank_lines(rows) else None)
    names = [f"c{n}" for n in range(layout.columns)]
    wanted = sorted({names[place] for place in layout.places.values()} | set(names[6:7]))
    if not rows.strip():
        return pa.table({name: pa.array([], pa.string()) for name in names}), row_of
    try:
        table = pacsv.read_csv(
            io.BytesIO(rows),
            read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=True),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise _wrong_row(error, row_of, layout) from None
    return table.combine_chunks(), row_of


def _has_blank_lines(rows: bytes) -> bool:
    return b"\n\n" in rows or b"\n\r\n" in rows


def _wrong_row(error: Exception, row_of: RowNumbers, layout: _Layout) -> RefusedFile:
    found = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", str(error), re.DOTALL)
    if found is None:
        return RefusedFile(f"the table cannot be read: {str(error)[:200]}")
    return RefusedFile(
        f"row {row_of(int(found[1]) - 1)}: expected {found[2]} columns as in the first row, found "
        f"{found[3]}: "
        f"{found[4].strip()[:80]!r}"
    )


def _column(table: Any, place: int) -> Any:
    return table.column(f"c{place}")


def _time_texts(table: Any, layout: _Layout, row_of: RowNumbers) -> Any:
    dates = _column(table, layout.places["time"])
    if "clock" not in layout.places:
        return dates
    clocks = pc.utf8_trim_whitespace(_column(table, layout.places["clock"]))
    # 900 and 0900 and 90000 are nine o'clock in the exports of home trading systems.
    digits = pc.utf8_is_digit(clocks)
    short = pc.less_equal(pc.utf8_length(clocks), 4)
    padded = pc.if_else(short, pc.utf8_lpad(clocks, 4, "0"), pc.utf8_lpad(clocks, 6, "0"))
    return pc.binary_join_element_wise(
        pc.utf8_trim_whitespace(dates), pc.if_else(digits, padded, clocks), " "
    )


def _kline_timeframe(table: Any, open_ns: Any) -> Timeframe | None:
    """A Binance row says when it closes: one unit before the next one opens."""
    closes = _column(table, 6)[0].as_py()
    if not closes.isdigit() or len(closes) not in (13, 16):
        return None
    unit = 1_000_000 if len(closes) == 13 else 1_000
    return timeframe_of_length((int(closes) + 1) * unit - int(open_ns[0]))


def timeframe_of_length(nanos: int) -> Timeframe | None:
    """The timeframe of this length, in its largest whole unit; None if it is no whole number of seconds."""
    seconds, rest = divmod(nanos, 1_000_000_000)
    if seconds <= 0 or rest:
        return None
    for unit, length in (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds % length == 0:
            return Timeframe(seconds // length, unit)
    return None


def _form(layout: _Layout, encoding: str, is_binance: bool) -> str:
    if is_binance:
        return "Binance klines (CSV)"
    header = (
        "no header" if layout.header_line is None else ("Korean" if layout.has_korean_header else "header")
    )
    return f"CSV ({encoding}, {header})"
