"""What a trade costs: brokers' fees and the state's taxes, by date, each cut per component."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.krx_listings import KOSDAQ
from jts.domain.instruments.session_calendar import SessionCalendar, calendar
from jts.domain.values import KRW, Money, Nanos, Rounding, Side, currency_scale, on_grid

ZERO = Decimal(0)
SETTLEMENT_SESSIONS_KRX = 2  # T+2 settlement days. Source: brokers/krx.md section 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEra:
    """Rates in force from a day on. Each component is cut on its own, as statements print them."""

    from_day: date
    components: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.components, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """One broker's fee for one kind of account, as a share of the notional, both sides alike, through time.

    `minimum` is the least a trade costs, in the instrument's currency. Amounts are cut to the currency's
    scale.
    """

    name: str
    eras: tuple[RateEra, ...]
    minimum: Decimal = ZERO

    def __post_init__(self) -> None:
        assert self.eras, "a fee schedule has at least one era"
        assert all(a.from_day < b.from_day for a, b in zip(self.eras, self.eras[1:], strict=False)), (
            "eras ascend"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one trade costs beside its notional."""

    fee: Money
    tax: Money


def costs_of(
    instrument: Instrument,
    *,
    side: Side,
    notional: Money,
    venue_ns: Nanos,
    schedule: FeeSchedule | None = None,
) -> Costs:
    """The fee and tax of an execution of this notional at this instant.

    The fee follows the day of the trade; the Korean sales tax follows the day it settles.
    Without `schedule`, that of the instrument's venue.
    """
    assert notional.currency == instrument.currency, f"expected {instrument.currency}, found {notional}"
    days = calendar(instrument.calendar)
    traded_on = days.trading_day(venue_ns)
    fees = schedule or schedule_of(instrument)
    fee = max(_cut(notional, _in_force(fees.eras, traded_on)), fees.minimum)
    tax = ZERO
    if side is Side.SELL and (eras := _sales_tax(instrument)):
        tax = _cut(notional, _in_force(eras, _settles_on(traded_on, days)))
    return Costs(
        fee=Money(amount=fee, currency=notional.currency), tax=Money(amount=tax, currency=notional.currency)
    )


def schedule_of(instrument: Instrument) -> FeeSchedule:
    """The fee schedule of a venue's usual account here; venues we know no fee of charge nothing."""
    if instrument.venue == "UPBIT" and instrument.currency != KRW:
        return UPBIT_COIN_MARKETS
    return _BY_VENUE.get(instrument.venue, NO_FEE)


def worst_rate(
    instrument: Instrument, side: Side | None = None, *, schedule: FeeSchedule | None = None
) -> Decimal:
    """The largest share of the notional that fee and tax can take, on any date: what a reserve must cover.

    `side` None: the worse of both. Add the schedule's `minimum` where it has one.
    """
    fee = max(era.total for era in (schedule or schedule_of(instrument)).eras)
    taxes = _sales_tax(instrument)
    tax = max((era.total for era in taxes), default=ZERO) if side is not Side.BUY else ZERO
    return fee + tax


def _in_force(eras: tuple[RateEra, ...], day: date) -> tuple[Decimal, ...]:
    found = [era for era in eras if era.from_day <= day]
    return found[-1].components if found else ()


def _cut(notional: Money, components: Iterable[Decimal]) -> Decimal:
    # Truncated per component (semantics.md 12): the usual statement practice, in our favour by less than one
    # unit each.
    step = Decimal(1).scaleb(-currency_scale(notional.currency))
    return sum((on_grid(notional.amount * rate, step, Rounding.DOWN) for rate in components), ZERO)


def _settles_on(traded_on: date, days: SessionCalendar) -> date:
    settles = traded_on
    for _ in range(SETTLEMENT_SESSIONS_KRX):
        settles = days.next_session(settles)
    return settles


def _sales_tax(instrument: Instrument) -> tuple[RateEra, ...]:
    """The eras of the tax on a sale; none for ETFs (exempt) and outside Korea."""
    if instrument.venue != "KRX" or instrument.kind != "stock":
        return ()
    return _SALES_TAX_KOSDAQ if instrument.board == KOSDAQ else _SALES_TAX_KOSPI


def _era(day: str, *percent: str) -> RateEra:
    return RateEra(from_day=date.fromisoformat(day), components=tuple(Decimal(p) / 100 for p in percent))


# By day of SETTLEMENT, in percent: KOSPI pays transaction tax and rural tax, KOSDAQ one tax. Source:
# brokers/krx.md section 6 (2024: the phase-down schedule). Before 2023: MEM (the cuts of 2019-06-03 and
# 2021-01-01).
_SALES_TAX_KOSPI = (
    _era("1996-04-01", "0.15", "0.15"),
    _era("2019-06-03", "0.10", "0.15"),
    _era("2021-01-01", "0.08", "0.15"),
    _era("2023-01-01", "0.05", "0.15"),
    _era("2024-01-01", "0.03", "0.15"),
    _era("2025-01-01", "0.00", "0.15"),
    _era("2026-01-01", "0.05", "0.15"),
)
_SALES_TAX_KOSDAQ = (
    _era("1996-07-01", "0.30"),
    _era("2019-06-03", "0.25"),
    _era("2021-01-01", "0.23"),
    _era("2023-01-01", "0.20"),
    _era("2024-01-01", "0.18"),
    _era("2025-01-01", "0.15"),
    _era("2026-01-01", "0.20"),
)

# KIS online (BanKIS), each way. Source: brokers/krx.md section 6 (several years alike). Some accounts pay
# only the exchange's part; give such an account its own schedule.
KIS_ONLINE = FeeSchedule(name="kis_online", eras=(_era("1990-01-01", "0.0140527"),))
# Spot, no discounts. Source: Binance's published base rate of 0.1 %. The venue takes a buyer's fee in the
# coin; here fees are always in the quote currency.
BINANCE_SPOT = FeeSchedule(name="binance_spot", eras=(_era("2017-07-01", "0.1"),))
# Source: brokers/upbit.md section 5 (KRW 0.05 %; the answer of /orders/chance is the truth for an account).
UPBIT_STANDARD = FeeSchedule(name="upbit_standard", eras=(_era("2017-10-01", "0.05"),))
# BTC and USDT markets of Upbit. Source: general knowledge (MEM): 0.25 %.
UPBIT_COIN_MARKETS = FeeSchedule(name="upbit_coin_markets", eras=(_era("2017-10-01", "0.25"),))
NO_FEE = FeeSchedule(name="none", eras=(_era("1970-01-01", "0"),))

_BY_VENUE = {"KRX": KIS_ONLINE, "BINANCE": BINANCE_SPOT, "UPBIT": UPBIT_STANDARD}
