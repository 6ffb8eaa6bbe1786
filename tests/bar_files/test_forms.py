"""Every form people have is recognised by its content and read to the last digit."""

from __future__ import annotations

import gzip
import json

import pytest

from jts.adapters.bar_files.bar_file import Labels, Wishes
from jts.adapters.bar_files.read import read_bar_bytes, read_bar_file
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId
from tests.bar_files.makers import SAMSUNG, csv, house_columns, opens, parquet, read, zipped
from tests.market_data_files import market_data_file

UPBIT_FILE = "raw/upbit/upbit_3m_20200220_170000-20200220_200000.json"
KOREAN = (
    "일자,시가,고가,저가,종가,거래량\n"
    "20240305,73000,74000,72900,73700,1000\n"
    "20240306,73700,73800,73000,73100,900\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_headers_are_read_in_every_encoding_people_use(encoding: str) -> None:
    data = KOREAN.encode(encoding)

    file = read_bar_bytes(data, "A005930_daily.csv")

    assert file.understood.instrument == SAMSUNG and file.understood.timeframe == Timeframe(1, "d")
    assert file.understood.zone == "Asia/Seoul"
    assert opens(file) == ["2024-03-05 00:00", "2024-03-06 00:00"]  # 09:00 in Seoul
    assert list(file.bars.close_units) == [73700, 73100]


def test_quoted_thousands_without_a_header_are_an_export_of_a_home_trading_system() -> None:
    data = b'\xef\xbb\xbf1985-01-04,"6,511","6,511","6,473","6,473","2,232"\n'
    data += b'1985-01-05,"6,434","6,465","6,427","6,427","2,167"\n'

    file = read_bar_bytes(data, "005930.csv")

    assert list(file.bars.open_units) == [6511, 6434]
    assert list(file.bars.volume) == [2232.0, 2167.0]


def test_minutes_labelled_by_their_end_are_moved_to_their_opening() -> None:
    data = csv("202403050901,10,10,10,10,1", "202403050902,11,11,11,11,1", "202403051530,12,12,12,12,1")

    file = read_bar_bytes(data, "005930_1m.csv")

    assert file.understood.labels is Labels.END
    assert opens(file) == ["2024-03-05 00:00", "2024-03-05 00:01", "2024-03-05 06:29"]


def test_minutes_labelled_by_their_opening_are_left_alone() -> None:
    data = csv("202403050900,10,10,10,10,1", "202403050901,11,11,11,11,1", "202403051530,12,12,12,12,1")

    file = read_bar_bytes(data, "005930_1m.csv")

    assert file.understood.labels is Labels.OPEN
    assert opens(file)[0] == "2024-03-05 00:00"


def test_a_date_and_a_clock_in_two_columns_are_one_time() -> None:
    data = csv(
        "20240305,900,10,11,9,10,5",
        "20240305,90100,10,12,9,11,5",
        header="일자,시간,시가,고가,저가,종가,거래량",
    )

    file = read(data, wishes=Wishes(instrument=SAMSUNG))

    assert opens(file) == ["2024-03-05 00:00", "2024-03-05 00:01"]


@pytest.mark.parametrize(("unit", "digits"), [("ms", 3), ("us", 6)])
def test_binance_klines_are_read_in_milliseconds_and_microseconds(unit: str, digits: int) -> None:
    rows = []
    for minute in range(2):
        opened = (1_709_596_800 + 60 * minute) * 10**digits
        prices = "68245.71000000,68245.72,68086.78,68157.84,80.95390000"
        rows.append(f"{opened},{prices},{opened + 60 * 10**digits - 1},1,1,1,1,0")

    file = read_bar_bytes(zipped({"BTCUSDT-1m-2024-03-05.csv": "\n".join(rows).encode()}), "download.zip")

    assert file.understood.instrument == "BINANCE:BTCUSDT" and file.understood.timeframe.text == "1m"
    assert opens(file) == ["2024-03-05 00:00", "2024-03-05 00:01"]
    assert file.bars.price_scale == 2 and file.bars.open_units[0] == 6_824_571, unit
    assert file.bars.volume[0] == 80.9539


def test_upbit_candles_come_newest_first_and_are_turned_round() -> None:
    candle = {
        "market": "KRW-BTC", "opening_price": 11509000.0, "high_price": 11511000.0, "low_price": 11489000.0,
        "trade_price": 11498000.0, "candle_acc_trade_volume": 2.63267824, "unit": 1,
    }  # fmt: skip
    data = json.dumps([candle | {"candle_date_time_utc": f"2020-02-20T11:{m}:00"} for m in (19, 18)]).encode()

    file = read_bar_bytes(data, "anything.json")

    assert file.understood.instrument == "UPBIT:KRW-BTC" and file.understood.timeframe.text == "1m"
    assert opens(file) == ["2020-02-20 11:18", "2020-02-20 11:19"]
    assert file.bars.close_units[0] == 11_498_000 and file.bars.volume[0] == 2.63267824


def test_parquet_says_what_it_is_in_its_metadata() -> None:
    data = parquet(house_columns(close=[0.5, 0.25]), symbol="KRW-XRP", venue="UPBIT", timeframe="1m")

    file = read_bar_bytes(data, "x")

    assert file.understood.instrument == "UPBIT:KRW-XRP"
    assert file.bars.price_scale == 2 and list(file.bars.close_units) == [50, 25]


def test_what_the_person_says_goes_before_what_the_file_says() -> None:
    data = parquet(house_columns(close=[1.0, 2.0]), symbol="KRW-XRP", venue="UPBIT", timeframe="1m")

    file = read(data, wishes=Wishes(instrument=InstrumentId("BINANCE:XRPUSDT"), timeframe=Timeframe(5, "m")))

    assert file.bars.instrument == "BINANCE:XRPUSDT" and file.bars.timeframe.text == "5m"


def test_times_in_a_named_zone_become_utc_across_the_change_of_clocks() -> None:
    rows = ("2024-03-08 09:30,1,1,1,1,1", "2024-03-11 09:30,1,1,1,1,1")

    file = read(
        csv(*rows),
        wishes=Wishes(
            instrument=InstrumentId("US:AAPL"), timeframe=Timeframe(1, "d"), zone="America/New_York"
        ),
    )

    assert opens(file) == ["2024-03-08 14:30", "2024-03-11 13:30"]


def test_gzip_and_tabs_and_a_title_above_the_header_are_understood() -> None:
    text = "삼성전자 일별 주가\n날짜\t종가\t시가\t고가\t저가\t거래량\n"
    text += "2024/03/05\t10\t9\t11\t8\t100\n2024/03/06\t11\t10\t12\t9\t100\n"

    file = read_bar_bytes(gzip.compress(text.encode("cp949")), "005930.csv.gz")

    assert list(file.bars.close_units) == [10, 11] and list(file.bars.open_units) == [9, 10]


def test_a_file_that_does_not_say_what_it_is_asks_for_the_option() -> None:
    with pytest.raises(BadInput, match="--symbol"):
        read_bar_bytes(csv("20240305,1,1,1,1,1", "20240306,1,1,1,1,1"), "prices.csv")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "instrument", "timeframe", "bars", "first", "findings"),
    [
        ("raw/krx/A005930_daily_cp949.csv", "KRX:005930", "1d", 5548, "1999-09-16 00:00", {"duplicates": 1}),
        ("raw/krx/A000660_daily_utf8.csv", "KRX:000660", "1d", 5539, "1999-09-16 00:00", {"duplicates": 1}),
        ("raw/krx/005930_hts_export_bom_thousands.csv", "KRX:005930", "1d", 8826, "1985-01-04 00:00", {}),
        ("raw/krx/005930_1m_creon.csv", "KRX:005930", "1m", 7714, "2018-01-17 04:47", {}),
        ("raw/binance/BTCUSDT-1m-2024-03-05.zip", "BINANCE:BTCUSDT", "1m", 1440, "2024-03-05 00:00", {}),
        ("raw/binance/BTCUSDT-1h-2024-03-14.zip", "BINANCE:BTCUSDT", "1h", 24, "2024-03-14 00:00", {}),
        (UPBIT_FILE, "UPBIT:KRW-BTC", "3m", 60, "2020-02-20 08:00", {}),
        ("quirks/krx/068270_1d.parquet", "KRX:068270", "1d", 1898, "2015-01-02 00:00", {"widened": 41}),
    ],
)  # fmt: skip
def test_real_files_are_read_without_a_word_of_help(
    name: str, instrument: str, timeframe: str, bars: int, first: str, findings: dict[str, int]
) -> None:
    path = market_data_file(name)

    file = read_bar_file(path)

    assert (file.bars.instrument, file.bars.timeframe.text, len(file.bars)) == (instrument, timeframe, bars)
    assert opens(file)[0] == first
    assert file.findings == findings


@pytest.mark.data
def test_the_same_bars_in_two_forms_are_the_same_bars() -> None:
    zipped_day = market_data_file("raw/binance/BTCUSDT-1m-2024-03-05.zip")
    whole = market_data_file("bars/binance/BTCUSDT_1m.parquet")

    day, all_days = read_bar_file(zipped_day).bars, read_bar_file(whole).bars

    begin = list(all_days.open_ns).index(day.open_ns[0])
    for column in ("open_ns", "open_units", "high_units", "low_units", "close_units", "volume"):
        assert list(getattr(day, column)) == list(getattr(all_days, column)[begin : begin + 1440]), column
