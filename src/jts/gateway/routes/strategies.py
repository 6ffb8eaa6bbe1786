"""Strategies: check a program, start and stop runs, read their decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path, Query, Request
from starlette.responses import Response

from jts.contracts.strategy import NotStarted, RunView, StartStrategy, StopStrategy
from jts.domain.values import AccountId, RunId
from jts.gateway.auth.caller import Asked, Caller, Reader, Trader
from jts.gateway.forms.form import RunWord
from jts.gateway.forms.strategy import (
    CheckForm,
    CheckRequest,
    DecisionForm,
    DecisionsForm,
    DiagnosticForm,
    StartRequest,
    StopRequest,
    StrategiesForm,
    StrategyForm,
)
from jts.gateway.idempotency import FirstAnswers, IdempotencyKey
from jts.gateway.problems import Problem, correlation_of
from jts.gateway.routes.router import problems, router
from jts.gateway.seams import Services

strategies = router("strategies")

RunPath = Annotated[RunWord, Path(description="The run's name.", examples=["average-cross"])]


@strategies.get(
    "/strategies", operation_id="listStrategies", response_model=StrategiesForm, summary="Every run"
)
async def list_strategies(services: Asked, caller: Reader) -> StrategiesForm:
    return StrategiesForm(strategies=[StrategyForm.of(view) for view in await services.strategies.runs()])


@strategies.post(
    "/strategies/check",
    operation_id="checkStrategy",
    response_model=CheckForm,
    responses=problems(422),
    summary="What the checker says of a program",
)
async def check_strategy(
    services: Asked, caller: Reader, asked: Annotated[CheckRequest, Body()]
) -> CheckForm:
    return CheckForm.of(await services.strategies.check(asked.text))


@strategies.post(
    "/strategies",
    operation_id="startStrategy",
    status_code=201,
    response_model=StrategyForm,
    responses=problems(400, 409, 422),
    summary="Run a program on an account",
)
async def start_strategy(
    request: Request,
    services: Asked,
    caller: Trader,
    key: IdempotencyKey,
    asked: Annotated[StartRequest, Body()],
) -> Response:
    async def act() -> Response:
        command = StartStrategy(
            provenance=services.begin(correlation_of(request.scope)),
            run=RunId(asked.run),
            account=AccountId(asked.account),
            text=asked.text,
            parameters=dict(asked.parameters),
            by=caller.principal.name,
        )
        return await _start(services, command, status=201)

    return await _first(request).once(request, principal=caller.principal.name, key=key, body=asked, act=act)


@strategies.get(
    "/strategies/{run}",
    operation_id="getStrategy",
    response_model=StrategyForm,
    responses=problems(404),
    summary="One run",
)
async def get_strategy(services: Asked, caller: Reader, run: RunPath) -> StrategyForm:
    return StrategyForm.of(await _run(services, run))


@strategies.get(
    "/strategies/{run}/decisions",
    operation_id="listDecisions",
    response_model=DecisionsForm,
    responses=problems(404),
    summary="What a run decided, newest first",
)
async def list_decisions(
    services: Asked,
    caller: Reader,
    run: RunPath,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
) -> DecisionsForm:
    view = await _run(services, run)
    decisions = await services.strategies.decisions(view.run, limit=limit)
    return DecisionsForm(decisions=[DecisionForm.of(one) for one in decisions])


@strategies.post(
    "/strategies/{run}/start",
    operation_id="restartStrategy",
    response_model=StrategyForm,
    responses=problems(400, 404, 409, 422),
    summary="Start a stopped run again with its stored program",
)
async def restart_strategy(
    request: Request, services: Asked, caller: Trader, key: IdempotencyKey, run: RunPath
) -> Response:
    async def act() -> Response:
        view = await _run(services, run)
        command = StartStrategy(
            provenance=services.begin(correlation_of(request.scope)),
            run=view.run,
            account=view.account,
            text=view.text,
            parameters=view.parameters,
            by=caller.principal.name,
        )
        return await _start(services, command, status=200)

    return await _first(request).once(request, principal=caller.principal.name, key=key, body=None, act=act)


@strategies.post(
    "/strategies/{run}/stop",
    operation_id="stopStrategy",
    response_model=StrategyForm,
    responses=problems(400, 404, 409, 422),
    summary="Stop a run; its working orders are cancelled",
)
async def stop_strategy(
    request: Request,
    services: Asked,
    caller: Trader,
    key: IdempotencyKey,
    run: RunPath,
    asked: Annotated[StopRequest, Body()] = StopRequest(),  # noqa: B008 - a frozen value
) -> Response:
    async def act() -> Response:
        return _answer(await _stop(request, services, caller, run, asked), 200)

    return await _first(request).once(request, principal=caller.principal.name, key=key, body=asked, act=act)


async def _stop(
    request: Request, services: Services, caller: Caller, run: str, asked: StopRequest
) -> RunView:
    stopped = await services.strategies.stop(
        StopStrategy(
            provenance=services.begin(correlation_of(request.scope)),
            run=RunId(run),
            by=caller.principal.name,
            flatten=asked.flatten,
        )
    )
    if stopped is None:
        raise _no_run(run)
    return stopped


async def _start(services: Services, command: StartStrategy, *, status: int) -> Response:
    started = await services.strategies.start(command)
    if isinstance(started, NotStarted):
        raise Problem(
            422,
            started.reason,
            title="The program was not started",
            type="not_started",
            diagnostics=[DiagnosticForm.of(one).model_dump(mode="json") for one in started.diagnostics],
        )
    return _answer(started, status)


def _answer(view: RunView, status: int) -> Response:
    return Response(StrategyForm.of(view).model_dump_json(), status, media_type="application/json")


async def _run(services: Services, run: str) -> RunView:
    for view in await services.strategies.runs():
        if view.run == run:
            return view
    raise _no_run(run)


def _no_run(run: str) -> Problem:
    return Problem(404, f"there is no strategy run {run}; GET /api/v1/strategies lists them")


def _first(request: Request) -> FirstAnswers:
    answers: FirstAnswers = request.app.state.first_answers
    return answers
