"""A pay or receipt link is answered before anything else is loaded, an unknown one by saying so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.answers import plain_page, try_again_soon
from payment_app.api.middleware.paths import LINKS

log = structlog.get_logger("payment_app.api")

LinkPage = Callable[[str, str, Request], Awaitable[Response | None]]
"""(`pay` or `receipt`, token, request) → its answer, `None` when there is no such link."""

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
        answer = await self._answer(link.group(1), link.group(2), Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, kind: str, token: str, request: Request) -> Response:
        try:
            return await self._link_page(kind, token, request) or _unknown_link(kind)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("link_not_looked_up", error=type(error).__name__)
            return try_again_soon()


def _unknown_link(kind: str) -> HTMLResponse:
    what = "payment link" if kind == "pay" else "receipt link"
    return plain_page(
        404,
        f"This {what} does not exist",
        "No money was taken. Check that you copied the whole link, or ask the business that sent "
        "it for a new one.",
    )
