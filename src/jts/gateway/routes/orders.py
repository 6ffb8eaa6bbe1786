"""Orders: submit, list, look at one and its life, cancel."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Body, Path, Query, Request

from jts.contracts.orders import CancelAll, CancelOrder, NothingToCancel, OrderQuery
from jts.domain.orders.source import OrderSource, Origin
from jts.domain.risk.verdict import Approved, Refused, SubmitOrder
from jts.domain.values import AccountId, ClientOrderId, InstrumentId, Nanos, RunId
from jts.gateway.auth.caller import Asked, Reader, Set, Trader
from jts.gateway.forms.form import InstrumentWord, RunWord, Word
from jts.gateway.forms.order import (
    ApprovalForm,
    CancelManyForm,
    CancelOneForm,
    CancelScope,
    OrderAcceptedForm,
    OrderForm,
    OrderLifeForm,
    OrdersForm,
    OrderTicket,
    life_of,
)
from jts.gateway.idempotency import IdempotencyKey, intent_of, order_id_of
from jts.gateway.instants import iso
from jts.gateway.problems import Problem, correlation_of
from jts.gateway.routes.router import problems, router

NANOS_PER_MS = 1_000_000
LIMIT_MAX = 1000

orders = router("orders")

OrderPath = Annotated[Word, Path(description="The order's id.", examples=["jts-5c1f0e9a7b3d4c2e8f6a1b0d"])]


@orders.get("/orders", operation_id="listOrders", response_model=OrdersForm, summary="Orders, newest first")
async def list_orders(
    services: Asked,
    caller: Reader,
    open: Annotated[bool, Query(description="Only those that have not ended.")] = False,
    account: Annotated[Word | None, Query(description="Only of this account.")] = None,
    instrument: Annotated[InstrumentWord | None, Query(description="Only of this instrument.")] = None,
    run: Annotated[RunWord | None, Query(description="Only of this strategy run.")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="At most so many.")] = 100,
    before: Annotated[Word | None, Query(description="Only older than this order: `next` of a page.")] = None,
) -> OrdersForm:
    found = await services.orders.find(
        OrderQuery(
            account=None if account is None else AccountId(account),
            instrument=None if instrument is None else InstrumentId(instrument),
            run=None if run is None else RunId(run),
            open_only=open,
            limit=limit + 1,  # one more tells whether there is a next page
            before=None if before is None else ClientOrderId(before),
        )
    )
    page = found[:limit]
    return OrdersForm(
        orders=[OrderForm.of(order) for order in page], next=page[-1].id if len(found) > limit else None
    )


@orders.get(
    "/orders/{id}",
    operation_id="getOrder",
    response_model=OrderForm,
    responses=problems(404),
    summary="One order",
)
async def get_order(services: Asked, caller: Reader, id: OrderPath) -> OrderForm:
    order = await services.orders.get(ClientOrderId(id))
    if order is None:
        raise _no_order(id)
    return OrderForm.of(order)


@orders.get(
    "/orders/{id}/life",
    operation_id="getOrderLife",
    response_model=OrderLifeForm,
    responses=problems(404),
    summary="Every fact in the life of one order",
)
async def get_order_life(services: Asked, caller: Reader, id: OrderPath) -> OrderLifeForm:
    order = await services.orders.get(ClientOrderId(id))
    if order is None:
        raise _no_order(id)
    return life_of(order, await services.orders.life(order.id))


@orders.post(
    "/orders",
    operation_id="submitOrder",
    status_code=202,
    response_model=OrderAcceptedForm,
    responses=problems(400, 409, 422, 504),
    summary="Ask for an order",
    description="Risk checks and reserves before this answers; sending and filling follow as events.",
)
async def submit_order(
    request: Request,
    services: Asked,
    settings: Set,
    caller: Trader,
    key: IdempotencyKey,
    ticket: Annotated[OrderTicket, Body()],
) -> OrderAcceptedForm:
    intent = intent_of(caller.principal.name, key)
    order, account = order_id_of(intent), AccountId(ticket.account)
    await request.app.state.first_answers.claim_order(order, ticket, account)
    provenance = services.begin(correlation_of(request.scope))
    command = SubmitOrder(
        provenance=provenance,
        intent=intent,
        order=order,
        account=account,
        terms=ticket.terms(),
        source=OrderSource(origin=Origin.PERSON, actor=caller.principal.name),
        deadline_ns=Nanos(provenance.at_ns + settings.risk_deadline_ms * NANOS_PER_MS),
    )
    verdict = await _verdict(request, command)
    if isinstance(verdict, Refused):
        raise _refused(verdict)
    return OrderAcceptedForm(
        order=order,
        intent=intent,
        state="approved",
        approval=ApprovalForm(id=verdict.approval.id, expires_at=iso(verdict.approval.expires_ns)),
        correlation_id=verdict.command.provenance.correlation_id,
    )


@orders.post(
    "/orders/cancel",
    operation_id="cancelOrders",
    status_code=202,
    response_model=CancelManyForm,
    responses=problems(422),
    summary="Cancel every open order in scope",
)
async def cancel_orders(
    request: Request, services: Asked, caller: Trader, scope: Annotated[CancelScope, Body()]
) -> CancelManyForm:
    sent = await services.orders.cancel_all(
        CancelAll(
            provenance=services.begin(correlation_of(request.scope)),
            by=caller.principal.name,
            account=None if scope.account is None else AccountId(scope.account),
            instrument=None if scope.instrument is None else InstrumentId(scope.instrument),
            run=None if scope.run is None else RunId(scope.run),
        )
    )
    return CancelManyForm(orders=[OrderForm.of(order) for order in sent])


@orders.post(
    "/orders/{id}/cancel",
    operation_id="cancelOrder",
    status_code=202,
    response_model=CancelOneForm,
    responses=problems(404, 409),
    summary="Cancel one order",
)
async def cancel_order(request: Request, services: Asked, caller: Trader, id: OrderPath) -> CancelOneForm:
    answer = await services.orders.cancel(
        CancelOrder(
            provenance=services.begin(correlation_of(request.scope)),
            order=ClientOrderId(id),
            by=caller.principal.name,
        )
    )
    if isinstance(answer, NothingToCancel):
        if answer.order is None:
            raise _no_order(id)
        raise Problem(409, f"there is nothing to cancel: {answer.reason}", order=_plain(answer.order))
    return CancelOneForm(order=OrderForm.of(answer.order))


async def _verdict(request: Request, command: SubmitOrder) -> Approved | Refused:
    """Risk's word. It is never broken off: what it has begun it finishes, and we say what we know.

    Errors: Problem 504 when it does not come in time.
    """
    services, settings = request.app.state.services, request.app.state.settings
    check: asyncio.Task[Approved | Refused] = asyncio.ensure_future(services.risk.check(command))
    running: set[Any] = request.app.state.running
    running.add(check)
    check.add_done_callback(running.discard)
    wait_s = (settings.risk_deadline_ms + settings.risk_answer_grace_ms) / 1000
    done, _ = await asyncio.wait({check}, timeout=wait_s)
    if not done:
        check.add_done_callback(_take_notice)
        raise Problem(
            504,
            f"risk did not answer within {wait_s * 1000:g} ms; whether the order was approved is unknown. "
            f"Ask GET /api/v1/orders/{command.order}, or send the same request with the same Idempotency-Key",
            order=command.order,
        )
    return check.result()


def _take_notice(check: asyncio.Task[Approved | Refused]) -> None:
    """A failure that nobody waits for any more is read, so that it is not reported as forgotten."""
    if not check.cancelled():
        check.exception()


def _refused(refused: Refused) -> Problem:
    is_conflict = refused.control == "idempotency"
    return Problem(
        409 if is_conflict else 422,
        refused.message,
        type="conflict" if is_conflict else "refused",
        title="The wish was said before with other terms" if is_conflict else "Risk refused the order",
        control=refused.control,
        limit=refused.limit,
        value=refused.value,
        order=refused.order,
        intent=refused.intent,
    )


def _plain(order: Any) -> dict[str, Any]:
    return OrderForm.of(order).model_dump(mode="json")


def _no_order(id: str) -> Problem:
    return Problem(404, f"there is no order {id}; GET /api/v1/orders lists them")
