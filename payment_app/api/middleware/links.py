"""An unknown pay or receipt link is a page that says so, before anything else is loaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.answers import plain_page, try_again_soon
from payment_app.api.middleware.paths import LINKS

log = structlog.get_logger("payment_app.api")

KnowsLink = Callable[[str, str], Awaitable[bool]]
"""(`pay` or `receipt`, token) → whether such a link exists."""


class Links:
    """Looks up the link of a pay or receipt page before the page is served."""

    def __init__(self, app: ASGIApp, knows_link: KnowsLink) -> None:
        self._app = app
        self._knows_link = knows_link

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        link = LINKS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        instead = await self._instead(link.group(1), link.group(2)) if link else None
        await (instead or self._app)(scope, receive, send)

    async def _instead(self, kind: str, token: str) -> ASGIApp | None:
        """What to answer instead of the page of a link, `None` when the page may be served."""
        try:
            return None if await self._knows_link(kind, token) else _unknown_link(kind)
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
