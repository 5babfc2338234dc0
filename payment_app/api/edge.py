"""What every request passes first: body limits, unknown pay links, and the headers of each answer.

Plain ASGI around the whole app, so that it also covers the pages and the files of the front end.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from urllib.parse import parse_qs, quote

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("payment_app.api")

LARGEST_BODY = 64 * 1024
"""Bytes; Daraja's callbacks are below 1 KiB."""
SLOWEST_BODY = 20.0
"""Seconds that a sender may take for a body."""

_GUARDED = ("/api/", "/hooks/")
_NUMBER = re.compile(r"[0-9]{1,20}")
_LINKS = re.compile(r"/(pay|receipt)/([^/]+)/?")
_STAFF = re.compile(r"/staff(/.*)?")
_STAFF_PAGE = re.compile(r"/staff(/[a-z]+)?")
_SIGN_IN = "/staff/login"
_HASHED_FILE = re.compile(r"/assets/.+-[\w-]{8,}\.(js|css)")

KnowsLink = Callable[[str, str], Awaitable[bool]]
"""(`pay` or `receipt`, token) → whether such a link exists."""

SignedIn = Callable[[str], Awaitable[bool]]
"""The Cookie header of a request → whether a member of staff is signed in with it."""


class Edge:
    """The outermost ASGI layer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        knows_link: KnowsLink,
        signed_in: SignedIn,
        page_policy: str,
        front_door: str | None = None,
        preloads: Mapping[str, str] | None = None,
    ) -> None:
        """Args:
        knows_link: asked before a pay or receipt page is served.
        signed_in: asked before a page of the console is served.
        page_policy: Content-Security-Policy of the pages.
        front_door: where `/` leads to; `None` when it is a page of its own.
        preloads: `Link` header of the pages of each kind of link.
        """
        self._preloads = preloads or {}
        self._app = app
        self._knows_link = knows_link
        self._signed_in = signed_in
        self._front_door = front_door
        self._page_policy = page_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        send = self._with_headers(path, send)
        if path.startswith(_GUARDED) and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            await self._limited(scope, receive, send)
        elif link := _LINKS.fullmatch(path):
            page = await self._look_up(*link.groups()) or self._app
            await page(scope, receive, send)
        elif _STAFF.fullmatch(path):
            page = await self._staff_page(scope) or self._app
            await page(_as_folder(scope), receive, send)
        elif path == "/" and self._front_door:
            await RedirectResponse(self._front_door, 303)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _look_up(self, kind: str, token: str) -> ASGIApp | None:
        """What to answer instead of the page of a link, `None` when the page may be served."""
        try:
            return None if await self._knows_link(kind, token) else _unknown_link(kind)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("link_not_looked_up", error=type(error).__name__)
            return _try_again_soon()

    async def _staff_page(self, scope: Scope) -> ASGIApp | None:
        """Where a visitor goes instead of a page of the console, `None` when it may be served.

        The pages hold no data: their handlers ask again. This only saves a stranger a detour.
        """
        path: str = scope["path"]
        try:
            inside = await self._signed_in(Headers(scope=scope).get("cookie", ""))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("session_not_looked_up", error=type(error).__name__)
            return _try_again_soon()
        query = scope.get("query_string", b"").decode("latin-1")
        if path.rstrip("/") == _SIGN_IN:
            return RedirectResponse(_own_address(query), 303) if inside else None
        if inside:
            return None
        here = f"{path}?{query}" if query else path
        return RedirectResponse(f"{_SIGN_IN}?next={quote(here)}", 303)

    def _with_headers(self, path: str, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set_headers(path, MutableHeaders(scope=message))
            await send(message)

        return wrapped

    def _set_headers(self, path: str, headers: MutableHeaders) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        if _HASHED_FILE.fullmatch(path):
            # A policy on a script or style does nothing but cost the payer bytes.
            headers.setdefault("Cache-Control", "public, max-age=31536000, immutable")
            return
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Content-Security-Policy", self._policy(path))
        if path.startswith((*_GUARDED, "/metrics", "/readyz")):
            headers.setdefault("Cache-Control", "no-store")
        elif headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("Cache-Control", "no-cache")
            if (link := _LINKS.fullmatch(path)) and (scripts := self._preloads.get(link.group(1))):
                headers.setdefault("Link", scripts)

    def _policy(self, path: str) -> str:
        if path == "/api/docs":
            return (
                "default-src 'none'; style-src 'unsafe-inline'; "
                "frame-ancestors 'none'; base-uri 'none'"
            )
        if path.startswith(_GUARDED):
            return "default-src 'none'; frame-ancestors 'none'"
        return self._page_policy

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body first, within size and time, then hand it on in one piece."""
        declared = Headers(scope=scope).get("content-length", "0")
        if not _NUMBER.fullmatch(declared) or int(declared) > LARGEST_BODY:
            await _too_large()(scope, receive, send)
            return
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                body = await _read(receive)
        except TimeoutError:
            await _problem(408, "too_slow", "The body took too long to arrive.")(
                scope, receive, send
            )
            return
        if body is None:
            await _too_large()(scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)


def _as_folder(scope: Scope) -> Scope:
    """A page such as `/staff/payments` lies in a folder of its own: found without a redirect."""
    path: str = scope["path"]
    if not _STAFF_PAGE.fullmatch(path):
        return scope
    return {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}


def _own_address(query: str) -> str:
    """Where `next` in a query string leads to; only ever a page of the console."""
    wanted = parse_qs(query).get("next", [""])[0]
    own = re.fullmatch(r"/staff(?:[/?].*)?", wanted) and not wanted.startswith(_SIGN_IN)
    return wanted if own else "/staff"


async def _read(receive: Receive) -> bytes | None:
    """The body, or `None` once it is larger than allowed."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # the sender went away; nobody will read an answer
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    handed_over = False

    async def replay() -> Message:
        nonlocal handed_over
        if handed_over:
            return await receive()
        handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _problem(status: int, code: str, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence, "code": code}, status)


def _too_large() -> JSONResponse:
    return _problem(413, "too_large", f"The body is larger than {LARGEST_BODY // 1024} KiB.")


def _unknown_link(kind: str) -> HTMLResponse:
    what = "payment link" if kind == "pay" else "receipt link"
    return _plain_page(
        404,
        f"This {what} does not exist",
        "No money was taken. Check that you copied the whole link, or ask the business that sent "
        "it for a new one.",
    )


def _try_again_soon() -> HTMLResponse:
    answer = _plain_page(
        503,
        "This page cannot be shown right now",
        "Opening it took no money. If you have paid already, your payment is safe. Try again in a "
        "minute.",
    )
    answer.headers["Retry-After"] = "30"
    return answer


def _plain_page(status: int, title: str, text: str) -> HTMLResponse:
    title = escape(title)
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title></head>"
        "<body><main><h1>"
        f"{title}</h1><p>{escape(text)}</p></main></body></html>",
        status,
    )


def page_policy(script_hashes: list[str], origins: tuple[str, ...]) -> str:
    """The pages' Content-Security-Policy.

    Args:
        script_hashes: `sha256-…` of the inline scripts in the built pages.
        origins: the app's own origins; older Safari does not count a websocket as 'self'.
    """
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in origins)
    scripts = " ".join(f"'{digest}'" for digest in script_hashes)
    return (
        f"default-src 'self'; script-src 'self' {scripts}; "
        "style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ).replace("  ", " ")
