"""Fees and taxes: by date, cut per component, and never above the rate that reserves are made with."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jts.domain.instruments.markets import describe
from jts.domain.instruments.session_calendar import calendar
from jts.domain.ledger.fees import NO_FEE, Costs, FeeSchedule, RateEra, costs_of, worst_rate
from jts.domain.values import Currency, InstrumentId, Money, Nanos, Side


def costs(id: str, side: Side, notional: str, on: str, schedule: FeeSchedule | None = None) -> Costs:
    """What a trade at noon of that day costs."""
    instrument = describe(InstrumentId(id))
    session = calendar(instrument.calendar).session(date.fromisoformat(on))
    assert session is not None
    money = Money(amount=Decimal(notional), currency=instrument.currency)
    at_ns = Nanos((session.open_ns + session.close_ns) // 2)
    return costs_of(instrument, side=side, notional=money, venue_ns=at_ns, schedule=schedule)


def amounts(found: Costs) -> tuple[str, str]:
    return f"{found.fee.amount:f}", f"{found.tax.amount:f}"


def test_a_sale_of_ten_million_won_of_samsung_pays_fee_and_two_taxes() -> None:
    # 0.0140527 % of 10,000,000 is 1,405.27; 0.05 % is 5,000; 0.15 % is 15,000.
    assert amounts(costs("KRX:005930", Side.SELL, "10000000", "2026-11-20")) == ("1405", "20000")


def test_a_purchase_pays_no_tax_and_an_etf_never_does() -> None:
    assert amounts(costs("KRX:005930", Side.BUY, "10000000", "2026-11-20")) == ("1405", "0")
    assert amounts(costs("KRX:069500", Side.SELL, "10000000", "2026-11-20")) == ("1405", "0")


def test_each_component_is_cut_on_its_own() -> None:
    # 0.05 % of 71,999 is 35.9995 and 0.15 % is 107.9985: 35 + 107, not 143.
    assert amounts(costs("KRX:005930", Side.SELL, "71999", "2026-11-20")) == ("10", "142")


@pytest.mark.parametrize(
    ("traded", "tax"),
    [("2025-12-26", "15000"), ("2025-12-29", "20000"), ("2019-05-29", "30000"), ("2019-05-30", "25000")],
)
def test_the_tax_follows_the_day_of_settlement_two_sessions_later(traded: str, tax: str) -> None:
    assert amounts(costs("KRX:005930", Side.SELL, "10000000", traded))[1] == tax


def test_kosdaq_pays_one_tax_of_the_same_total() -> None:
    assert amounts(costs("KRX:247540", Side.SELL, "71999", "2026-11-20")) == ("10", "143")


def test_crypto_pays_a_share_in_the_quote_currency_cut_at_its_scale() -> None:
    assert amounts(costs("BINANCE:BTCUSDT", Side.SELL, "98765.43210987", "2026-11-20")) == (
        "98.76543210",
        "0",
    )
    assert amounts(costs("UPBIT:KRW-BTC", Side.BUY, "1999999", "2026-11-20")) == ("999", "0")
    assert amounts(costs("UPBIT:USDT-BTC", Side.BUY, "1000", "2026-11-20")) == ("2.5000", "0")


def test_an_account_may_have_its_own_schedule_with_a_minimum() -> None:
    own = FeeSchedule(
        name="own", minimum=Decimal(500),
        eras=(RateEra(from_day=date(2020, 1, 1), components=(Decimal("0.0001"),)),),
    )  # fmt: skip

    assert costs("KRX:005930", Side.BUY, "4990000", "2026-11-20", own).fee.amount == 500
    assert costs("KRX:005930", Side.BUY, "5010000", "2026-11-20", own).fee.amount == 501
    assert costs("KRX:005930", Side.BUY, "10000000", "2026-11-20", NO_FEE).fee.amount == 0


def test_the_worst_rate_covers_fee_and_the_highest_tax_there_was() -> None:
    samsung = describe(InstrumentId("KRX:005930"))

    assert worst_rate(samsung, Side.BUY) == Decimal("0.000140527")
    assert worst_rate(samsung, Side.SELL) == Decimal("0.003140527")
    assert worst_rate(samsung) == worst_rate(samsung, Side.SELL)
    assert worst_rate(describe(InstrumentId("BINANCE:BTCUSDT"))) == Decimal("0.001")


@given(
    st.sampled_from(["KRX:005930", "KRX:247540", "KRX:069500", "UPBIT:KRW-BTC", "BINANCE:BTCUSDT"]),
    st.sampled_from(Side),
    st.integers(1, 10**12),
    st.dates(date(1998, 1, 1), date(2026, 12, 30)),
)
def test_no_trade_ever_costs_more_than_its_reserve(id: str, side: Side, notional: int, day: date) -> None:
    instrument = describe(InstrumentId(id))
    money = Money(amount=Decimal(notional), currency=Currency(instrument.currency))
    noon = Nanos(
        (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000_000_000 + 3 * 3_600_000_000_000
    )

    found = costs_of(instrument, side=side, notional=money, venue_ns=noon)

    assert found.fee.amount + found.tax.amount <= notional * worst_rate(instrument, side)
