"""Where Daraja posts results: stored first, answered 200, understood afterwards."""

from __future__ import annotations

import json
import re

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.access import Caller, Services, address_of, app_of
from payment_app.api.errors import refused
from payment_app.api.schemas import CallbackOut, ErrorOut
from payment_app.daraja import MalformedCallback, StkCallback, parse_stk_callback
from payment_app.domain.errors import Forbidden, NotFound, Refusal
from payment_app.services.shared.metrics import CALLBACKS
from payment_app.services.shared.pace.addresses import within
from payment_app.services.shared.policy import CALLBACK_TOKEN, declares

log = structlog.get_logger("payment_app.callbacks")

TAKEN = CallbackOut().model_dump_json().encode()
"""What Daraja is told once something is on disk."""
_ADDRESS = re.compile(r"/(?:api/mpesa/callback|hooks/stk)/([^/]+)")

router = APIRouter(tags=["callbacks"], responses={400: {"model": ErrorOut}})


@router.post(
    "/api/mpesa/callback/{token}", response_model=CallbackOut, responses={404: {"model": ErrorOut}}
)
@router.post("/hooks/stk/{token}", response_model=CallbackOut, responses={404: {"model": ErrorOut}})
@declares(CALLBACK_TOKEN)
async def stk_callback(token: str, request: Request) -> Response:
    """Daraja's STK result under the payment's own token, in any content type.

    What cannot be read is kept as well, before it is answered 400: a receipt is told once, and a
    query follows.
    """
    services = app_of(request)
    if services.settings.mpesa_callback_ips:
        check_network(services, address_of(request))
    payment_id = await services.callbacks.payment_of(token)
    if payment_id is None:
        CALLBACKS.labels("wrong_token").inc()
        raise NotFound("not_found", "There is nothing here.")
    body = await request.body()
    await services.callbacks.store(payment_id, body)
    _read(body)
    return Response(TAKEN, media_type="application/json")


@router.post("/api/mpesa/callback", responses={429: {"model": ErrorOut}})
@declares(CALLBACK_TOKEN)
async def stk_hint(request: Request, services: Services, address: Caller) -> CallbackOut:
    """The same body without a token: it proves nothing and only makes a query follow.

    Anybody may send it. So often from one network and no more, and nothing of it is kept but the
    id of the request: without one there is nothing that a query could ask about.
    """
    check_network(services, address)
    services.hint_limit.take(address)
    checkout_request_id = _read(await request.body()).checkout_request_id
    if checkout_request_id is None:
        CALLBACKS.labels("hint_without_id").inc()
        return CallbackOut()
    await services.callbacks.store_hint(_id_only(checkout_request_id))
    CALLBACKS.labels("hint").inc()
    return CallbackOut()


def _id_only(checkout_request_id: str) -> bytes:
    """A callback that names its request and says nothing else."""
    named = {"CheckoutRequestID": checkout_request_id, "ResultCode": 1}
    return json.dumps({"Body": {"stkCallback": named}}).encode()


def check_network(services: Services, address: str) -> None:
    """Refuses what does not come from the networks that the settings name, if they name any."""
    networks = services.settings.mpesa_callback_ips
    if networks and not within(address, networks):
        CALLBACKS.labels("foreign_address").inc()
        log.warning("callback_from_foreign_address", address=address)
        raise Forbidden("forbidden", "Callbacks are not taken from this address.")


def _read(body: bytes) -> StkCallback:
    try:
        return parse_stk_callback(body)
    except MalformedCallback as error:
        CALLBACKS.labels("malformed").inc()
        log.warning("callback_malformed", reason=str(error), size=len(body))
        raise Refusal("not_a_callback", "The body is not an STK callback.") from None


class StkCallbacks:
    """Takes callbacks to `stk_callback` by a short way.

    FastAPI's own way to it costs three times what it does itself. What the route promises holds
    here: the function is the same, its refusals are answered alike, and whatever else it raises
    reaches the same handlers. Every other request goes on as it came.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        posted = scope["type"] == "http" and scope["method"] == "POST"
        found = _ADDRESS.fullmatch(scope["path"]) if posted else None
        if found is None or scope.get("root_path"):
            await self._app(scope, receive, send)
            return
        try:
            answer = await stk_callback(found[1], Request(scope, receive))
        except Refusal as refusal:
            answer = refused(refusal)
        await answer(scope, receive, send)
