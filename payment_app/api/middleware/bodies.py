"""How large a body may be, and how long its sender may take."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payment_app.api.middleware.answers import problem
from payment_app.api.middleware.paths import EVIDENCE, GUARDED, LINKS

LARGEST_BODY = 64 * 1024
"""Bytes; Daraja's callbacks are below 1 KiB."""
LARGER: Mapping[str, int] = {"/api/staff/bookings/import": 512 * 1024}
"""The routes that take more."""
STREAMED = frozenset({"/api/staff/statement"})
"""The routes that read their body themselves, once they know who sends it."""
SLOWEST_BODY = 20.0
"""Seconds that a sender may take for a body."""

_NUMBER = re.compile(r"[0-9]{1,20}")


class Bodies:
    """Reads the whole body first, within size and time, then hands it on in one piece.

    What its sender did not finish starts nothing; a cut off result is kept all the same.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _brings_body(scope):
            await self._app(scope, receive, send)
            return
        largest = LARGER.get(scope["path"], LARGEST_BODY)
        declared = Headers(scope=scope).get("content-length", "0")
        if not _NUMBER.fullmatch(declared) or int(declared) > largest:
            await _too_large(largest)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                body, whole = await _read(receive, largest)
        except TimeoutError:
            answer = problem(408, "too_slow", "The body took too long to arrive.")
            await answer(scope, receive, send)
            return
        if body is None:
            await _too_large(largest)(scope, receive, send)
        elif whole or scope["path"].startswith(EVIDENCE):
            await self._app(scope, _replay(body, receive), send)


def _brings_body(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] not in ("GET", "HEAD", "OPTIONS")
        and scope["path"] not in STREAMED
        and (scope["path"].startswith(GUARDED) or LINKS.fullmatch(scope["path"]) is not None)
    )


async def _read(receive: Receive, largest: int) -> tuple[bytes | None, bool]:
    """The body, or `None` once it is larger than allowed; and whether its sender finished it."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body), False  # the sender went away; nobody will read an answer
        body += message.get("body", b"")
        if len(body) > largest:
            return None, False
        if not message.get("more_body"):
            return bytes(body), True


def _replay(body: bytes, receive: Receive) -> Receive:
    handed_over = False

    async def replay() -> Message:
        nonlocal handed_over
        if handed_over:
            return await receive()
        handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _too_large(largest: int) -> JSONResponse:
    return problem(413, "too_large", f"The body is larger than {largest // 1024} KiB.")
