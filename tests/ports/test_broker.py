"""What every broker promises. Numbered, so that a capability table can name the cases a broker does not pass.

A keeper of the port brings a harness (`PaperVenue` is one): a broker, a way to make the market print, to hear
the own order stream, and to kill and start the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from jts.domain.ledger.fill import Fill
from jts.domain.orders.terms import OrderKind, OrderTerms, TimeInForce, Timing
from jts.domain.values import ClientOrderId, Nanos, Side
from jts.ports.broker import CancelDeclined, CancelTaken, Declined, Grade, OrderEnded, Placed
from tests.brokers.paper.makers import PAPER, PaperVenue, approved, paper_venue, working
from tests.simulation.makers import ACCEPTED, terms, trade

BUY, SELL = Side.BUY, Side.SELL
DAY, IOC, FOK = TimeInForce.DAY, TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL
CLOSE = 23_400


@pytest.fixture(params=["paper"])
async def venue(tmp_path: Path) -> AsyncIterator[PaperVenue]:
    async with paper_venue(tmp_path) as found:
        yield found


async def only_fill(venue: PaperVenue) -> Fill:
    told = await venue.heard()
    assert len(told) == 1, told
    assert isinstance(told[0], Fill)
    return told[0]


async def only_end(venue: PaperVenue) -> OrderEnded:
    told = await venue.heard()
    assert len(told) == 1, told
    assert isinstance(told[0], OrderEnded)
    return told[0]


# ---- placing ----


async def test_b01_a_placed_order_has_a_venue_number_and_is_listed_open(venue: PaperVenue) -> None:
    answer = await venue.broker.place(approved(terms(limit="70000")))

    listed = await venue.broker.orders(PAPER, since_ns=ACCEPTED)
    assert isinstance(answer, Placed)
    assert listed.grade is Grade.COMPLETE
    assert [(o.order, o.venue_order_id, o.is_open, o.quantity, o.filled) for o in listed.items] == [
        (ClientOrderId("order-1"), answer.venue_order_id, True, Decimal(100), Decimal(0))
    ]


async def test_b02_the_same_order_placed_again_is_the_same_order(venue: PaperVenue) -> None:
    wish = approved(terms(limit="70000"))

    first, second = await asyncio.gather(venue.broker.place(wish), venue.broker.place(wish))
    venue.clock.move(5)
    third = await venue.broker.place(wish)

    assert isinstance(first, Placed)
    assert first == second == third
    assert len((await venue.broker.orders(PAPER, since_ns=Nanos(0))).items) == 1


async def test_b03_the_same_id_with_other_terms_is_declined(venue: PaperVenue) -> None:
    await venue.place(terms(limit="70000"))

    answer = await venue.broker.place(approved(terms(limit="69000")))

    assert isinstance(answer, Declined)
    assert answer.code == "duplicate_id"


async def test_b04_a_filled_order_placed_again_does_not_trade_again(venue: PaperVenue) -> None:
    wish = await venue.place(terms())
    await venue.print(trade("70000"))

    answer = await venue.broker.place(wish)
    await venue.print(trade("70100", seconds=90))

    assert isinstance(answer, Placed)
    assert len((await venue.broker.fills(PAPER, since_ns=Nanos(0))).items) == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (terms(limit="70050"), "tick"),
        (terms(stop="70050"), "tick"),
        (terms(quantity="0.5"), "lot"),
        (terms(stop="71000", timing=Timing.AT_OPEN), "unsupported"),
        (terms(of="NYSE:IBM"), "instrument"),  # type: ignore[arg-type]
        (terms(quantity="0.00002", limit="70000", of="BINANCE:BTCUSDT"), "minimum"),  # type: ignore[arg-type]
        (terms(quantity="0.000001", of="BINANCE:BTCUSDT"), "lot"),  # type: ignore[arg-type]
    ],
)
async def test_b05_an_impossible_order_is_declined_with_a_code_and_is_not_there(
    venue: PaperVenue, wrong: OrderTerms, code: str
) -> None:
    answer = await venue.broker.place(approved(wrong))

    assert isinstance(answer, Declined)
    assert answer.code == code
    assert (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items == ()


async def test_b06_an_order_of_another_account_is_declined(venue: PaperVenue) -> None:
    answer = await venue.broker.place(approved(terms(), account="other"))  # type: ignore[arg-type]

    assert isinstance(answer, Declined)


async def test_b07_capabilities_name_the_broker_and_what_it_takes(venue: PaperVenue) -> None:
    can = venue.broker.capabilities

    assert (can.broker, can.is_paper, can.client_ids) == ("paper", True, True)
    assert can.kinds == frozenset(OrderKind)
    assert can.timings == frozenset(Timing)


# ---- each kind, timing and validity ----


async def test_b10_a_market_order_fills_at_the_next_print_with_fee_and_notional(venue: PaperVenue) -> None:
    await venue.print(trade("69000", seconds=60))
    await venue.place(terms(BUY, "100"))
    await venue.print(trade("70000", seconds=61))

    fill = await only_fill(venue)
    assert (fill.order, fill.side) == ("order-1", BUY)
    assert [fill.quantity, fill.price] == [Decimal(100), Decimal(70_000)]
    assert [m.amount for m in (fill.notional, fill.fee, fill.tax)] == [
        Decimal(n) for n in (7_000_000, 983, 0)
    ]
    assert fill.venue_ns == trade("70000", seconds=61).venue_ns


async def test_b11_a_sale_of_a_korean_share_pays_tax(venue: PaperVenue) -> None:
    await venue.place(terms(SELL, "100"))
    await venue.print(trade("70000"))

    fill = await only_fill(venue)
    assert [fill.fee.amount, fill.tax.amount] == [Decimal(983), Decimal(3_500 + 10_500)]


async def test_b12_a_limit_rests_and_fills_at_its_price(venue: PaperVenue) -> None:
    await venue.place(terms(BUY, limit="70000"))
    await venue.print(trade("70100", seconds=61))
    assert await venue.heard() == []

    await venue.print(trade("69900", seconds=62))

    assert (await only_fill(venue)).price == 70_000


async def test_b13_a_stop_fills_at_the_print_that_reaches_it(venue: PaperVenue) -> None:
    await venue.place(terms(SELL, stop="69000"))
    await venue.print(trade("69100", seconds=61), trade("68800", seconds=62))

    assert (await only_fill(venue)).price == 68_800


async def test_b14_a_stop_limit_becomes_a_limit(venue: PaperVenue) -> None:
    await venue.place(terms(BUY, stop="71000", limit="71500"))
    await venue.print(trade("70000", seconds=61), trade("72000", seconds=62))
    assert await venue.heard() == []

    await venue.print(trade("71400", seconds=63))

    assert (await only_fill(venue)).price == 71_500


async def test_b15_an_at_open_order_fills_at_the_opening(venue: PaperVenue) -> None:
    await venue.place(terms(timing=Timing.AT_OPEN))
    await venue.print(trade("70000", seconds=61), trade("71000", days=3, opens=True))

    assert (await only_fill(venue)).price == 71_000


async def test_b16_an_at_close_order_fills_at_the_closing(venue: PaperVenue) -> None:
    await venue.place(terms(timing=Timing.AT_CLOSE))
    await venue.print(trade("70000", seconds=61), trade("71000", seconds=CLOSE, closes=True))

    assert (await only_fill(venue)).price == 71_000


async def test_b17_a_day_order_expires_with_the_closing_print(venue: PaperVenue) -> None:
    await venue.place(terms(BUY, limit="60000", valid=DAY))
    await venue.print(trade("70000", seconds=61), trade("70100", seconds=CLOSE, closes=True))

    ended = await only_end(venue)
    assert (ended.order, ended.how, ended.left) == ("order-1", "expired", Decimal(100))


async def test_b18_immediate_or_cancel_and_fill_or_kill_do_not_rest(venue: PaperVenue) -> None:
    await venue.place(terms(BUY, limit="60000", valid=IOC), id="ioc")
    await venue.place(terms(BUY, limit="60000", valid=FOK), id="fok")
    await venue.print(trade("70000"))

    told = await venue.heard()
    assert [(e.order, e.how) for e in told if isinstance(e, OrderEnded)] == [
        ("ioc", "cancelled"),
        ("fok", "cancelled"),
    ]
    assert all(not o.is_open for o in (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items)


async def test_b19_orders_of_other_instruments_are_not_touched(venue: PaperVenue) -> None:
    await venue.place(terms())
    await venue.print(trade("70000", of="KRX:000660"))  # type: ignore[arg-type]

    assert await venue.heard() == []


async def test_b20_several_orders_fill_in_the_sequence_they_were_placed(venue: PaperVenue) -> None:
    for n in range(3):
        await venue.place(terms(), id=f"order-{n}")
    await venue.print(trade("70000"))

    assert [event.order for event in await venue.heard()] == ["order-0", "order-1", "order-2"]


async def test_b21_a_partial_fill_leaves_the_rest_working(tmp_path: Path) -> None:
    async with paper_venue(tmp_path, participation=Decimal("0.1")) as venue:
        await venue.place(terms(quantity="100"))
        await venue.print(trade("70000", quantity="600", seconds=61))

        fill = await only_fill(venue)
        listed = (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items[0]
        assert (fill.quantity, listed.filled, listed.is_open) == (Decimal(60), Decimal(60), True)

        await venue.print(trade("70100", quantity="600", seconds=62))
        last = await only_fill(venue)
        assert (last.quantity, last.price) == (Decimal(40), Decimal(70_100))
        assert last.id != fill.id


# ---- cancelling ----


async def test_b30_a_cancelled_order_ends_and_never_trades(venue: PaperVenue) -> None:
    wish = await venue.place(terms(limit="70000"))

    answer = await venue.broker.cancel(working(wish))
    await venue.print(trade("69000"))

    ended = await only_end(venue)
    assert answer == CancelTaken()
    assert (ended.how, ended.left) == ("cancelled", Decimal(100))
    assert (await venue.broker.fills(PAPER, since_ns=Nanos(0))).items == ()


async def test_b31_what_has_ended_cannot_be_cancelled(venue: PaperVenue) -> None:
    wish = await venue.place(terms())
    await venue.print(trade("70000"))

    answer = await venue.broker.cancel(working(wish))

    assert isinstance(answer, CancelDeclined)
    assert "filled" in answer.reason


async def test_b32_what_the_venue_never_held_cannot_be_cancelled(venue: PaperVenue) -> None:
    answer = await venue.broker.cancel(working(approved(terms())))

    assert isinstance(answer, CancelDeclined)
    assert await venue.heard() == []


# ---- listings and restart ----


async def test_b40_listings_reach_back_to_the_instant_and_always_hold_what_is_open(venue: PaperVenue) -> None:
    await venue.place(terms(limit="60000"), id="open")
    await venue.place(terms(), id="filled")
    await venue.print(trade("70000", seconds=61))
    later = Nanos(venue.clock.now_ns() + 1)

    assert [o.order for o in (await venue.broker.orders(PAPER, since_ns=ACCEPTED)).items] == [
        "filled",
        "open",
    ]
    assert [o.order for o in (await venue.broker.orders(PAPER, since_ns=later)).items] == ["open"]
    assert [f.order for f in (await venue.broker.fills(PAPER, since_ns=ACCEPTED)).items] == ["filled"]
    assert (await venue.broker.fills(PAPER, since_ns=later)).items == ()


async def test_b41_an_empty_listing_is_a_complete_one(venue: PaperVenue) -> None:
    assert (await venue.broker.orders(PAPER, since_ns=Nanos(0))).grade is Grade.COMPLETE
    assert (await venue.broker.fills(PAPER, since_ns=Nanos(0))).grade is Grade.COMPLETE


async def test_b42_after_a_restart_orders_fills_and_ids_are_the_same(venue: PaperVenue) -> None:
    await venue.place(terms(limit="69000"), id="resting")
    wish = await venue.place(terms(), id="filled")
    await venue.print(trade("70000"))
    before = (
        (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items,
        (await venue.broker.fills(PAPER, since_ns=Nanos(0))).items,
    )

    await venue.kill_and_start()

    after = (
        (await venue.broker.orders(PAPER, since_ns=Nanos(0))).items,
        (await venue.broker.fills(PAPER, since_ns=Nanos(0))).items,
    )
    assert after == before
    assert isinstance(await venue.broker.place(wish), Placed)
    assert (await venue.broker.fills(PAPER, since_ns=Nanos(0))).items == before[1]


async def test_b43_an_order_that_rested_before_a_restart_trades_after_it(venue: PaperVenue) -> None:
    await venue.place(terms(limit="69000"))
    await venue.print(trade("70000", seconds=61))
    await venue.kill_and_start()

    await venue.print(trade("68000", seconds=62))

    assert (await only_fill(venue)).price == 69_000


async def test_b44_every_reader_of_the_stream_hears_everything_from_its_call_on(venue: PaperVenue) -> None:
    one, two = venue.broker.events(PAPER), venue.broker.events(PAPER)
    await venue.place(terms())
    await venue.print(trade("70000"))

    first, second = await anext(one), await anext(two)

    assert first == second
    assert isinstance(first, Fill)


async def test_b45_balances_and_positions_follow_the_fills(venue: PaperVenue) -> None:
    await venue.place(terms(BUY, "100"))
    await venue.print(trade("70000"))
    await venue.kill_and_start()

    balances = (await venue.broker.balances(PAPER)).items
    positions = (await venue.broker.positions(PAPER)).items

    assert balances == (("KRW", Decimal(100_000_000 - 7_000_000 - 983)),)
    assert positions == (("KRX:005930", Decimal(100)),)
