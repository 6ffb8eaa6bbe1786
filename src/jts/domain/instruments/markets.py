"""Every instrument this house knows how to describe: its grids, smallest sizes, currency and calendar, by its
id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from jts.domain.instruments.instrument import Instrument
from jts.domain.instruments.krx_listings import KOSDAQ, listing
from jts.domain.instruments.tick_table import TickTable
from jts.domain.instruments.venue_ticks import (
    KOSDAQ_STOCKS,
    KOSPI_STOCKS,
    KRX_ETFS,
    UPBIT_BTC,
    UPBIT_KRW,
    UPBIT_USDT,
)
from jts.domain.values import KRW, BadInput, Currency, InstrumentId, Venue

KRX = Venue("KRX")
UPBIT = Venue("UPBIT")
BINANCE = Venue("BINANCE")

KNOWN_FORMS = "KRX:005930, UPBIT:KRW-BTC or BINANCE:BTCUSDT"
INSTRUMENTS_REMEMBERED_MAX = 4096


@lru_cache(maxsize=INSTRUMENTS_REMEMBERED_MAX)
def describe(id: InstrumentId) -> Instrument:
    """What this instrument is and on which grids it trades, from the house's own dated tables.

    Errors: BadInput if the venue is unknown or the code is not in that venue's form.
    """
    venue, colon, code = id.partition(":")
    if not colon:
        raise BadInput(f"expected an instrument such as {KNOWN_FORMS}; found {id!r}", code="instrument")
    if venue == KRX:
        return _krx(id, code)
    if venue == UPBIT:
        return _upbit(id, code)
    if venue == BINANCE:
        return _binance(id, code)
    raise BadInput(
        f"expected one of the venues KRX, UPBIT, BINANCE (as in {KNOWN_FORMS}); "
        f"found the venue {venue!r} in {id!r}",
        code="instrument",
    )


# ---- KRX ----

# Digits for stocks; a letter for preferred shares (00088K) and for the codes given out since 2024 (0000D0).
_KRX_CODE = re.compile(r"^[0-9][0-9A-Z]{5}$")


def _krx(id: InstrumentId, code: str) -> Instrument:
    if not _KRX_CODE.match(code):
        raise BadInput(
            f"expected a KRX code of six characters, as in KRX:005930; found {code!r} in {id!r}",
            code="instrument",
        )
    found = listing(code)
    if found.kind == "etf":
        ticks = KRX_ETFS
    else:
        ticks = KOSDAQ_STOCKS if found.board == KOSDAQ else KOSPI_STOCKS
    return Instrument(
        id=id,
        venue=KRX,
        name=found.name,
        base=code,
        currency=KRW,
        ticks=ticks,
        lot=Decimal(1),  # one share on KOSPI and KOSDAQ. Source: brokers/krx.md section 3
        minimum_quantity=Decimal(1),
        minimum_notional=Decimal(0),
        price_scale=0,
        quantity_scale=0,
        calendar="krx",
        kind=found.kind,
        board=found.board,
    )


# ---- Upbit ----


@dataclass(frozen=True, slots=True, kw_only=True)
class _QuoteMarket:
    ticks: TickTable
    minimum_notional: Decimal


# Source: brokers/upbit.md section 5: minimum totals 5,000 KRW, 0.00005 BTC, 0.5 USDT; volume has up to 8
# decimals.
_UPBIT_QUOTES = {
    "KRW": _QuoteMarket(ticks=UPBIT_KRW, minimum_notional=Decimal(5000)),
    "BTC": _QuoteMarket(ticks=UPBIT_BTC, minimum_notional=Decimal("0.00005")),
    "USDT": _QuoteMarket(ticks=UPBIT_USDT, minimum_notional=Decimal("0.5")),
}
_UPBIT_CODE = re.compile(r"^([A-Z]+)-([A-Z0-9]{1,20})$")
_UPBIT_LOT = Decimal("0.00000001")
# Coins that have traded above 1,000 KRW in all their time on Upbit need no decimals in won; others may fall
# to 1e-8.
_UPBIT_KRW_PRICE_SCALES = {"BTC": 0, "ETH": 0, "BCH": 0}
_UPBIT_PRICE_SCALE = 8


def _upbit(id: InstrumentId, code: str) -> Instrument:
    parts = _UPBIT_CODE.match(code)
    if not parts or parts[1] not in _UPBIT_QUOTES or parts[2] in ("KRW", parts[1]):
        raise BadInput(
            f"expected an Upbit market such as UPBIT:KRW-BTC, quoted in {', '.join(_UPBIT_QUOTES)}; "
            f"found {code!r} in {id!r}",
            code="instrument",
        )
    quote, base = parts[1], parts[2]
    market = _UPBIT_QUOTES[quote]
    scale = _UPBIT_KRW_PRICE_SCALES.get(base, _UPBIT_PRICE_SCALE) if quote == "KRW" else _UPBIT_PRICE_SCALE
    return Instrument(
        id=id,
        venue=UPBIT,
        name=f"{base}/{quote}",
        base=base,
        currency=Currency(quote),
        ticks=market.ticks,
        lot=_UPBIT_LOT,
        minimum_quantity=_UPBIT_LOT,
        minimum_notional=market.minimum_notional,
        price_scale=scale,
        quantity_scale=8,
        calendar="always",
        kind="crypto",
    )


# ---- Binance ----


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filters:
    tick: Decimal
    lot: Decimal


def _filters(tick: str, lot: str) -> _Filters:
    return _Filters(tick=Decimal(tick), lot=Decimal(lot))


# PRICE_FILTER.tickSize and LOT_SIZE.stepSize (= minQty) of spot symbols. Source for BTCUSDT: the exchangeInfo
# answer in brokers/binance.md section 4; the others from general knowledge (MEM), to be read from
# exchangeInfo when connected.
_BINANCE_SYMBOLS = {
    "BTCUSDT": _filters("0.01", "0.00001"),
    "ETHUSDT": _filters("0.01", "0.0001"),
    "BNBUSDT": _filters("0.01", "0.001"),
    "SOLUSDT": _filters("0.01", "0.001"),
    "XRPUSDT": _filters("0.0001", "0.1"),
    "ADAUSDT": _filters("0.0001", "0.1"),
    "DOGEUSDT": _filters("0.00001", "1"),
    "LTCUSDT": _filters("0.01", "0.001"),
    "LINKUSDT": _filters("0.01", "0.01"),
    "ETHBTC": _filters("0.00001", "0.0001"),
}
# The finest grid the venue uses anywhere: an unknown symbol is never refused for a grid we merely guess at.
_BINANCE_DEFAULT = _filters("0.00000001", "0.00000001")
# Smallest notional by quote currency. Source for USDT: NOTIONAL filter, same answer; the others MEM.
_BINANCE_QUOTES = {
    "FDUSD": Decimal(5),
    "USDT": Decimal(5),
    "USDC": Decimal(5),
    "BTC": Decimal("0.0001"),
    "ETH": Decimal("0.001"),
    "BNB": Decimal("0.01"),
    "EUR": Decimal(5),
}
_BINANCE_CODE = re.compile(rf"^([A-Z0-9]{{1,20}}?)({'|'.join(_BINANCE_QUOTES)})$")


def _binance(id: InstrumentId, code: str) -> Instrument:
    parts = _BINANCE_CODE.match(code)
    if not parts:
        raise BadInput(
            f"expected a Binance symbol such as BINANCE:BTCUSDT, quoted in {', '.join(_BINANCE_QUOTES)}; "
            f"found {code!r} in {id!r}",
            code="instrument",
        )
    base, quote = parts[1], parts[2]
    filters = _BINANCE_SYMBOLS.get(code, _BINANCE_DEFAULT)
    return Instrument(
        id=id,
        venue=BINANCE,
        name=f"{base}/{quote}",
        base=base,
        currency=Currency(quote),
        ticks=TickTable.flat(filters.tick),
        lot=filters.lot,
        minimum_quantity=filters.lot,
        minimum_notional=_BINANCE_QUOTES[quote],
        price_scale=_decimals(filters.tick),
        quantity_scale=_decimals(filters.lot),
        calendar="always",
        kind="crypto",
    )


def _decimals(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"a grid step is finite, was {step}"
    return max(0, -exponent)
