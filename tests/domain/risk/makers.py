"""Small makers: a wish, an account, a market, and the question risk is asked about them."""

from __future__ import annotations

from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.markets import describe
from jts.domain.ledger.fill import Fill
from jts.domain.market.prices import ReferencePrice, SessionState
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms, Timing
from jts.domain.risk.exposure import Exposure, Holding, reserve
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.limits import Limits
from jts.domain.risk.question import Question
from jts.domain.risk.reservation import Reservation, worth
from jts.domain.risk.verdict import SubmitOrder, order_digest
from jts.domain.values import (
    KRW,
    NANOS_PER_SECOND,
    AccountId,
    ClientOrderId,
    FillId,
    InstrumentId,
    IntentId,
    MessageId,
    Money,
    Nanos,
    Price,
    Provenance,
    Quantity,
    Side,
)

PAPER = AccountId("paper")
SAMSUNG = InstrumentId("KRX:005930")
BITCOIN = InstrumentId("UPBIT:KRW-BTC")
# 2026-11-23 10:00 in Seoul, a Monday.
NOW = Nanos(1_795_395_600 * NANOS_PER_SECOND)
NO_KILL = KillState(engaged=False)
REFERENCE = Decimal("70000")


def wish(
    side: Side = Side.BUY,
    quantity: str = "10",
    *,
    limit: str | None = None,
    stop: str | None = None,
    instrument: InstrumentId = SAMSUNG,
    timing: Timing = Timing.NOW,
    reduce_only: bool = False,
    intent: str = "i-1",
    origin: Origin = Origin.PERSON,
    actor: str = "owner",
    account: AccountId = PAPER,
    deadline_ns: int = NOW + 100_000_000,
) -> SubmitOrder:
    """A market order unless a price is given; `order` is named after the intent."""
    kinds = {
        (False, False): OrderKind.MARKET,
        (True, False): OrderKind.LIMIT,
        (False, True): OrderKind.STOP,
        (True, True): OrderKind.STOP_LIMIT,
    }
    return SubmitOrder(
        provenance=Provenance(
            id=MessageId(f"m-{intent}"), at_ns=NOW, correlation_id="click-1", causation_id="click-1"
        ),
        intent=IntentId(intent),
        order=ClientOrderId(f"o-{intent}"),
        account=account,
        terms=OrderTerms(
            instrument=instrument,
            side=side,
            kind=kinds[(limit is not None, stop is not None)],
            quantity=Quantity(Decimal(quantity)),
            limit_price=None if limit is None else Price(Decimal(limit)),
            stop_price=None if stop is None else Price(Decimal(stop)),
            timing=timing,
            reduce_only=reduce_only,
        ),
        source=OrderSource(origin=origin, actor=actor),
        deadline_ns=Nanos(deadline_ns),
    )


def price(
    value: Decimal = REFERENCE,
    *,
    instrument: InstrumentId = SAMSUNG,
    session: SessionState = SessionState.OPEN,
    age_ns: int = 0,
    stale_after_ns: int = 10 * NANOS_PER_SECOND,
    now_ns: int = NOW,
) -> ReferencePrice:
    at_ns = Nanos(now_ns - age_ns)
    return ReferencePrice(
        instrument=instrument,
        price=Price(value),
        venue_ns=at_ns,
        received_ns=at_ns,
        session=session,
        stale_after_ns=stale_after_ns,
    )


def account(
    cash: str = "10000000",
    *,
    held: str = "0",
    reservations: tuple[Reservation, ...] = (),
    last_price: Decimal = REFERENCE,
) -> Exposure:
    """Won in cash and shares of Samsung; the day began with just that."""
    quantity = Decimal(held)
    exposure = Exposure(
        account=PAPER,
        cash={KRW: Decimal(cash)},
        holdings={SAMSUNG: Holding(currency=KRW, quantity=quantity, last_price=last_price)}
        if quantity
        else {},
        day="2026-11-23",
        day_start={KRW: Decimal(cash) + quantity * REFERENCE},
    )
    for reservation in reservations:
        exposure = reserve(exposure, reservation)
    return exposure


def reserved(
    order: str,
    side: Side = Side.BUY,
    quantity: str = "10",
    *,
    at: str = "70000",
    fee_rate: str = "0",
    instrument: InstrumentId = SAMSUNG,
    reduce_only: bool = False,
) -> Reservation:
    value, cash = worth(side, Decimal(quantity), Decimal(at), Decimal(fee_rate), KRW)
    return Reservation(
        order=ClientOrderId(order),
        instrument=instrument,
        currency=KRW,
        side=side,
        leaves=Decimal(quantity),
        price=Decimal(at),
        fee_rate=Decimal(fee_rate),
        value=value,
        cash=cash,
        reduce_only=reduce_only,
        expires_ns=Nanos(NOW + 2 * NANOS_PER_SECOND),
    )


def question(
    command: SubmitOrder | None = None,
    *,
    exposure: Exposure | None = None,
    limits: Limits | None = None,
    kill: KillState = NO_KILL,
    instrument: Instrument | None = None,
    reference: ReferencePrice | None = None,
    fee_rate: str = "0",
    now_ns: int = NOW,
    answered_digest: str | None = None,
    same_order_ns: int | None = None,
    busy_ns: int | None = None,
) -> Question:
    """The question about a wish at a market of 70,000 won; every control lets the default one through."""
    asked = command or wish()
    reference = reference or price(instrument=asked.terms.instrument)
    return Question(
        command=asked,
        digest=order_digest(asked),
        now_ns=Nanos(now_ns),
        exposure=exposure or account(),
        kill=kill,
        limits=limits or Limits(),
        instrument=instrument or describe(asked.terms.instrument),
        reference=reference,
        marks={asked.terms.instrument: reference.price},
        fee_rate=Decimal(fee_rate),
        answered_digest=answered_digest,
        same_order_ns=None if same_order_ns is None else Nanos(same_order_ns),
        busy_ns=None if busy_ns is None else Nanos(busy_ns),
    )


def fill(
    order: str,
    side: Side,
    quantity: str,
    at: str,
    *,
    fee: str = "0",
    tax: str = "0",
    id: str | None = None,
    instrument: InstrumentId = SAMSUNG,
    account: AccountId = PAPER,
) -> Fill:
    return Fill(
        id=FillId(id or f"KRX/{order}-1"),
        order=ClientOrderId(order),
        account=account,
        instrument=instrument,
        side=side,
        quantity=Quantity(Decimal(quantity)),
        price=Decimal(at),
        notional=Money(amount=Decimal(quantity) * Decimal(at), currency=KRW),
        fee=Money(amount=Decimal(fee), currency=KRW),
        tax=Money(amount=Decimal(tax), currency=KRW),
        venue_ns=NOW,
        received_ns=NOW,
    )
