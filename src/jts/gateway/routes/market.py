"""Markets: instruments and their grids, bars, stored series, feeds, and the import of bars."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request

from jts.domain.market.timeframe import Timeframe
from jts.domain.values import InstrumentId, Nanos, Rounding
from jts.gateway.auth.caller import Asked, Reader, Trader
from jts.gateway.exact import exact, plain
from jts.gateway.forms.form import InstrumentWord
from jts.gateway.forms.market import (
    BarsForm,
    FeedForm,
    FeedsForm,
    InstrumentForm,
    InstrumentsForm,
    SeriesForm,
    SeriesListForm,
    TickForm,
)
from jts.gateway.instants import from_iso
from jts.gateway.problems import Problem
from jts.gateway.routes.router import problems, router

BARS_MAX = 50_000

market = router("market")

InstrumentPath = Annotated[InstrumentWord, Path(description="VENUE:CODE.", examples=["KRX:005930"])]


@market.get(
    "/instruments", operation_id="listInstruments", response_model=InstrumentsForm, summary="What trades"
)
async def list_instruments(services: Asked, caller: Reader) -> InstrumentsForm:
    now = services.clock.now_ns()
    return InstrumentsForm(
        instruments=[
            InstrumentForm.of(one, await services.market_data.reference(one.id), now)
            for one in await services.market_data.instruments()
        ]
    )


@market.get(
    "/instruments/{id}",
    operation_id="getInstrument",
    response_model=InstrumentForm,
    responses=problems(404),
    summary="One instrument",
)
async def get_instrument(services: Asked, caller: Reader, id: InstrumentPath) -> InstrumentForm:
    found = await services.market_data.instrument(InstrumentId(id))
    if found is None:
        raise _no_instrument(id)
    reference = await services.market_data.reference(found.id)
    return InstrumentForm.of(found, reference, services.clock.now_ns())


@market.get(
    "/instruments/{id}/tick",
    operation_id="getTick",
    response_model=TickForm,
    responses=problems(404, 422),
    summary="The price grid around a price",
)
async def get_tick(
    services: Asked,
    caller: Reader,
    id: InstrumentPath,
    price: Annotated[str, Query(max_length=90, description="A price.", examples=["71250"])],
) -> TickForm:
    found = await services.market_data.instrument(InstrumentId(id))
    if found is None:
        raise _no_instrument(id)
    try:
        value = exact(price)
    except ValueError as error:
        raise Problem(422, f"price: {error}", errors=[("price", str(error))]) from None
    if value <= 0:
        raise Problem(422, f"price: expected more than 0, found {price}", errors=[("price", "more than 0")])
    now = services.clock.now_ns()
    return TickForm(
        tick=plain(found.ticks.tick(value, now)),
        down=plain(found.price(value, rounding=Rounding.DOWN, at_ns=now)),
        up=plain(found.price(value, rounding=Rounding.UP, at_ns=now)),
    )


@market.get(
    "/bars",
    operation_id="getBars",
    response_model=BarsForm,
    responses=problems(404, 422),
    summary="Finished bars, oldest first",
)
async def get_bars(
    services: Asked,
    caller: Reader,
    instrument: Annotated[InstrumentWord, Query(description="VENUE:CODE.", examples=["KRX:005930"])],
    timeframe: Annotated[str, Query(max_length=8, description="Such as 1m, 5m, 1h, 1d.", examples=["1d"])],
    limit: Annotated[int, Query(ge=1, le=BARS_MAX, description="The newest so many.")] = 500,
    before: Annotated[
        str | None, Query(max_length=40, description="Only bars that opened before this instant (ISO-8601).")
    ] = None,
) -> BarsForm:
    if await services.market_data.instrument(InstrumentId(instrument)) is None:
        raise _no_instrument(instrument)
    bars = await services.market_data.bars(
        InstrumentId(instrument), Timeframe.parse(timeframe), before_ns=_before(before), limit=limit
    )
    return BarsForm.of(bars)


@market.get("/series", operation_id="listSeries", response_model=SeriesListForm, summary="Stored series")
async def list_series(services: Asked, caller: Reader) -> SeriesListForm:
    return SeriesListForm(series=[SeriesForm.of(one) for one in await services.market_data.series()])


@market.post(
    "/series/import",
    operation_id="importSeries",
    responses=problems(413, 415, 422, 429, 503),
    summary="Take bars into the store",
    description="One Arrow IPC stream as `jts data import` makes it. Repeating it changes nothing.",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def import_series(request: Request, services: Asked, caller: Trader) -> dict[str, Any]:
    if services.import_bars is None:
        raise Problem(503, "this process keeps no bars; ask the one that does")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/vnd.apache.arrow.stream", "application/octet-stream"):
        raise Problem(415, f"expected Content-Type: application/vnd.apache.arrow.stream, found {kind[:60]!r}")
    gate = request.app.state.imports
    if gate.locked():
        raise Problem(
            429, "another import is at work; ask again when it is done", headers={"Retry-After": "2"}
        )
    async with gate:
        body = await request.body()
        if not body:
            raise Problem(422, "expected an Arrow IPC stream, found an empty body")
        return await services.import_bars(body)


@market.get("/feeds", operation_id="listFeeds", response_model=FeedsForm, summary="Feeds and their age")
async def list_feeds(services: Asked, caller: Reader) -> FeedsForm:
    now = services.clock.now_ns()
    return FeedsForm(feeds=[FeedForm.of(one, now) for one in await services.market_data.feeds()])


def _before(text: str | None) -> Nanos | None:
    """ISO-8601, or milliseconds as in the bars themselves. Errors: Problem 422."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 14:
        return Nanos(int(text) * 1_000_000)
    try:
        return from_iso(text)
    except ValueError as error:
        raise Problem(422, f"before: {error}", errors=[("before", str(error))]) from None


def _no_instrument(id: str) -> Problem:
    return Problem(404, f"there is no instrument {id}; GET /api/v1/instruments lists them")
