"""Small makers of fills and money for the ledger's specification."""

from decimal import Decimal

from jts.domain.instruments.markets import describe
from jts.domain.ledger.fill import Fill
from jts.domain.ledger.position import Position, flat
from jts.domain.values import (
    KRW,
    AccountId,
    ClientOrderId,
    Currency,
    FillId,
    InstrumentId,
    Money,
    Nanos,
    Quantity,
    Side,
)

PAPER = AccountId("paper")
SAMSUNG = InstrumentId("KRX:005930")
BITCOIN = InstrumentId("BINANCE:BTCUSDT")


def won(amount: int | str) -> Money:
    return Money(amount=Decimal(amount), currency=KRW)


def fill(
    side: Side,
    quantity: int | str,
    *,
    at: int | str,
    fee: int | str = 0,
    tax: int | str = 0,
    id: str = "KRX/1",
    of: InstrumentId = SAMSUNG,
    seconds: int = 1,
    account: AccountId = PAPER,
) -> Fill:
    """One execution; its notional is that of the instrument."""
    instrument = describe(of)
    currency = instrument.currency
    return Fill(
        id=FillId(id),
        order=ClientOrderId("order-1"),
        account=account,
        instrument=of,
        side=side,
        quantity=Quantity(Decimal(quantity)),
        price=Decimal(at),
        notional=instrument.notional(Decimal(at), Decimal(quantity)),
        fee=Money(amount=Decimal(fee), currency=currency),
        tax=Money(amount=Decimal(tax), currency=currency),
        venue_ns=Nanos(seconds * 1_000_000_000),
        received_ns=Nanos(seconds * 1_000_000_000 + 1),
    )


def nothing(of: InstrumentId = SAMSUNG, currency: Currency = KRW) -> Position:
    return flat(PAPER, of, currency)
