"""What a faulty call looks like on the wire: one function per kind of fault.

Faults that end the connection raise an OSError: called in-process it reaches the caller as such,
under a server the connection breaks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.simulator.gateway import answers
from payment_app.simulator.gateway.answers import Refusal
from payment_app.simulator.misbehaviour.faults import Fault
from payment_app.simulator.settings import Sleep

HUGE_BODY = 10 * 1024 * 1024
_CHUNK = b"x" * (64 * 1024)
_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"

ENVELOPES: Mapping[str, Refusal] = {
    "http_400": Refusal(400, "400.003.02", "Bad Request"),
    "http_401": Refusal(
        401,
        "401.003.01",
        "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found",
    ),
    "http_404": answers.not_found(),
    "http_500": Refusal(500, "500.003.1001", "Internal Server Error"),
    "busy": answers.busy(),
    "quota": Refusal(500, "500.003.03", "Quota Violation"),
    "error_in_200": Refusal(200, "500.003.02", answers.busy().words),
    "does_not_exist": answers.unknown_transaction(),
    "empty_message": answers.upstream(""),
    "order_unclear": Refusal(500, "500.002.1001", "System internal error."),
}

_SPIKE = {
    "fault": {
        "faultstring": "Spike arrest violation. Allowed rate : MessageRate{capacity=25}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
}


def without_work(fault: Fault, path: str, request_id: str, sleep: Sleep) -> ASGIApp | None:
    """The answer of a fault that needs no true answer; None if the kind needs one."""
    if fault.kind in ENVELOPES:
        return answers.refuse(ENVELOPES[fault.kind], request_id)
    fixed: dict[str, Callable[[], ASGIApp]] = {
        "http_403": lambda: _html(403, "Request unsuccessful"),
        "http_429": lambda: answers.reply(429, _SPIKE),
        "http_502": lambda: _html(502, "502 Bad Gateway"),
        "http_503": lambda: Response(status_code=503),
        "html": lambda: _html(200, "Safaricom is upgrading this service"),
        "empty": lambda: Response(status_code=200, media_type="application/json"),
        "redirect": lambda: Response(status_code=307, headers={"Location": f"{path}?again=1"}),
        "refused": lambda: _broken(ConnectionRefusedError("simulated: connection dropped")),
        "reset": lambda: _broken(ConnectionResetError("simulated: connection reset")),
        "timeout": lambda: _silence(fault.seconds, sleep),
    }
    make = fixed.get(fault.kind)
    return make() if make else None


def of_answer(fault: Fault, answer: Response, sleep: Sleep) -> ASGIApp:
    """The true answer, spoilt; an error answer of the gateway keeps its status."""
    body = bytes(answer.body)
    if fault.kind == "slow":
        return _slow(answer, sleep)
    if fault.kind == "huge":
        return _huge(answer)
    if fault.kind == "truncated":
        return _like(answer, body[: len(body) // 2])
    fields = json.loads(body) if body else {}
    return _like(answer, json.dumps(FIELD_CHANGES[fault.kind](fields)).encode())


def _wrong_types(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: [value] for name, value in fields.items()}


def _missing_ids(fields: dict[str, Any]) -> dict[str, Any]:
    ids = ("MerchantRequestID", "CheckoutRequestID", "OriginatorConversationID", "ConversationID")
    gone = (*ids, "access_token")
    return {name: value for name, value in fields.items() if name not in gone}


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    codes = ("ResponseCode", "ResultCode")
    return {
        name: int(value) if name in codes and value.isdecimal() else value
        for name, value in fields.items()
    }


FIELD_CHANGES: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "wrong_types": _wrong_types,
    "missing_ids": _missing_ids,
    "response_code_number": _numbers,
}


def _html(status: int, title: str) -> Response:
    return Response(_PAGE.format(title), status, media_type="text/html")


def _like(answer: Response, body: bytes) -> Response:
    return Response(body, answer.status_code, media_type="application/json")


def _broken(error: OSError) -> ASGIApp:
    """Breaks off in the first bytes: with none sent a server would make a 500 of it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await _start(send, 200, 1_000)
        await send({"type": "http.response.body", "body": b'{"', "more_body": True})
        raise error

    return app


def _silence(seconds: float, sleep: Sleep) -> ASGIApp:
    """Says nothing until the caller hangs up or the time is over."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        hung_up = asyncio.create_task(_hang_up(receive))
        over = asyncio.ensure_future(sleep(seconds))
        try:
            await asyncio.wait({hung_up, over}, return_when=asyncio.FIRST_COMPLETED)
            if not hung_up.done():
                raise TimeoutError("simulated: no answer")
        finally:
            hung_up.cancel()
            over.cancel()

    return app


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _slow(answer: Response, sleep: Sleep) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(answer.body)
        await _start(send, answer.status_code, len(body))
        for index in range(len(body)):
            await sleep(1)
            last = index == len(body) - 1
            piece = body[index : index + 1]
            await send({"type": "http.response.body", "body": piece, "more_body": not last})
        if not body:
            await send({"type": "http.response.body", "body": b""})

    return app


def _huge(answer: Response) -> ASGIApp:
    """The true fields behind 10 MB of padding, so that only a bounded reader is safe."""
    start, end = b'{"padding":"', b'",' + bytes(answer.body)[1:]
    chunks = HUGE_BODY // len(_CHUNK)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        length = len(start) + chunks * len(_CHUNK) + len(end)
        await _start(send, answer.status_code, length)
        for piece in (start, *[_CHUNK] * chunks):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": end})

    return app


async def _start(send: Send, status: int, length: int) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(length).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
