"""Daraja's gateway as an ASGI app: token, STK push and query, operators' orders, at Daraja's paths.

The order of checks is the gateway's: path, method, token, content type, fields one by one,
merchant, password, subscriber lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from payment_app.simulator.asgi import not_http, read_body, route_path
from payment_app.simulator.gateway import answers, rules
from payment_app.simulator.gateway.answers import Refusal
from payment_app.simulator.gateway.courier import Courier
from payment_app.simulator.gateway.operations import ORDERS, PATHS, PUSH, TOKEN
from payment_app.simulator.gateway.operator_desk import OperatorDesk
from payment_app.simulator.gateway.tokens import AccessTokens, read_basic, read_bearer
from payment_app.simulator.mpesa.exchange import Exchange
from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import Clock, SimulatorConfig

LARGEST_BODY = 64 * 1024


def operation_of(scope: Scope) -> str | None:
    """Which call a request is; None for a path that Daraja does not have."""
    return PATHS.get(route_path(scope))


class Rail:
    """The gateway when all is well; its state lives in the exchange and the access tokens.

    Args:
        is_early: asked once for each push: whether its callback comes before its answer.
        desk: takes operators' orders.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        exchange: Exchange,
        courier: Courier,
        *,
        clock: Clock,
        mint: Mint,
        is_early: Callable[[], bool],
        desk: OperatorDesk,
    ) -> None:
        self._config, self._exchange, self._courier = config, exchange, courier
        self._desk = desk
        self._clock, self._mint, self._is_early = clock, mint, is_early
        self.tokens = AccessTokens(clock, mint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await not_http(scope, receive, send)
            return
        try:
            answer = await self.answer(Request(scope, receive))
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """What Daraja answers; all its work is done by then. ClientDisconnect if nobody waits."""
        try:
            return await self._answered(request, operation_of(request.scope))
        except Refusal as refusal:
            return answers.refuse(refusal, self._mint.request_id())

    async def _answered(self, request: Request, operation: str | None) -> Response:
        if operation == TOKEN:
            return self._token(request)
        if operation is None:
            raise answers.not_found()
        self._check_caller(request)
        body = await read_object(request)
        if operation in ORDERS:
            return await self._desk.answer(operation, body)
        return await self._push(body) if operation == PUSH else self._query(body)

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
        early = self._is_early()
        prompt = self._exchange.open_prompt(order)
        if early:
            self._exchange.finish_now(prompt)
            await self._courier.send_now(prompt)
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


async def read_object(request: Request) -> dict[str, Any]:
    """The body's JSON object, or a Refusal.

    Without a JSON content type the first field looks missing to Daraja.
    """
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
