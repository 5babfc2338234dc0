"""Where Daraja posts results and time-outs of operators' orders: stored first, answered 200."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from payment_app.api.access import address_of, app_of
from payment_app.api.callbacks import TAKEN, check_network
from payment_app.api.schemas import CallbackOut, ErrorOut
from payment_app.daraja import MalformedCallback, parse_result, without_credential
from payment_app.domain.errors import NotFound, Refusal
from payment_app.services.refunds.orders import RESULT, TIMEOUT
from payment_app.services.refunds.results import kind_of
from payment_app.services.shared.metrics import CALLBACKS
from payment_app.services.shared.policy import CALLBACK_TOKEN, declares

log = structlog.get_logger("payment_app.callbacks")

router = APIRouter(
    prefix="/hooks",
    tags=["callbacks"],
    responses={400: {"model": ErrorOut}, 404: {"model": ErrorOut}},
)


@router.post("/result/{token}", response_model=CallbackOut)
@declares(CALLBACK_TOKEN)
async def order_result(token: str, request: Request) -> Response:
    """The result of a reversal, payout, status or balance, under that order's own token.

    What cannot be read is kept as well, before it is answered 400: a question follows.
    """
    body = await _keep(RESULT, token, request)
    try:
        parse_result(body)
    except MalformedCallback as error:
        CALLBACKS.labels("malformed").inc()
        log.warning("result_malformed", reason=str(error), size=len(body))
        raise Refusal("not_a_callback", "The body is not a result.") from None
    return Response(TAKEN, media_type="application/json")


@router.post("/timeout/{token}", response_model=CallbackOut)
@declares(CALLBACK_TOKEN)
async def order_timeout(token: str, request: Request) -> Response:
    """M-Pesa's notice that an order waited too long: no failure, and a question follows."""
    await _keep(TIMEOUT, token, request)
    return Response(TAKEN, media_type="application/json")


async def _keep(name: str, token: str, request: Request) -> bytes:
    """Store what came, without the operator's credential that it may echo."""
    services = app_of(request)
    check_network(services, address_of(request))
    owner = await services.order_tokens.owner(token)
    if owner is None:
        CALLBACKS.labels("wrong_token").inc()
        raise NotFound("not_found", "There is nothing here.")
    body = without_credential(await request.body())
    kind = kind_of(name, owner.order_id)
    await services.callbacks.store_answer(kind, owner.payment_id, body)
    return body
