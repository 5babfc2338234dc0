"""The gateway with its faults: a call that a fault strikes, as that says; else the true answer."""

from __future__ import annotations

import json

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.simulator.gateway import answers
from payment_app.simulator.gateway.answers import Refusal
from payment_app.simulator.gateway.rail import Rail, operation_of, read_object
from payment_app.simulator.misbehaviour import spoil
from payment_app.simulator.misbehaviour.faults import Fault, FaultBook
from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.exchange import Exchange
from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import Sleep


class FaultyRail:
    """Stands before the true rail and spoils the calls that a fault strikes."""

    def __init__(
        self, rail: Rail, exchange: Exchange, fault_book: FaultBook, *, sleep: Sleep, mint: Mint
    ) -> None:
        self._rail, self._exchange, self._faults = rail, exchange, fault_book
        self._sleep, self._mint = sleep, mint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = operation_of(scope) if scope["type"] == "http" else None
        fault = self._faults.take(operation) if operation else None
        if fault is None:
            await self._rail(scope, receive, send)
            return
        try:
            app = await self._under(fault, Request(scope, receive))
        except ClientDisconnect:
            return
        await app(scope, receive, send)

    async def _under(self, fault: Fault, request: Request) -> ASGIApp:
        """The answer to send, spoilt as the fault says."""
        if fault.kind == "token_expired":
            self._rail.tokens.revoke_all()
            return await self._rail.answer(request)
        if fault.kind == "being_processed":
            return await self._being_processed(request)
        before = self._exchange.last_checkout_id
        answer = await self._rail.answer(request) if fault.strikes_after else Response()
        path = request.scope["path"]
        ready = spoil.without_work(fault, path, self._mint.request_id(), self._sleep)
        return ready or self._spoilt(fault, answer, before)

    def _spoilt(self, fault: Fault, answer: Response, before: str | None) -> ASGIApp:
        """The faults that have to know what the exchange knows; the others by their table."""
        if fault.kind == "duplicate_checkout_id":
            return _with_fields(answer, CheckoutRequestID=before) if before else answer
        if fault.kind in ("pending", "contradiction"):
            return _misreported(answer, fault.kind)
        return spoil.of_answer(fault, answer, self._sleep)

    async def _being_processed(self, request: Request) -> Response:
        try:
            asked = (await read_object(request)).get("CheckoutRequestID", "")
            said = answers.upstream("The transaction is being processed", str(asked))
        except Refusal as refusal:
            said = refusal
        return answers.refuse(said, self._mint.request_id())


def _misreported(answer: Response, kind: str) -> Response:
    """A query's answer with another result; an answer without one stays as it is."""
    fields = json.loads(bytes(answer.body))
    if "ResultCode" not in fields:
        return answer
    code = results.STILL_PROCESSING
    if kind == "contradiction":
        paid = fields["ResultCode"] == results.PAID
        code = results.CANCELLED if paid else results.PAID
    return _with_fields(answer, ResultCode=code, ResultDesc=results.query_words(code))


def _with_fields(answer: Response, **fields: str) -> Response:
    known = json.loads(bytes(answer.body))
    changed = {name: fields.get(name, value) for name, value in known.items()}
    return answers.reply(answer.status_code, changed)
