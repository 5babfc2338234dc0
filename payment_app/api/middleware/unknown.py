"""An address with nothing behind it is answered with our page, not with an empty front end."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payment_app.api.middleware.paths import GUARDED

NoPage = Callable[[Request], Response]
"""The answer to a browser that asked for a page that does not exist."""


class UnknownPages:
    """Puts the page in the place of a 404 that a person would read."""

    def __init__(self, app: ASGIApp, no_page: NoPage) -> None:
        self._app = app
        self._no_page = no_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _reads_pages(scope):
            await self._app(scope, receive, send)
            return
        missing = False

        async def watch(message: Message) -> None:
            nonlocal missing
            if message["type"] == "http.response.start" and not missing:
                kind = Headers(raw=message["headers"]).get("content-type", "")
                # What answers JSON speaks for itself.
                missing = message["status"] == 404 and kind.startswith("text/")
            if not missing:
                await send(message)

        await self._app(scope, receive, watch)
        if missing:
            await self._no_page(Request(scope, receive))(scope, receive, send)


def _reads_pages(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] in ("GET", "HEAD")
        and not scope["path"].startswith(GUARDED)
        and "text/html" in Headers(scope=scope).get("accept", "")
    )
