"""Instruments describe themselves: grids by price and by date, smallest sizes, calendars."""

from datetime import date
from decimal import Decimal

import pytest

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.krx_listings import listed_codes
from jts.domain.instruments.markets import describe
from jts.domain.instruments.venue_ticks import seoul_midnight
from jts.domain.values import BadInput, InstrumentId, Nanos, Rounding


def instrument(id: str) -> Instrument:
    return describe(InstrumentId(id))


def day(text: str) -> Nanos:
    return seoul_midnight(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("999", "1"), ("1999", "1"), ("2000", "5"), ("4995", "5"), ("5000", "10"), ("19990", "10"),
        ("20000", "50"), ("49950", "50"), ("50000", "100"), ("199900", "100"), ("200000", "500"),
        ("499500", "500"), ("500000", "1000"),
    ],
)  # fmt: skip
def test_a_krx_stock_moves_in_the_steps_of_its_price_band(price: str, tick: str) -> None:
    samsung = instrument("KRX:005930")

    assert samsung.ticks.tick(Decimal(price)) == Decimal(tick)
    assert samsung.is_on_tick(Decimal(price))


def test_the_krx_grid_became_finer_on_the_25th_of_january_2023() -> None:
    samsung = instrument("KRX:005930")
    last_old_instant, first_new_instant = Nanos(day("2023-01-25") - 1), day("2023-01-25")

    assert samsung.ticks.tick(Decimal(15_000), last_old_instant) == 50
    assert samsung.ticks.tick(Decimal(15_000), first_new_instant) == 10
    assert samsung.is_on_tick(Decimal(15_010), first_new_instant)
    assert not samsung.is_on_tick(Decimal(15_010), last_old_instant)


def test_kosdaq_stopped_at_one_hundred_won_before_2023() -> None:
    ecopro, samsung = instrument("KRX:247540"), instrument("KRX:005930")

    assert ecopro.ticks.tick(Decimal(600_000), day("2022-06-01")) == 100
    assert samsung.ticks.tick(Decimal(600_000), day("2022-06-01")) == 1_000
    assert ecopro.ticks.tick(Decimal(600_000), day("2024-06-03")) == 1_000


def test_an_etf_below_two_thousand_won_moves_by_one_won_since_december_2023() -> None:
    inverse = instrument("KRX:114800")

    assert inverse.ticks.tick(Decimal(1_999), day("2023-12-17")) == 5
    assert inverse.ticks.tick(Decimal(1_999), day("2023-12-18")) == 1
    assert inverse.ticks.tick(Decimal(2_000), day("2023-12-18")) == 5


@pytest.mark.parametrize(
    ("price", "on", "tick"),
    [
        ("1500000", "2025-07-30", "500"), ("1500000", "2025-07-31", "1000"),
        ("700", "2025-07-30", "0.1"), ("700", "2025-07-31", "1"),
        ("999999", "2025-07-31", "500"), ("1000000", "2025-07-31", "1000"), ("0.5", "2025-07-31", "0.001"),
    ],
)  # fmt: skip
def test_the_upbit_won_grid_changed_on_the_31st_of_july_2025(price: str, on: str, tick: str) -> None:
    ripple = instrument("UPBIT:KRW-XRP")

    assert ripple.ticks.tick(Decimal(price), day(on)) == Decimal(tick)


def test_each_venue_has_its_own_smallest_sizes_and_calendar() -> None:
    samsung, upbit, binance = (instrument(id) for id in ("KRX:005930", "UPBIT:KRW-BTC", "BINANCE:BTCUSDT"))

    assert [samsung.lot, upbit.lot, binance.lot] == [Decimal(x) for x in ("1", "0.00000001", "0.00001")]
    assert [x.minimum_notional for x in (samsung, upbit, binance)] == [Decimal(x) for x in (0, 5_000, 5)]
    assert [x.calendar for x in (samsung, upbit, binance)] == ["krx", "always", "always"]
    assert [x.currency for x in (samsung, upbit, binance)] == ["KRW", "KRW", "USDT"]


def test_a_price_goes_back_on_the_grid_in_the_named_direction_only() -> None:
    samsung = instrument("KRX:005930")

    assert samsung.price(Decimal(71_250), rounding=Rounding.DOWN) == 71_200
    assert samsung.price(Decimal(71_250), rounding=Rounding.UP) == 71_300
    assert samsung.price(Decimal(1_999), rounding=Rounding.UP) == 1_999


def test_names_and_kinds_come_from_the_listing_and_an_unlisted_code_is_a_stock() -> None:
    assert (instrument("KRX:005930").name, instrument("KRX:005930").kind) == ("삼성전자", "stock")
    assert (instrument("KRX:069500").name, instrument("KRX:069500").kind) == ("KODEX 200", "etf")
    assert (instrument("KRX:123456").name, instrument("KRX:123456").kind) == ("123456", "stock")
    assert instrument("KRX:247540").board == "KOSDAQ"
    assert len(listed_codes()) == 32


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("005930", "KRX:005930"), ("NYSE:IBM", "'NYSE'"), ("krx:005930", "'krx'"), ("", "KRX:005930"),
        ("KRX:5930", "six characters"), ("KRX:", "six characters"), ("KRX:00593O0", "six characters"),
        ("UPBIT:BTC-KRW", "UPBIT:KRW-BTC"), ("UPBIT:EUR-BTC", "UPBIT:KRW-BTC"),
        ("UPBIT:KRW-btc", "UPBIT:KRW-BTC"),
        ("BINANCE:USDT", "BINANCE:BTCUSDT"), ("BINANCE:BTC", "BINANCE:BTCUSDT"),
    ],
)  # fmt: skip
def test_a_malformed_id_is_refused_with_what_was_expected(id: str, says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        instrument(id)

    assert refusal.value.code == "instrument"
    assert says in str(refusal.value)
