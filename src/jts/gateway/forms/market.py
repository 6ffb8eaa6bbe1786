"""Markets as the API says them: instruments, prices, bars, series, and how far each feed can be trusted."""

from __future__ import annotations

from decimal import Decimal

from jts.contracts.market_data import FeedStatus, SeriesInfo
from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bar, Bars
from jts.domain.market.prices import FeedState, ReferencePrice, SessionState
from jts.domain.values import Nanos
from jts.gateway.exact import plain
from jts.gateway.forms.form import Form, told, when
from jts.gateway.instants import iso, iso_or_none

NANOS_PER_MS = 1_000_000
_RATIO = Decimal("0.000001")


class ReferenceForm(Form):
    """The newest print of an instrument, and whether it may be believed."""

    price: str = told("The newest print.", "71500")
    at: str = when("When it traded, by the venue.")
    received_at: str = when("When we learnt of it.")
    session: SessionState = told("Whether the venue matches orders now.", "open")
    stale: bool = told("It is too old to measure an order against.", False)

    @staticmethod
    def of(reference: ReferencePrice, now_ns: Nanos) -> ReferenceForm:
        return ReferenceForm(
            price=plain(reference.price),
            at=iso(reference.venue_ns),
            received_at=iso(reference.received_ns),
            session=reference.session,
            stale=reference.is_stale(now_ns),
        )


class InstrumentForm(Form):
    """Something that can be traded, and its grids."""

    id: str = told("VENUE:CODE.", "KRX:005930")
    venue: str = told("Where it matches.", "KRX")
    name: str = told("Its name.", "삼성전자")
    kind: str = told("stock, etf, crypto or simulated.", "stock")
    currency: str = told("The currency of its prices.", "KRW")
    price_scale: int = told("Decimals of a price.", 0)
    quantity_scale: int = told("Decimals of a quantity.", 0)
    lot: str = told("Quantities are multiples of this.", "1")
    minimum_quantity: str = told("The least quantity of an order.", "1")
    minimum_notional: str = told("The least value of an order.", "0")
    calendar: str = told("Its session calendar.", "krx")
    reference: ReferenceForm | None = told("The newest print; null if none was heard.", None)

    @staticmethod
    def of(instrument: Instrument, reference: ReferencePrice | None, now_ns: Nanos) -> InstrumentForm:
        return InstrumentForm(
            id=instrument.id,
            venue=instrument.venue,
            name=instrument.name,
            kind=instrument.kind,
            currency=instrument.currency,
            price_scale=instrument.price_scale,
            quantity_scale=instrument.quantity_scale,
            lot=plain(instrument.lot),
            minimum_quantity=plain(instrument.minimum_quantity),
            minimum_notional=plain(instrument.minimum_notional),
            calendar=instrument.calendar,
            reference=None if reference is None else ReferenceForm.of(reference, now_ns),
        )


class InstrumentsForm(Form):
    """Every instrument we know."""

    instruments: list[InstrumentForm] = told("The instruments.", [])


class TickForm(Form):
    """The price grid around a price."""

    tick: str = told("The step at this price.", "100")
    down: str = told("The price on the grid at or below it.", "71200")
    up: str = told("The price on the grid at or above it.", "71300")


class PriceForm(Form):
    """The newest price of an instrument, as the stream says it."""

    instrument: str = told("VENUE:CODE.", "KRX:005930")
    price: str = told("The newest print.", "71500")
    at: str = when("When it traded, by the venue.")
    received_at: str = when("When we learnt of it.")
    session: SessionState = told("Whether the venue matches orders now.", "open")
    change: str | None = told("Share since the last session's close; null where unknown.", "0.0142")

    @staticmethod
    def of(reference: ReferencePrice) -> PriceForm:
        change = None
        if reference.previous_close:
            change = plain((reference.price / reference.previous_close - 1).quantize(_RATIO))
        return PriceForm(
            instrument=reference.instrument,
            price=plain(reference.price),
            at=iso(reference.venue_ns),
            received_at=iso(reference.received_ns),
            session=reference.session,
            change=change,
        )


