"""POST /api/mpesa/stkpush and /api/mpesa/query."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from payment_app.api.access import ApiKey, Services
from payment_app.api.bookings import MAX_ID
from payment_app.api.idempotent_route import HEADER, once
from payment_app.api.schemas import ErrorOut, QueryData, QueryIn, QueryOut, StkPushIn, StkPushOut
from payment_app.daraja import QueryNoAnswer, QueryRefused, QueryResult, RefusalKind
from payment_app.domain.errors import NotFound, RefusedByMpesa, Unavailable
from payment_app.domain.lifecycle import LIVE, MONEY
from payment_app.services.payments.admission import Attempt
from payment_app.services.payments.checkout import Started
from payment_app.services.payments.results import claimed_status
from payment_app.services.shared.keys.tokens import hash_token, new_token
from payment_app.services.shared.policy import API_KEY, declares
from payment_app.storage.tables import Payment
from payment_app.storage.types import stored_id

router = APIRouter(prefix="/api/mpesa", tags=["mpesa"])

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorOut} for status in (404, 409, 422, 429, 502, 503)
}
NO_RESULT_YET = "4999"


@router.post(
    "/stkpush", response_model=StkPushOut, responses={202: {"model": StkPushOut}, **_ERRORS}
)
@declares(API_KEY)
async def stk_push(
    wish: StkPushIn, request: Request, services: Services, key: ApiKey
) -> JSONResponse:
    """Send an STK push to a customer's phone; 202 when Daraja's answer got lost on the way."""
    services.checkout.pressure.check()  # before an Idempotency-Key costs a write
    if wish.booking_id > MAX_ID:
        raise NotFound("booking_not_found", "There is no such booking. Nothing was sent.")
    given = request.headers.get(HEADER)
    attempt = Attempt(
        booking_id=wish.booking_id,
        phone=wish.phone_number,
        amount=Decimal(wish.amount),
        attempt_key="api-" + (hash_token(f"{key}|{given}") if given else new_token()),
        actor="api",
    )

    async def work() -> tuple[int, dict[str, Any]]:
        return _answer(await services.checkout.start(attempt))

    return await once(request, services, key, work)


def _answer(started: Started) -> tuple[int, dict[str, Any]]:
    known = started.checkout_request_id is not None
    out = StkPushOut(
        message=(
            "The prompt is on its way: check the phone and enter the M-Pesa PIN."
            if known
            else "M-Pesa did not answer clearly: a prompt may be on the phone. Do not send again."
        ),
        checkout_request_id=started.checkout_request_id,
        payment_id=started.payment_id,
    )
    return (200 if known else 202), out.model_dump(mode="json")


@router.post("/query", responses=_ERRORS)
@declares(API_KEY)
async def stk_query(wish: QueryIn, services: Services, _: ApiKey) -> QueryOut:
    """Ask Daraja how a payment stands, and note its answer.

    Where the answer contradicts the record a case is open, and the record is told.
    """
    asked = wish.checkout_request_id
    payment = await services.history.by_checkout_request_id(asked)
    outcome = await services.reconciler.ask(stored_id(payment.payment_id), asked)
    if isinstance(outcome, QueryResult):
        return _settled(outcome, await services.history.by_checkout_request_id(asked))
    if payment.status not in LIVE and payment.result_code:
        return _result(payment.result_code, payment.result_desc or "")
    if isinstance(outcome, QueryRefused):
        raise _refused_question(outcome)
    if isinstance(outcome, QueryNoAnswer) and outcome.rail_down:
        raise Unavailable("mpesa_unavailable", "M-Pesa cannot be reached; nothing was changed.")
    return _result(NO_RESULT_YET, "The transaction is still under processing")


def _settled(said: QueryResult, payment: Payment) -> QueryOut:
    """M-Pesa's result, unless the payment, read after it was weighed, says otherwise about money.

    Callers take 0 for money received, and anything else for none.
    """
    if (claimed_status(said.result_code) in MONEY) == (payment.status in MONEY):
        return _result(said.result_code, said.result_desc)
    if payment.status in MONEY:
        return _result("0", "The payment is completed; M-Pesa now says otherwise, see its case.")
    return _result(NO_RESULT_YET, "M-Pesa says paid, but not how much, and the amount is disputed.")


def _result(code: str, words: str) -> QueryOut:
    return QueryOut(data=QueryData(ResultCode=code, ResultDesc=words))


def _refused_question(refused: QueryRefused) -> RefusedByMpesa:
    """What to tell a caller whose question was refused; only Daraja's own words are quoted."""
    if refused.kind is RefusalKind.NOT_DARAJA:
        return RefusedByMpesa(
            "query_refused",
            "The question did not reach M-Pesa: something on the way, such as a firewall, answered "
            f"with a page of its own ({refused.code}). Nothing was changed.",
        )
    said = f" M-Pesa said: {refused.words.rstrip('. ')}." if refused.words else f" ({refused.code})"
    return RefusedByMpesa(
        "query_refused", f"M-Pesa refused the question; nothing was changed.{said}"
    )
