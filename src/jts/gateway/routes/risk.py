"""Risk: the gauges and the kill switch."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Request
from starlette.responses import Response

from jts.contracts.risk import EngageKill, ResetKill
from jts.domain.risk.kill_switch import KillState
from jts.domain.values import AccountId
from jts.gateway.auth.caller import Asked, Owner, Reader, Trader
from jts.gateway.forms.risk import GaugeForm, KillForm, KillRequest, ResetRequest, RiskForm
from jts.gateway.idempotency import IdempotencyKey
from jts.gateway.problems import correlation_of
from jts.gateway.routes.router import problems, router

risk = router("risk")


@risk.get("/risk", operation_id="getRisk", response_model=RiskForm, summary="Every gauge")
async def get_risk(services: Asked, caller: Reader) -> RiskForm:
    return RiskForm(
        gauges=[GaugeForm.of(gauge) for gauge in await services.risk.gauges()],
        kill=KillForm.of(await services.risk.kill_state()),
    )


@risk.get("/kill", operation_id="getKill", response_model=KillForm, summary="The kill switch")
async def get_kill(services: Asked, caller: Reader) -> KillForm:
    return KillForm.of(await services.risk.kill_state())


@risk.post(
    "/kill",
    operation_id="engageKill",
    response_model=KillForm,
    responses=problems(400, 409, 422),
    summary="Freeze, cancel, flatten",
    description="Latched until it is reset. A repeat changes nothing.",
)
async def engage_kill(
    request: Request,
    services: Asked,
    caller: Trader,
    key: IdempotencyKey,
    asked: Annotated[KillRequest, Body()],
) -> Response:
    async def act() -> Response:
        return _answer(
            await services.risk.engage(
                EngageKill(
                    provenance=services.begin(correlation_of(request.scope)),
                    acts=tuple(asked.acts),
                    by=caller.principal.name,
                    reason=asked.reason,
                    account=None if asked.account is None else AccountId(asked.account),
                )
            )
        )

    answer: Response = await request.app.state.first_answers.once(
        request, principal=caller.principal.name, key=key, body=asked, act=act
    )
    return answer


@risk.post(
    "/kill/reset",
    operation_id="resetKill",
    response_model=KillForm,
    responses=problems(400, 409, 422),
    summary="Let trading begin again",
)
async def reset_kill(
    request: Request,
    services: Asked,
    caller: Owner,
    key: IdempotencyKey,
    asked: Annotated[ResetRequest, Body()],
) -> Response:
    async def act() -> Response:
        return _answer(
            await services.risk.reset(
                ResetKill(
                    provenance=services.begin(correlation_of(request.scope)),
                    by=caller.principal.name,
                    reason=asked.reason,
                )
            )
        )

    answer: Response = await request.app.state.first_answers.once(
        request, principal=caller.principal.name, key=key, body=asked, act=act
    )
    return answer


def _answer(state: KillState) -> Response:
    return Response(KillForm.of(state).model_dump_json(), media_type="application/json")