class BarsForm(Form):
    """Finished bars, oldest first. Numbers, for drawing; orders are never made from them."""

    instrument: str = told("VENUE:CODE.", "KRX:005930")
    timeframe: str = told("The length of a bar.", "1d")
    price_scale: int = told("Decimals of a price.", 0)
    bars: list[list[float]] = told(
        "[opening instant in ms, open, high, low, close, volume] each.",
        [[1763942400000, 71000, 71800, 70900, 71500, 1200345]],
    )

    @staticmethod
    def of(bars: Bars) -> BarsForm:
        step = 10.0**bars.price_scale
        columns = (
            bars.open_ns,
            bars.open_units,
            bars.high_units,
            bars.low_units,
            bars.close_units,
            bars.volume,
        )
        return BarsForm.model_construct(
            instrument=bars.instrument,
            timeframe=bars.timeframe.text,
            price_scale=bars.price_scale,
            bars=[
                [at_ns // NANOS_PER_MS, first / step, high / step, low / step, last / step, volume]
                for at_ns, first, high, low, last, volume in zip(*columns, strict=True)
            ],
        )


class ClosedBarForm(Form):
    """A bar that has just closed, as the stream says it."""

    instrument: str = told("VENUE:CODE.", "KRX:005930")
    timeframe: str = told("The length of a bar.", "1m")
    bar: list[float] = told(
        "[opening instant in ms, open, high, low, close, volume].", [1763942400000, 1, 2, 1, 2, 10]
    )

    @staticmethod
    def of(bar: Bar, price_scale: int) -> ClosedBarForm:
        step = 10.0**price_scale
        prices = (bar.open_units, bar.high_units, bar.low_units, bar.close_units)
        return ClosedBarForm(
            instrument=bar.instrument,
            timeframe=bar.timeframe.text,
            bar=[bar.open_ns // NANOS_PER_MS, *(units / step for units in prices), float(bar.volume)],
        )


class SeriesForm(Form):
    """One stored series of bars, and its grade."""

    instrument: str = told("VENUE:CODE.", "KRX:005930")
    timeframe: str = told("The length of a bar.", "1d")
    count: int = told("How many bars.", 2430)
    first_at: str = when("When the first opened.")
    last_at: str = when("When the last opened.")
    grade: str = told("A to F.", "A")
    findings: dict[str, int] = told("Counted defects by kind.", {"gap": 2})
    source: str = told("Where it came from.", "upload")

    @staticmethod
    def of(info: SeriesInfo) -> SeriesForm:
        return SeriesForm(
            instrument=info.instrument,
            timeframe=info.timeframe.text,
            count=info.count,
            first_at=iso(info.first_ns),
            last_at=iso(info.last_ns),
            grade=info.grade,
            findings=info.findings,
            source=info.source,
        )


class SeriesListForm(Form):
    """Every stored series."""

    series: list[SeriesForm] = told("The series.", [])


class FeedForm(Form):
    """One stream of market data: its state, its age, and what it truly is."""

    feed: str = told("Its name.", "recorded")
    broker: str = told("Who it comes from.", "recorded")
    instruments: list[str] = told("What it carries.", ["BINANCE:BTCUSDT"])
    state: FeedState = told("How far it can be trusted.", "live")
    is_recorded: bool = told("A recording or a simulation, never the present market.", True)
    description: str = told("What it truly is.", "Binance BTCUSDT trades of 2024-08-09, replayed")
    speed: float | None = told("Replay speed; null for a live market.", 1.0)
    last_message_at: str | None = when("When it last said something, by our clock.")
    age_ms: int | None = told("How long ago that was, when this was written.", 120)
    messages: int = told("How much it has said.", 18230)

    @staticmethod
    def of(status: FeedStatus, now_ns: Nanos) -> FeedForm:
        heard = status.last_message_ns
        return FeedForm(
            feed=status.feed,
            broker=status.broker,
            instruments=list(status.instruments),
            state=status.state,
            is_recorded=status.is_recorded,
            description=status.description,
            speed=status.speed,
            last_message_at=iso_or_none(heard),
            age_ms=None if heard is None else max(0, (now_ns - heard) // NANOS_PER_MS),
            messages=status.messages,
        )


class FeedsForm(Form):
    """Every feed."""

    feeds: list[FeedForm] = told("The feeds.", [])
