"""Daraja's gateway as an ASGI app: OAuth token, STK push and STK query on Daraja's own paths.

The order of checks is the gateway's: path, method, token, content type, fields one by one,
merchant, password, subscriber lock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.simulator import answers, faults, results, rules, spoil
from payment_app.simulator.answers import Refusal
from payment_app.simulator.asgi import not_http, read_body, route_path
from payment_app.simulator.exchange import Exchange
from payment_app.simulator.faults import Fault, FaultBook
from payment_app.simulator.settings import Clock, SimulatorConfig, Sleep
from payment_app.simulator.tokens import AccessTokens, read_basic, read_bearer
from payment_app.simulator.wire import Mint

PATHS = {
    "/oauth/v1/generate": faults.TOKEN,
    "/mpesa/stkpush/v1/processrequest": faults.PUSH,
    "/mpesa/stkpushquery/v1/query": faults.QUERY,
}
LARGEST_BODY = 64 * 1024


class Rail:
    """The gateway; state lives in the exchange, its access tokens and the fault book."""

    def __init__(
        self,
        config: SimulatorConfig,
        exchange: Exchange,
        fault_book: FaultBook,
        *,
        clock: Clock,
        sleep: Sleep,
        mint: Mint,
    ) -> None:
        self._config, self._exchange, self._faults = config, exchange, fault_book
        self._clock, self._sleep, self._mint = clock, sleep, mint
        self.tokens = AccessTokens(clock, mint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await not_http(scope, receive, send)
            return
        request = Request(scope, receive)
        operation = PATHS.get(route_path(scope))
        fault = self._faults.take(operation) if operation else None
        try:
            app = await self._under(fault, request, operation or "")
        except ClientDisconnect:
            return
        await app(scope, receive, send)

    async def _under(self, fault: Fault | None, request: Request, operation: str) -> ASGIApp:
        """The answer to send, spoilt as the fault says."""
        if fault is None:
            return await self._answer(request, operation)
        if fault.kind == "token_expired":
            self.tokens.revoke_all()
        if fault.kind == "being_processed":
            return await self._being_processed(request)
        before = self._exchange.last_checkout_id
        needs_work = fault.strikes_after or fault.kind == "token_expired"
        answer = await self._answer(request, operation) if needs_work else Response()
        path = request.scope["path"]
        ready = spoil.without_work(fault, path, self._mint.request_id(), self._sleep)
        return ready or self._spoilt(fault, answer, before)

    def _spoilt(self, fault: Fault, answer: Response, before: str | None) -> ASGIApp:
        """The faults that have to know what the exchange knows; the others by their table."""
        if fault.kind == "token_expired":
            return answer
        if fault.kind == "duplicate_checkout_id":
            return _with_fields(answer, CheckoutRequestID=before) if before else answer
        if fault.kind in ("pending", "contradiction"):
            return self._misreported(answer, fault.kind)
        return spoil.of_answer(fault, answer, self._sleep)

    def _misreported(self, answer: Response, kind: str) -> Response:
        fields = json.loads(bytes(answer.body))
        if "ResultCode" not in fields:
            return answer
        code = results.STILL_PROCESSING
        if kind == "contradiction":
            paid = fields["ResultCode"] == results.PAID
            code = results.CANCELLED if paid else results.PAID
        return _with_fields(answer, ResultCode=code, ResultDesc=results.query_words(code))

    async def _being_processed(self, request: Request) -> Response:
        body = await _json_object(request)
        words = "The transaction is being processed"
        asked = str(body.get("CheckoutRequestID", ""))
        return self._refuse(answers.upstream(words, asked))

    async def _answer(self, request: Request, operation: str) -> Response:
        """The true answer."""
        try:
            if operation == faults.TOKEN:
                return self._token(request)
            if operation not in faults.OPERATIONS:
                raise answers.not_found()
            self._check_caller(request)
            body = await _json_object(request)
            if operation == faults.PUSH:
                return await self._push(body)
            return self._query(body)
        except Refusal as refusal:
            return self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> Response:
        return answers.refuse(refusal, self._mint.request_id())

    def _token(self, request: Request) -> Response:
        if request.method != "GET":
            raise answers.wrong_method(request.method)
        header = request.headers.get("authorization", "")
        if not header.lower().startswith("basic"):
            raise answers.wrong_auth_type()
        key = read_basic(header)
        if key is None or not self._is_customer(*key):
            return Response(status_code=400)
        if request.query_params.get("grant_type") != "client_credentials":
            raise answers.wrong_grant_type()
        return answers.reply(200, answers.token_answer(self.tokens.issue(key[0])))

    def _is_customer(self, key: str, secret: str) -> bool:
        wanted_key, wanted_secret = self._config.consumer_key, self._config.consumer_secret
        key_fits = key == wanted_key if wanted_key else key.strip() != ""
        secret_fits = secret == wanted_secret if wanted_secret else secret.strip() != ""
        return key_fits and secret_fits

    def _check_caller(self, request: Request) -> None:
        if request.method == "GET":
            raise answers.no_authorization()
        if request.method != "POST":
            raise answers.wrong_method(request.method)
        token = read_bearer(request.headers.get("authorization", ""))
        if token is None:
            raise answers.no_authorization()
        if not self.tokens.is_live(token):
            raise answers.bad_token()

    async def _push(self, body: Mapping[str, Any]) -> Response:
        self._check_fields(body, rules.push_rules(self._checked_time()))
        order = rules.read_order(body)
        if self._exchange.is_locked(order.msisdn):
            raise answers.subscriber_locked()
        if self._exchange.prompts.is_full:
            raise answers.busy()
        early = self._exchange.courier.takes_early()
        prompt = self._exchange.open_prompt(order)
        self._exchange.last_checkout_id = prompt.checkout_request_id
        if early:
            await self._exchange.finish_now(prompt)
        return answers.reply(200, answers.push_answer(prompt))

    def _query(self, body: Mapping[str, Any]) -> Response:
        self._check_fields(body, rules.query_rules(self._checked_time()))
        prompt = self._exchange.prompts.find(body["CheckoutRequestID"])
        if prompt is None or prompt.order.shortcode != str(body["BusinessShortCode"]):
            raise answers.unknown_transaction()
        return answers.reply(200, answers.query_answer(prompt))

    def _check_fields(self, body: Mapping[str, Any], wanted: tuple[rules.Rule, ...]) -> None:
        """Field rules, then whether the merchant exists and its password fits."""
        wrong = rules.first_bad_field(body, wanted)
        if wrong is not None:
            raise answers.bad_field(wrong)
        merchant = self._exchange.shortcodes.get(str(body["BusinessShortCode"]))
        if merchant is None or merchant.passkey is None:
            raise answers.no_merchant()
        if not rules.is_right_password(body, merchant.passkey):
            raise answers.wrong_password()

    def _checked_time(self) -> datetime | None:
        return None if self._config.any_clock else self._clock()


async def _json_object(request: Request) -> dict[str, Any]:
    """The body; without a JSON content type its first field looks missing to Daraja."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise answers.bad_field("BusinessShortCode")
    raw = await read_body(request, LARGEST_BODY)
    try:
        body = json.loads(raw) if raw is not None else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise answers.bad_payload()
    return body


def _with_fields(answer: Response, **fields: str) -> Response:
    known = json.loads(bytes(answer.body))
    changed = {name: fields.get(name, value) for name, value in known.items()}
    return answers.reply(answer.status_code, changed)
