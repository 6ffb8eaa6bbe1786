"""Every message survives its JSON form, and what is not ours is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jts.contracts.json_form import Unreadable, from_json, from_json_as, to_json
from jts.domain.ledger.fill import Fill
from jts.domain.orders.events import OrderFilled, OrderIntended
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.orders.terms import OrderKind, OrderTerms
from jts.domain.values import (
    KRW,
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

PROVENANCE = Provenance(id=MessageId("m1"), at_ns=Nanos(1), correlation_id="c", causation_id="c")
TERMS = OrderTerms(
    instrument=InstrumentId("KRX:005930"),
    side=Side.BUY,
    kind=OrderKind.LIMIT,
    quantity=Quantity(Decimal("10")),
    limit_price=Price(Decimal("71200")),
)
INTENDED = OrderIntended(
    provenance=PROVENANCE,
    order=ClientOrderId("o"),
    account=AccountId("paper"),
    version=1,
    intent=IntentId("i"),
    terms=TERMS,
    source=OrderSource(origin=Origin.PERSON, actor="owner", because="삼성전자 매수"),
    approval_id="a",
)


def won(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency=KRW)


def test_an_event_comes_back_as_it_was_with_its_exact_decimals() -> None:
    fill = Fill(
        id=FillId("KRX/1"),
        order=ClientOrderId("o"),
        account=AccountId("paper"),
        instrument=InstrumentId("KRX:005930"),
        side=Side.BUY,
        quantity=Quantity(Decimal("0.10000000")),
        price=Decimal("71200.5"),
        notional=won("7120"),
        fee=won("1"),
        tax=won("0"),
        venue_ns=Nanos(1_700_000_000_123_456_789),
        received_ns=Nanos(1_700_000_000_123_456_790),
    )
    filled = OrderFilled(
        provenance=PROVENANCE,
        order=ClientOrderId("o"),
        account=AccountId("paper"),
        version=4,
        fill=fill,
        filled=Quantity(Decimal("0.1")),
        leaves=Quantity(Decimal("9.9")),
        average_price=Decimal("71200.5"),
    )

    back = from_json(to_json(filled))

    assert back == filled
    assert str(back.fill.quantity) == "0.10000000"
    assert from_json(to_json(INTENDED)) == INTENDED


def test_equal_messages_have_equal_bytes() -> None:
    assert to_json(INTENDED) == to_json(from_json(to_json(INTENDED)))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'{"kind": "Nobody", "v": 1}',
        b'{"v": 1}',
        b'{"kind": "OrderIntended", "v": 1}',
        to_json(INTENDED).replace(b'"buy"', b'"hold"'),
        to_json(INTENDED).replace(b'"10"', b'"ten"'),
        to_json(INTENDED).replace(b'"limit_price":"71200"', b'"limit_price":null'),
        to_json(INTENDED)[:-2],
    ],
)
def test_what_is_not_a_message_is_refused_and_never_guessed(text: bytes) -> None:
    with pytest.raises(Unreadable):
        from_json(text)


def test_another_kind_than_expected_is_refused() -> None:
    with pytest.raises(Unreadable, match="expected OrderFilled, found OrderIntended"):
        from_json_as(to_json(INTENDED), OrderFilled)
