"""What comes over an open socket: so fast, so large, and nothing that a page does not send."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MESSAGES_AT_ONCE = 60
MESSAGES_A_SECOND = 20
"""A page sends one or two for each click; whoever sends more is cut off."""
LARGEST_MESSAGE = 32 * 1024
"""Characters. The longest that a page sends is a form whose text of 4,000 has to be escaped: files
have a route of their own. The engine below takes as much (`rxconfig.py`)."""
_AGAINST_THE_RULES = 1008
_TOO_LARGE = 1009

IsFromPage = Callable[[str], bool]
"""Whether a page sends such a text."""


class Messages:
    """Hands on what pages send. The rest is dropped, and too much of it ends the line."""

    def __init__(self, app: ASGIApp, is_from_page: IsFromPage) -> None:
        self._app = app
        self._is_from_page = is_from_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            receive = _Line(receive, send, self._is_from_page)
        await self._app(scope, receive, send)


class _Line:
    """One socket: its messages, as the app receives them."""

    def __init__(self, receive: Receive, send: Send, is_from_page: IsFromPage) -> None:
        self._receive = receive
        self._send = send
        self._is_from_page = is_from_page
        self._spent, self._at = 0.0, time.monotonic()

    async def __call__(self) -> Message:
        """The next message that is the app's business; the end of the line is one."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            text = message.get("text")
            size = len(text or message.get("bytes") or "")
            if size > LARGEST_MESSAGE:
                return await self._cut(_TOO_LARGE)
            if self._is_too_fast():
                return await self._cut(_AGAINST_THE_RULES)
            # Pages send text only.
            if text is not None and self._is_from_page(text):
                return message

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        self._spent = max(0.0, self._spent - (now - self._at) * MESSAGES_A_SECOND) + 1
        self._at = now
        return self._spent > MESSAGES_AT_ONCE

    async def _cut(self, code: int) -> Message:
        """End the line for both sides."""
        with suppress(OSError, RuntimeError):  # the sender may be gone already
            await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}
