"""A bar in the making: what opens it, what finishes it, what is left out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jts.domain.instruments.markets import describe
from jts.domain.market.bars import Bar
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, Nanos
from jts.services.market_data.bar_builder import BarBuilder
from tests.services.market_data.makers import BTC, DAY, FIVE_SECONDS, SAMSUNG, ns, seconds, trade


def five_seconds() -> BarBuilder:
    builder = BarBuilder(describe(BTC), FIVE_SECONDS)
    builder.watching_since(seconds(0))
    return builder


def numbers(bar: Bar) -> tuple[int, int, int, int, Decimal]:
    return bar.open_units, bar.high_units, bar.low_units, bar.close_units, bar.volume


def test_the_first_print_of_the_next_interval_finishes_the_bar() -> None:
    builder = five_seconds()
    for at, price in ((0.0, "100"), (1.0, "102.5"), (2.0, "99.99"), (4.999, "101")):
        assert builder.add(trade(seconds(at), price, "0.1")) == ()

    ((bar, is_whole),) = builder.add(trade(seconds(5), "200"))

    assert numbers(bar) == (10000, 10250, 9999, 10100, Decimal("0.4"))
    assert (bar.open_ns, bar.close_ns) == (seconds(0), seconds(5)) and is_whole


def test_an_interval_without_a_print_makes_no_bar() -> None:
    builder = five_seconds()
    builder.add(trade(seconds(1), "100"))

    ((bar, _),) = builder.add(trade(seconds(21), "101"))
    finished = builder.close_until(seconds(25))

    assert bar.open_ns == seconds(0)
    assert finished is not None and finished[0].open_ns == seconds(20)


@pytest.mark.parametrize(("at", "is_finished"), [(4.999, False), (5.0, True), (5.001, True)])
def test_silence_finishes_the_bar_once_its_end_has_passed(at: float, is_finished: bool) -> None:
    builder = five_seconds()
    builder.add(trade(seconds(1), "100"))

    finished = builder.close_until(seconds(at))

    assert (finished is not None) is is_finished


def test_a_print_of_a_finished_interval_is_late_and_left_out() -> None:
    builder = five_seconds()
    builder.add(trade(seconds(1), "100"))
    builder.close_until(seconds(5))

    late = builder.add(trade(seconds(4.9), "500"))
    builder.add(trade(seconds(6), "101"))
    finished = builder.close_until(seconds(10))

    assert late == () and builder.late_prints == 1
    assert finished is not None and numbers(finished[0])[:4] == (10100, 10100, 10100, 10100)


def test_an_interval_watched_from_its_middle_is_not_whole() -> None:
    builder = BarBuilder(describe(BTC), FIVE_SECONDS)
    builder.watching_since(seconds(2))
    builder.add(trade(seconds(3), "100"))

    ((_, first_is_whole),) = builder.add(trade(seconds(5), "101"))
    ((_, second_is_whole),) = builder.add(trade(seconds(10), "102"))

    assert (first_is_whole, second_is_whole) == (False, True)


def test_a_stream_that_began_again_within_an_interval_has_not_watched_it() -> None:
    builder = five_seconds()
    builder.add(trade(seconds(1), "100"))
    builder.watching_since(seconds(3))

    ((_, is_whole),) = builder.add(trade(seconds(5), "101"))

    assert not is_whole


def test_a_korean_day_is_finished_by_the_print_that_closes_its_session() -> None:
    builder = BarBuilder(describe(SAMSUNG), DAY)
    prints = [("09:00:00", "70000"), ("11:00:00", "69000"), ("13:00:00", "72000")]
    for place, (clock, price) in enumerate(prints):
        at = ns(f"2024-03-05T{clock}+09:00")
        builder.add(trade(at, price, instrument=SAMSUNG, opens_session=place == 0))

    close = trade(ns("2024-03-05T15:30:00+09:00"), "71000", instrument=SAMSUNG, closes_session=True)
    ((bar, is_whole),) = builder.add(close)

    assert numbers(bar) == (70000, 72000, 69000, 71000, Decimal(4)) and is_whole
    assert bar.open_ns == ns("2024-03-05T09:00:00+09:00")
    assert bar.close_ns == ns("2024-03-05T15:30:00+09:00")


def test_the_closing_auction_belongs_to_the_interval_that_ends_with_the_session() -> None:
    builder = BarBuilder(describe(SAMSUNG), Timeframe(5, "m"))
    builder.watching_since(ns("2024-03-05T09:00:00+09:00"))
    builder.add(trade(ns("2024-03-05T15:19:59+09:00"), "70000", instrument=SAMSUNG))

    close = trade(ns("2024-03-05T15:30:00+09:00"), "71000", instrument=SAMSUNG, closes_session=True)
    (before, _), (last, _) = builder.add(close)

    assert before.open_ns == ns("2024-03-05T15:15:00+09:00")
    assert last.open_ns == ns("2024-03-05T15:25:00+09:00")
    assert last.close_ns == ns("2024-03-05T15:30:00+09:00")


def test_the_last_hour_of_a_korean_session_ends_with_it() -> None:
    builder = BarBuilder(describe(SAMSUNG), Timeframe(1, "h"))
    builder.add(trade(ns("2024-03-05T15:05:00+09:00"), "70000", instrument=SAMSUNG))

    assert builder.due_ns == ns("2024-03-05T15:30:00+09:00")


@pytest.mark.parametrize("text", ["1w", "1mo", "7m", "2d", "5h"])
def test_lengths_that_do_not_divide_a_day_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="divides a day"):
        BarBuilder(describe(BTC), Timeframe.parse(text))


def test_prints_in_any_sequence_within_an_interval_make_the_same_volume() -> None:
    builder = five_seconds()
    for at in (3.0, 1.0, 2.0):
        builder.add(trade(seconds(at), "100", "0.00001"))

    finished = builder.close_until(Nanos(seconds(5)))

    assert finished is not None and finished[0].volume == Decimal("0.00003")
