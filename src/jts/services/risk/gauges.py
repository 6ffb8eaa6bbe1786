"""How full each limit of an account is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from jts.contracts.risk import Gauge
from jts.domain.risk.breach import amount, plain
from jts.domain.risk.controls.kill_switch import is_frozen
from jts.domain.risk.exposure import Exposure, day_loss
from jts.domain.risk.kill_switch import KillState
from jts.domain.risk.limits import Limits
from jts.domain.risk.reservation import NOTHING
from jts.domain.values import Currency, InstrumentId

_SHARE = Decimal("0.0001")


def gauges(
    exposure: Exposure,
    limits: Limits,
    kill: KillState,
    *,
    marks: Mapping[InstrumentId, Decimal],
    last_second: int,
) -> tuple[Gauge, ...]:
    """One row for each control that fills up, then those that only bound a single order.

    `last_second`: approvals in the last second. Currencies without cash, positions or limits have no row.
    """
    rows: list[Gauge] = [_switch(exposure, kill)]
    for currency in exposure.currencies():
        rows += _money(exposure, limits, marks, currency)
    instruments = sorted({*exposure.holdings, *(r.instrument for r in exposure.reservations.values())})
    rows += [_position(exposure, limits, marks, instrument) for instrument in instruments]
    rows.append(_count(exposure, "max_open_orders", NOTHING, Decimal(len(exposure.reservations)), limits))
    rows.append(_count(exposure, "orders_per_second", Decimal(last_second), NOTHING, limits))
    for currency, most in sorted(limits.max_order_value.items()):
        if currency in exposure.currencies():
            rows.append(_bound(exposure, "max_order_value", currency, amount(most, currency)))
    rows.append(_bound(exposure, "max_order_quantity", "one order", plain(limits.max_order_quantity)))
    rows.append(_bound(exposure, "price_collar", "one order", f"{plain(limits.price_collar * 100)} %"))
    return tuple(rows)


# ---- private, in the order they are called ----


def _switch(exposure: Exposure, kill: KillState) -> Gauge:
    frozen = is_frozen(kill, exposure.account)
    return Gauge(
        control="kill_switch",
        account=exposure.account,
        subject=kill.reason if frozen else "",
        limit="not frozen",
        used="frozen" if frozen else "",
        reserved="",
        share=Decimal(1) if frozen else NOTHING,
    )


def _money(
    exposure: Exposure, limits: Limits, marks: Mapping[InstrumentId, Decimal], currency: Currency
) -> list[Gauge]:
    """Cash, gross exposure and the day's loss of one currency."""
    cash = exposure.cash.get(currency, NOTHING)
    return [
        _filled(exposure, "cash", currency, currency, NOTHING, exposure.reserved_cash(currency), cash),
        _filled(
            exposure,
            "max_gross_exposure",
            currency,
            currency,
            exposure.gross_value(currency, marks),
            exposure.reserved_gross(currency),
            limits.max_gross_exposure.get(currency),
        ),
        _filled(
            exposure,
            "daily_loss",
            currency,
            currency,
            max(day_loss(exposure, currency, marks), NOTHING),
            NOTHING,
            limits.daily_loss.get(currency),
        ),
    ]


def _position(
    exposure: Exposure, limits: Limits, marks: Mapping[InstrumentId, Decimal], instrument: InstrumentId
) -> Gauge:
    holding = exposure.holdings.get(instrument)
    if holding is not None:
        currency = holding.currency
    else:
        currency = next(r.currency for r in exposure.reservations.values() if r.instrument == instrument)
    return _filled(
        exposure,
        "max_position",
        instrument,
        currency,
        exposure.position_value(instrument, marks),
        exposure.reserved_value(instrument),
        limits.position_value(instrument, currency),
    )


def _filled(
    exposure: Exposure,
    control: str,
    subject: str,
    currency: Currency,
    used: Decimal,
    reserved: Decimal,
    limit: Decimal | None,
) -> Gauge:
    return Gauge(
        control=control,
        account=exposure.account,
        subject=subject,
        limit="none is set" if limit is None else amount(limit, currency),
        used=amount(used, currency),
        reserved=amount(reserved, currency),
        share=_share(used + reserved, limit),
    )


def _count(exposure: Exposure, control: str, used: Decimal, reserved: Decimal, limits: Limits) -> Gauge:
    limit = Decimal(limits.max_open_orders if control == "max_open_orders" else limits.orders_per_second)
    return Gauge(
        control=control,
        account=exposure.account,
        subject=exposure.account,
        limit=f"{plain(limit)} orders",
        used=f"{plain(used)} orders",
        reserved=f"{plain(reserved)} orders",
        share=_share(used + reserved, limit),
    )


def _bound(exposure: Exposure, control: str, subject: str, limit: str) -> Gauge:
    return Gauge(
        control=control,
        account=exposure.account,
        subject=subject,
        limit=limit,
        used="",
        reserved="",
        share=None,
    )


def _share(taken: Decimal, limit: Decimal | None) -> Decimal | None:
    """Rounded up, against ourselves: a gauge that shows 100 % is full. None where there is no ratio."""
    if limit is None or limit <= 0:
        return None
    return (taken / limit).quantize(_SHARE, rounding="ROUND_CEILING")
