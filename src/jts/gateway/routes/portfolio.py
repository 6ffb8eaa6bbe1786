"""Portfolio: what is owned, what it is worth, what it earned."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from jts.domain.values import AccountId, Currency
from jts.gateway.auth.caller import Asked, Reader
from jts.gateway.forms.form import Word
from jts.gateway.forms.portfolio import (
    AccountForm,
    EquityForm,
    EquityPointForm,
    FillForm,
    FillsForm,
    PortfolioForm,
    PositionForm,
    PositionsForm,
)
from jts.gateway.problems import Problem
from jts.gateway.routes.router import problems, router

portfolio = router("portfolio")

AccountQuery = Annotated[Word | None, Query(description="Only of this account.", examples=["paper"])]


@portfolio.get(
    "/portfolio", operation_id="getPortfolio", response_model=PortfolioForm, summary="Every account's figures"
)
async def get_portfolio(services: Asked, caller: Reader) -> PortfolioForm:
    return PortfolioForm(accounts=[AccountForm.of(view) for view in await services.portfolio.accounts()])


@portfolio.get(
    "/portfolio/equity",
    operation_id="getEquity",
    response_model=EquityForm,
    responses=problems(404, 422),
    summary="The equity curve of one currency of one account",
)
async def get_equity(
    services: Asked,
    caller: Reader,
    account: Annotated[Word, Query(description="The account.", examples=["paper"])],
    currency: Annotated[Word, Query(description="The currency.", examples=["KRW"])],
    points: Annotated[int, Query(ge=2, le=5000, description="At most so many points.")] = 500,
) -> EquityForm:
    if await services.portfolio.account(AccountId(account)) is None:
        raise Problem(404, f"there is no account {account}; GET /api/v1/portfolio lists them")
    curve = await services.portfolio.equity_curve(AccountId(account), Currency(currency), points=points)
    return EquityForm(points=[EquityPointForm.of(point) for point in curve])


@portfolio.get(
    "/positions", operation_id="listPositions", response_model=PositionsForm, summary="What is held"
)
async def list_positions(services: Asked, caller: Reader, account: AccountQuery = None) -> PositionsForm:
    views = await services.portfolio.positions(None if account is None else AccountId(account))
    names = {one.id: one.name for one in await services.market_data.instruments()}
    return PositionsForm(positions=[PositionForm.of(view, names) for view in views])


@portfolio.get("/fills", operation_id="listFills", response_model=FillsForm, summary="Fills, newest first")
async def list_fills(
    services: Asked,
    caller: Reader,
    account: AccountQuery = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
) -> FillsForm:
    fills = await services.portfolio.fills(None if account is None else AccountId(account), limit=limit)
    return FillsForm(fills=[FillForm.of(fill) for fill in fills])
