"""A pay or receipt link is answered before anything else is loaded."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.paths import LINKS

LinkPage = Callable[[str, str, Request], Awaitable[Response]]
"""(what is asked for, token, request) → its answer, which says when there is no such link.

Asked for is `pay`, `receipt`, `check`, or the name of one of a receipt's files.
"""

_METHODS: Mapping[str, tuple[str, ...]] = {
    "pay": ("GET", "HEAD", "POST"),
}
_READ = ("GET", "HEAD")


class Links:
    """Answers pay and receipt links."""

    def __init__(self, app: ASGIApp, link_page: LinkPage) -> None:
        self._app = app
        self._link_page = link_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        link = LINKS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        kind = _kind(link) if link else ""
        if link is None or scope["method"] not in _METHODS.get(kind, _READ):
            await self._app(scope, receive, send)
            return
        answer = await self._link_page(kind, link.group(2), Request(scope, receive))
        await answer(scope, receive, send)


def _kind(link: re.Match[str]) -> str:
    """What is asked for; only a receipt has files."""
    first, file = link.group(1), link.group(3)
    return file if file and first == "receipt" else first
