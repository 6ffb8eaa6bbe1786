"""The steps in which a price may move, by price band and by date."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

from jts.domain.values import Nanos, Rounding, on_grid


@dataclass(frozen=True, slots=True, kw_only=True)
class TickBands:
    """Bands in force from an instant on: `(lower bound, tick)`, ascending, the first bound 0."""

    from_ns: Nanos
    bands: tuple[tuple[Decimal, Decimal], ...]

    def __post_init__(self) -> None:
        assert self.bands and self.bands[0][0] == 0, "the first band begins at 0"
        assert all(a[0] < b[0] for a, b in zip(self.bands, self.bands[1:], strict=False)), "bands ascend"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickTable:
    """A venue's price grid through time. A boundary price belongs to the upper band."""

    eras: tuple[TickBands, ...]

    def __post_init__(self) -> None:
        assert self.eras, "a tick table has at least one era"
        assert all(a.from_ns < b.from_ns for a, b in zip(self.eras, self.eras[1:], strict=False)), (
            "eras ascend"
        )

    @staticmethod
    def flat(tick: Decimal) -> TickTable:
        """One tick for every price and date, as on Binance."""
        return TickTable(eras=(TickBands(from_ns=Nanos(0), bands=((Decimal(0), tick),)),))

    def bands(self, at_ns: Nanos | None = None) -> tuple[tuple[Decimal, Decimal], ...]:
        """The bands in force at an instant (the newest era when no instant is given)."""
        if at_ns is None:
            return self.eras[-1].bands
        era = bisect_right([e.from_ns for e in self.eras], at_ns) - 1
        return self.eras[max(era, 0)].bands

    def tick(self, price: Decimal, at_ns: Nanos | None = None) -> Decimal:
        """The tick of this price: it belongs to the price of the order, not to the last price."""
        bands = self.bands(at_ns)
        found = bisect_right([bound for bound, _ in bands], price) - 1
        return bands[max(found, 0)][1]

    def round(self, value: Decimal, rounding: Rounding, at_ns: Nanos | None = None) -> Decimal:
        """The price on the grid next to `value`. Rounding up may land on the next band's first price."""
        return on_grid(value, self.tick(value, at_ns), rounding)
