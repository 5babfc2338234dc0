"""What is kept of every HTTP call: one masked record, one structured log line."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import structlog

from payment_app.daraja.judges.token import Denial, Grant
from payment_app.daraja.outcomes import (
    OrderAccepted,
    OrderKnown,
    OrderOutcome,
    PushAccepted,
    PushNotSent,
    PushOutcome,
    PushRefused,
    PushUnknown,
    QueryNoAnswer,
    QueryOutcome,
    QueryPending,
    QueryRefused,
    QueryResult,
)
from payment_app.daraja.wire.answers import Exchange, Reply, TokenInvalid, read_answer
from payment_app.daraja.wire.masking import mask_request, mask_response

_log = structlog.get_logger("payment_app.daraja")

Result: TypeAlias = PushOutcome | QueryOutcome | OrderOutcome | TokenInvalid | Grant | Denial

_WORDS: Mapping[type[Result], str] = {
    PushAccepted: "accepted",
    OrderAccepted: "accepted",
    OrderKnown: "known",
    PushNotSent: "not_sent",
    PushRefused: "refused",
    PushUnknown: "unknown",
    QueryResult: "result",
    QueryPending: "pending",
    QueryRefused: "refused",
    QueryNoAnswer: "no_answer",
    TokenInvalid: "token_invalid",
    Grant: "granted",
    Denial: "denied",
}
_GOOD = frozenset({"accepted", "known", "result", "pending", "granted"})


@dataclass(frozen=True, slots=True)
class DarajaCall:
    """One HTTP call to Daraja, masked: no secret, no token, no full phone number.

    `at` is the clock's time of sending; `operation` is token, stk_push, stk_query or an
    order's; `http_status` is None without an answer; `outcome` is one word (accepted, known,
    not_sent, refused, unknown, result, pending, no_answer, token_invalid, granted, denied);
    `duration_ms` includes connection retries; `response` is at most 2,000 characters, or the reason
    why there is none, in brackets.
    """

    at: datetime
    operation: str
    http_status: int | None
    error_code: str | None
    outcome: str
    duration_ms: int
    request: dict[str, str | int]
    response: str


def describe(
    operation: str,
    at: datetime,
    started: float,
    body: Mapping[str, str | int],
    exchange: Exchange,
    result: Result,
    secrets: tuple[str, ...],
) -> DarajaCall:
    """The record of one call; `started` is `time.monotonic()` before it."""
    reply = exchange if isinstance(exchange, Reply) else None
    return DarajaCall(
        at=at,
        operation=operation,
        http_status=reply.status if reply else None,
        error_code=read_answer(reply).error_code if reply else None,
        outcome=_WORDS[type(result)],
        duration_ms=round((time.monotonic() - started) * 1000),
        request=mask_request(body),
        response=_response(operation, exchange, secrets),
    )


async def keep(call: DarajaCall, record: Callable[[DarajaCall], Awaitable[None]] | None) -> None:
    """Log `call` and hand it to `record`, whose failure must not change what Daraja said."""
    level = "info" if call.outcome in _GOOD else "warning"
    getattr(_log, level)(
        "daraja_call",
        operation=call.operation,
        outcome=call.outcome,
        http_status=call.http_status,
        error_code=call.error_code,
        duration_ms=call.duration_ms,
    )
    if record is None:
        return
    try:
        await record(call)
    except Exception as error:
        _log.error("daraja_call_not_recorded", operation=call.operation, error=type(error).__name__)


def _response(operation: str, exchange: Exchange, secrets: tuple[str, ...]) -> str:
    if not isinstance(exchange, Reply):
        return f"({exchange.reason})"
    if exchange.oversized:
        return "(larger than the limit)"
    if operation == "token" and exchange.status < 400:
        # It holds a token, perhaps in a form that nobody would recognise as one.
        return "(not kept)"
    return mask_response(exchange.body.decode("utf-8", "replace"), secrets)
