"""Where a visitor of the console goes who is, or is not, signed in.

The pages hold no data: their handlers ask again. This only saves a stranger a detour.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, quote

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.answers import try_again_soon
from payment_app.api.middleware.paths import is_staff

log = structlog.get_logger("payment_app.api")

_PAGE = re.compile(r"/staff(/[a-z]+)?")
_SIGN_IN = "/staff/login"

SignedIn = Callable[[str], Awaitable[bool]]
"""The Cookie header of a request → whether a member of staff is signed in with it."""


class StaffPages:
    """Asks who is signed in before a page of the console is served."""

    def __init__(self, app: ASGIApp, signed_in: SignedIn) -> None:
        self._app = app
        self._signed_in = signed_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_staff(scope["path"]):
            await self._app(scope, receive, send)
            return
        page = await self._instead(scope) or self._app
        await page(_as_folder(scope), receive, send)

    async def _instead(self, scope: Scope) -> ASGIApp | None:
        """Where a visitor goes instead of a page, `None` when it may be served."""
        path: str = scope["path"]
        try:
            inside = await self._signed_in(Headers(scope=scope).get("cookie", ""))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("session_not_looked_up", error=type(error).__name__)
            return try_again_soon()
        query = scope.get("query_string", b"").decode("latin-1")
        if path.rstrip("/") == _SIGN_IN:
            return RedirectResponse(_own_address(query), 303) if inside else None
        if inside:
            return None
        here = f"{path}?{query}" if query else path
        return RedirectResponse(f"{_SIGN_IN}?next={quote(here)}", 303)


def _as_folder(scope: Scope) -> Scope:
    """A page such as `/staff/payments` lies in a folder of its own: found without a redirect."""
    path: str = scope["path"]
    if not _PAGE.fullmatch(path):
        return scope
    return {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}


def _own_address(query: str) -> str:
    """Where `next` in a query string leads to; only ever a page of the console."""
    wanted = parse_qs(query).get("next", [""])[0]
    path = wanted.partition("?")[0]
    return wanted if is_staff(path) and not wanted.startswith(_SIGN_IN) else "/staff"
