"""A pay or receipt link is answered before anything else is loaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.paths import LINKS

LinkPage = Callable[[str, str, Request], Awaitable[Response]]
"""(`pay` or `receipt`, token, request) → its answer, which says when there is no such link."""

_METHODS: Mapping[str, tuple[str, ...]] = {
    "pay": ("GET", "HEAD", "POST"),
    "receipt": ("GET", "HEAD"),
}


class Links:
    """Answers pay and receipt links."""

    def __init__(self, app: ASGIApp, link_page: LinkPage) -> None:
        self._app = app
        self._link_page = link_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        link = LINKS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if link is None or scope["method"] not in _METHODS[link.group(1)]:
            await self._app(scope, receive, send)
            return
        answer = await self._link_page(link.group(1), link.group(2), Request(scope, receive))
        await answer(scope, receive, send)
