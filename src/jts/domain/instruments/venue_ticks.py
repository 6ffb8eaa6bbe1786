"""The venues' tick grids through time: which step a price could move in, on which date.

Each table names its source and its effective dates. `MEM` marks what is general knowledge and was in no
source at hand; live trading reads the grid from the broker and uses these tables for history and the
simulator.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from jts.domain.instruments.tick_table import TickBands, TickTable
from jts.domain.values import NANOS_PER_SECOND, Nanos

SEOUL = timezone(timedelta(hours=9), "KST")
"""Korean time: nine hours ahead, without daylight saving since 1988."""

FROM_THE_BEGINNING = Nanos(0)


def seoul_midnight(day: date) -> Nanos:
    """The instant at which this date began in Seoul."""
    start = datetime(day.year, day.month, day.day, tzinfo=SEOUL)
    return Nanos(int(start.timestamp()) * NANOS_PER_SECOND)


def _era(start: Nanos, *bands: str) -> TickBands:
    """Bands written `bound: tick`, ascending."""
    pairs = (band.replace("_", "").split(":") for band in bands)
    return TickBands(
        from_ns=start, bands=tuple((Decimal(bound), Decimal(tick.strip())) for bound, tick in pairs)
    )


# KRX stocks. Source: brokers/krx.md section 1 (press 2022-11-01 and 2023-01-17); one table for all boards
# since then.
_KRX_STOCKS_2023 = _era(
    seoul_midnight(date(2023, 1, 25)),
    "0: 1", "2_000: 5", "5_000: 10", "20_000: 50", "50_000: 100", "200_000: 500", "500_000: 1_000",
)  # fmt: skip

KOSPI_STOCKS = TickTable(
    eras=(
        _era(
            FROM_THE_BEGINNING,
            "0: 1", "1_000: 5", "5_000: 10", "10_000: 50", "50_000: 100", "100_000: 500", "500_000: 1_000",
        ),
        _KRX_STOCKS_2023,
    )
)  # fmt: skip

# KOSDAQ stopped at 100 won for every price from 50,000 before 2023 (MEM).
KOSDAQ_STOCKS = TickTable(
    eras=(
        _era(FROM_THE_BEGINNING, "0: 1", "1_000: 5", "5_000: 10", "10_000: 50", "50_000: 100"),
        _KRX_STOCKS_2023,
    )
)

# ETF and ETN. Source: brokers/krx.md section 1: two press articles, which disagree on 8 or 18 December 2023.
# We take the later day: a price on the old grid of five is on the new grid too, so an order is valid
# whichever article is right.
KRX_ETFS = TickTable(
    eras=(
        _era(FROM_THE_BEGINNING, "0: 5"),
        _era(seoul_midnight(date(2023, 12, 18)), "0: 1", "2_000: 5"),
    )
)

# Upbit KRW market. Source: brokers/upbit.md section 5 (official page of 2026-05-04, below 10 won a
# transcription of 2025-12-31); the era of 2024-01-29 from the change list there (16 coins kept a tick of 1
# between 100 and 1,000 won: not in this table). Before 2024: MEM.
UPBIT_KRW = TickTable(
    eras=(
        _era(
            FROM_THE_BEGINNING,
            "0: 0.0001", "0.1: 0.001", "1: 0.01", "10: 0.1", "100: 1", "1_000: 5", "10_000: 10",
            "100_000: 50", "500_000: 100", "1_000_000: 500", "2_000_000: 1_000",
        ),
        _era(
            seoul_midnight(date(2024, 1, 29)),
            "0: 0.00000001", "0.0001: 0.0000001", "0.001: 0.000001", "0.01: 0.00001", "0.1: 0.0001",
            "1: 0.001", "10: 0.01", "100: 0.1", "1_000: 1", "10_000: 10", "100_000: 50",
            "500_000: 100", "1_000_000: 500", "2_000_000: 1_000",
        ),
        _era(
            seoul_midnight(date(2025, 7, 31)),
            "0: 0.00000001", "0.00001: 0.0000001", "0.0001: 0.000001", "0.001: 0.00001", "0.01: 0.0001",
            "0.1: 0.001", "1: 0.01", "10: 0.1", "100: 1", "5_000: 5", "10_000: 10", "50_000: 50",
            "100_000: 100", "500_000: 500", "1_000_000: 1_000",
        ),
    )
)  # fmt: skip

# Upbit BTC market: always one satoshi. USDT market since 2024-08-19, taken for earlier dates too (MEM). Same
# source.
UPBIT_BTC = TickTable.flat(Decimal("0.00000001"))
UPBIT_USDT = TickTable(
    eras=(
        _era(
            FROM_THE_BEGINNING,
            "0: 0.00000001", "0.0001: 0.0000001", "0.001: 0.000001", "0.01: 0.00001", "0.1: 0.0001",
            "1: 0.001", "10: 0.01",
        ),
    )
)  # fmt: skip
