"""The client of Daraja: token, STK push, STK query, and the orders of an API operator."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

import aiolimiter
import httpx

from payment_app.daraja import records as records
from payment_app.daraja.config import DarajaConfig
from payment_app.daraja.errors import TokenRefused, TokenUnavailable
from payment_app.daraja.judges.order import judge_order
from payment_app.daraja.judges.push import judge_push
from payment_app.daraja.judges.query import judge_query
from payment_app.daraja.judges.token import Denial, Grant, judge_token
from payment_app.daraja.messages import (
    PUSH_PATH,
    QUERY_PATH,
    TOKEN_PATH,
    StkPush,
    push_body,
    query_body,
)
from payment_app.daraja.orders import Order
from payment_app.daraja.outcomes import (
    OrderOutcome,
    PushNotSent,
    PushOutcome,
    PushRefused,
    QueryNoAnswer,
    QueryOutcome,
    QueryRefused,
    RefusalKind,
)
from payment_app.daraja.records import DarajaCall
from payment_app.daraja.tokens import TokenShare, TokenStore
from payment_app.daraja.wire.answers import Exchange, TokenInvalid
from payment_app.daraja.wire.http import Request, open_client, send
from payment_app.daraja.wire.masking import url_secrets

T = TypeVar("T", PushOutcome, QueryOutcome, OrderOutcome)


class _QueueFull(Exception):
    """Our own rate limit would have let the call wait too long."""


_Obstacle = TokenRefused | TokenUnavailable | _QueueFull


@dataclass(frozen=True, slots=True)
class _Operation(Generic[T]):
    """One product of Daraja: what to send, how to judge it, what it means if nothing was sent."""

    name: str
    path: str
    body: Callable[[datetime], dict[str, str | int]]
    judge: Callable[[Exchange], T | TokenInvalid]
    blocked: Callable[[_Obstacle], T]
    secrets: tuple[str, ...] = ()


class DarajaClient:
    """One Daraja app: a pool of connections, one token, one outbound rate limit.

    `clock` gives the present time with zone; `transport` replaces the network in tests; `record`
    is awaited with a masked `DarajaCall` after every HTTP call, and what it raises is logged and
    dropped; `share` lets several processes use one token. Close with `aclose()`, or use as an
    async context manager.
    """

    def __init__(
        self,
        config: DarajaConfig,
        *,
        clock: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
        record: Callable[[DarajaCall], Awaitable[None]] | None = None,
        share: TokenShare | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._http = open_client(config, transport)
        self._record = record
        self._tokens = TokenStore(self._fetch_token, clock, share)
        rate = config.calls_per_second
        # A bucket below one call would never let one through: stretch its period instead.
        self._limiter = aiolimiter.AsyncLimiter(max(rate, 1.0), max(rate, 1.0) / rate)

    async def stk_push(self, push: StkPush) -> PushOutcome:
        """Ask for one prompt. The request leaves at most once, see `wire.http` and `judges.push`.

        Raises nothing for what Daraja or the network do; only cancellation passes through, after
        which the prompt may be on the phone.
        """
        return await self._perform(
            _Operation(
                "stk_push",
                PUSH_PATH,
                partial(push_body, self._config, push),
                judge_push,
                _push_blocked,
                url_secrets(push.callback_url),
            )
        )

    async def stk_query(self, checkout_request_id: str) -> QueryOutcome:
        """Ask how one push ended. Raises nothing for what Daraja or the network do."""
        return await self._perform(
            _Operation(
                "stk_query",
                QUERY_PATH,
                partial(query_body, self._config, checkout_request_id),
                partial(judge_query, asked=checkout_request_id),
                _query_blocked,
            )
        )

    async def order(self, order: Order) -> OrderOutcome:
        """Ask M-PESA for one reversal, payout, status or balance, at most once.

        Raises nothing for what Daraja or the network do; without an operator nothing is sent.
        """
        config, operator = self._config, self._config.operator
        if operator is None:
            return PushNotSent("no API operator is set up")
        credential = operator.credential()
        body = order.body(operator.name, credential, config.shortcode)
        urls = (*url_secrets(order.urls.result), *url_secrets(order.urls.timeout))
        return await self._perform(
            _Operation(
                order.operation,
                order.path,
                lambda _: body,
                judge_order,
                _order_blocked,
                (credential, operator.password, *urls),
            )
        )

    async def check_token(self) -> None:
        """Fetch a fresh token, to prove key and secret.

        Raises `TokenRefused` if Daraja says no, `TokenUnavailable` if it says nothing usable.
        """
        await self._tokens.renew()

    async def aclose(self) -> None:
        """Close the connections. Calls in flight end as lost."""
        await self._http.aclose()

    async def __aenter__(self) -> DarajaClient:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _perform(self, operation: _Operation[T]) -> T:
        """Call once, and once more with a fresh token if only the token was refused.

        The second call is safe for a push as well: the first was turned away by the gateway.
        """
        try:
            token = await self._tokens.current()
            result = await self._call(operation, token)
            if not isinstance(result, TokenInvalid):
                return result
            token = await self._tokens.current(refused=token)
            result = await self._call(operation, token)
        except (TokenRefused, TokenUnavailable, _QueueFull) as obstacle:
            return operation.blocked(obstacle)
        if not isinstance(result, TokenInvalid):
            return result
        # A fresh access token was refused too.
        kind = RefusalKind.NOT_DARAJA if result.by_page else RefusalKind.NOT_AUTHORISED
        return operation.blocked(TokenRefused(result.code, result.message, kind))

    async def _call(self, operation: _Operation[T], token: str) -> T | TokenInvalid:
        await self._queue()
        at = self._clock()
        body = operation.body(at)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = self._request("POST", operation.path, headers, json.dumps(body).encode())
        started = time.monotonic()
        exchange = await send(self._http, request, self._config.deadline)
        result = operation.judge(exchange)
        password = str(body.get("Password", ""))
        secrets = (token, password, *operation.secrets, *self._own_secrets)
        call = records.describe(operation.name, at, started, body, exchange, result, secrets)
        await records.keep(call, self._record)
        return result

    async def _fetch_token(self) -> Grant | Denial:
        at, started = self._clock(), time.monotonic()
        request = self._request("GET", TOKEN_PATH, {"Authorization": f"Basic {self._basic}"})
        exchange = await send(self._http, request, self._config.deadline)
        result = judge_token(exchange)
        body: dict[str, str | int] = {"grant_type": "client_credentials"}
        call = records.describe("token", at, started, body, exchange, result, self._own_secrets)
        await records.keep(call, self._record)
        return result

    async def _queue(self) -> None:
        try:
            async with asyncio.timeout(self._config.queue_timeout):
                await self._limiter.acquire()
        except TimeoutError:
            raise _QueueFull("our own limit of calls per second is used up") from None

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> Request:
        return Request(method, self._config.base_url + path, headers, body)

    @property
    def _basic(self) -> str:
        pair = f"{self._config.consumer_key}:{self._config.consumer_secret}"
        return base64.b64encode(pair.encode()).decode()

    @property
    def _own_secrets(self) -> tuple[str, ...]:
        config = self._config
        return (config.passkey, config.consumer_secret, config.consumer_key, self._basic)


def _push_blocked(obstacle: _Obstacle) -> PushOutcome:
    if isinstance(obstacle, TokenRefused):
        return PushRefused(obstacle.code, obstacle.message, obstacle.kind)
    return PushNotSent(str(obstacle))


def _order_blocked(obstacle: _Obstacle) -> OrderOutcome:
    if isinstance(obstacle, TokenRefused):
        return PushRefused(obstacle.code, obstacle.message, obstacle.kind)
    return PushNotSent(str(obstacle))


def _query_blocked(obstacle: _Obstacle) -> QueryOutcome:
    if isinstance(obstacle, TokenRefused):
        return QueryRefused(obstacle.code, obstacle.message, obstacle.kind)
    if isinstance(obstacle, TokenUnavailable) and obstacle.page_status is not None:
        return QueryRefused(obstacle.page_status, "", RefusalKind.NOT_DARAJA)
    return QueryNoAnswer(str(obstacle), rail_down=isinstance(obstacle, TokenUnavailable))
