"""The terms of a run in whole units: money, quantity and price scales, fee, lot, tick table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from jts.domain.instruments.instrument import Instrument
from jts.domain.values import BadInput, currency_scale
from jts.language.compile.memory import BANDS_MAX, LOG_MAX
from jts.language.kernels.money import RATE_ONE
from jts.language.kernels.records import Band, Book
from jts.language.plan import ParameterDeclaration, Plan

FEE_MAX_BPS = Decimal(1_000)
SCALE_MAX = 8
SCALE_UNROUNDED = 8
_FACTOR_MAX_DECIMALS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one run is reckoned in. `price_scale` is the decimals of a price unit, and so on."""

    book: Book
    bands: tuple[Band, ...]
    price_scale: int
    quantity_scale: int
    cash_scale: int
    has_eras: bool

    def price(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.price_scale)

    def quantity(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.quantity_scale)

    def money(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.cash_scale)

    def cash_units(self, amount: Decimal) -> int:
        """Whole units of an amount. Errors: AssertionError if it is finer than the currency."""
        units = amount.scaleb(self.cash_scale)
        assert units == units.to_integral_value(), (
            f"{amount} is finer than the currency's {self.cash_scale} decimals"
        )
        return int(units)

    def quantity_units(self, amount: Decimal) -> int:
        units = amount.scaleb(self.quantity_scale)
        assert units == units.to_integral_value(), f"{amount} is off the lot grid"
        return int(units)


def terms(plan: Plan, instrument: Instrument, *, price_scale: int, cash: Decimal, fee_bps: Decimal) -> Terms:
    """The book of a run before its first bar. `price_scale` is what the data need; ticks may ask for more.

    Errors: BadInput for a cash or fee that cannot be.
    """
    if not (cash.is_finite() and cash > 0):
        raise BadInput(f"expected cash above 0, found {cash}")
    if not (fee_bps.is_finite() and 0 <= fee_bps <= FEE_MAX_BPS):
        raise BadInput(f"expected a fee from 0 to {FEE_MAX_BPS} basis points, found {fee_bps}")
    is_unrounded = "unrounded" in plan.prices
    ticks = [tick for era in instrument.ticks.eras for _, tick in era.bands]
    scale = max([price_scale, *(0 if is_unrounded else decimals(tick) for tick in ticks)])
    if is_unrounded:
        scale = SCALE_UNROUNDED
    cash_scale = currency_scale(instrument.currency)
    quantity_scale = decimals(instrument.lot)
    spare = cash_scale - scale - quantity_scale
    down = max(-spare, 0)
    cash_units = (cash.scaleb(cash_scale)).to_integral_value(rounding=ROUND_FLOOR)
    book = Book()
    book.cash = int(cash_units)
    book.cash_one = 10**cash_scale
    book.quantity_one = 10**quantity_scale
    book.price_one = 10**scale
    book.lot = int(instrument.lot.scaleb(quantity_scale))
    book.up = 10 ** max(spare, 0)
    book.down_a = 10 ** min(down, _FACTOR_MAX_DECIMALS)
    book.down_b = 10 ** (down - min(down, _FACTOR_MAX_DECIMALS))
    book.fee_rate = int((fee_bps * RATE_ONE / 10_000).to_integral_value())
    minimum = max(instrument.minimum_quantity, Decimal(0)).scaleb(quantity_scale)
    book.minimum_quantity = int(minimum.to_integral_value())
    book.minimum_notional = int(max(instrument.minimum_notional, Decimal(0)).scaleb(cash_scale))
    book.units_max = plan.units
    book.session_entries_max = plan.entries_per_session
    book.is_unrounded = is_unrounded
    book.log_max = LOG_MAX
    bands = _bands(instrument, scale)
    book.bands = len(bands)
    return Terms(
        book=book,
        bands=bands,
        price_scale=scale,
        quantity_scale=quantity_scale,
        cash_scale=cash_scale,
        has_eras=len(instrument.ticks.eras) > 1,
    )


def _bands(instrument: Instrument, scale: int) -> tuple[Band, ...]:
    out = []
    for era in instrument.ticks.eras:
        for lower, tick in era.bands:
            band = Band()
            band.from_ns = int(era.from_ns)
            band.lower = int(lower.scaleb(scale))
            band.tick = max(int(tick.scaleb(scale)), 1)
            out.append(band)
    assert len(out) <= BANDS_MAX, f"a tick table has at most {BANDS_MAX} lines, was {len(out)}"
    return tuple(out)


def decimals(value: Decimal) -> int:
    """How many decimals a number has when written shortest."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"a finite number, was {value}"
    return max(-exponent, 0)


def parameter_values(plan: Plan, given: Mapping[str, Decimal]) -> dict[str, float]:
    """Every parameter of the plan with its value for a run; a condition is 1 or 0.

    Errors: BadInput for a name the plan does not have, or a value outside its range or list.
    """
    known = {one.name: one for one in plan.parameters}
    for name in given:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise BadInput(f"expected a parameter of the program ({names}), found `{name}`", code="parameter")
    return {name: float(_checked(one, given.get(name))) for name, one in known.items()}


def _checked(one: ParameterDeclaration, given: Decimal | None) -> Decimal | bool:
    if given is None:
        return one.default
    if one.choices:
        if given not in one.choices:
            choices = ", ".join(str(choice) for choice in one.choices)
            raise BadInput(f"expected {one.name} to be one of {choices}; found {given}", code="parameter")
        return given
    low, high = one.low, one.high
    if (low is not None and given < low) or (high is not None and given > high) or not given.is_finite():
        raise BadInput(f"expected {one.name} from {low} to {high}; found {given}", code="parameter")
    if one.step and low is not None and (given - low) % one.step != 0:
        raise BadInput(
            f"expected {one.name} from {low} to {high} in steps of {one.step}; found {given}",
            code="parameter",
        )
    return given
