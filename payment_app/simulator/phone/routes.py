"""The phone page's routes: page, live feed, forms, `/control`, `/ledger` and `/statement.csv`.

Works wherever it is mounted: every address on the page starts with the ASGI `root_path`.
Forms are POSTs and refuse what a browser sends from another site, test tool or not.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payment_app.simulator.asgi import read_body
from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.mpesa.statement import statement_csv
from payment_app.simulator.mpesa.wire import is_msisdn
from payment_app.simulator.phone.control import apply_control, state_of
from payment_app.simulator.phone.forms import act
from payment_app.simulator.phone.view import View
from payment_app.simulator.settings import SANDBOX_SHORTCODE, SimulatorError

LARGEST_ORDER = 64 * 1024
HEARTBEAT_SECONDS = 15.0
# Many changes within this time cost one message.
GATHER_SECONDS = 0.04

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_AS_FILE = {"Content-Disposition": 'attachment; filename="mpesa-statement.csv"'}
_REFUSALS = {404: "Not found.", 405: "Method not allowed."}


def make_phone_app(simulator: SimulatorCore) -> ASGIApp:
    """The ASGI app over one simulator."""
    phone = _Endpoints(simulator)
    app = Starlette(
        routes=[
            Route("/", phone.page),
            Route("/feed", phone.feed),
            Route("/control", phone.read_control),
            Route("/control", phone.control, methods=["POST"]),
            Route("/ledger", phone.ledger),
            Route("/statement.csv", phone.statement),
            Route("/act/{action}", phone.act, methods=["POST"]),
            Mount("/assets", _Assets(directory=_STATIC)),
        ],
        middleware=[Middleware(_AtMount), Middleware(_Headers), Middleware(_OwnSite)],
        exception_handlers={HTTPException: _refused, SimulatorError: _wrong},
    )
    app.router.redirect_slashes = False
    return app


class _Endpoints:
    def __init__(self, simulator: SimulatorCore) -> None:
        self._simulator = simulator
        files = sorted(_STATIC.iterdir())
        content = b"".join(file.read_bytes() for file in files)
        self._version = hashlib.sha256(content).hexdigest()[:12]

    async def page(self, request: Request) -> Response:
        return HTMLResponse(self._view(request).page(self._version))

    async def feed(self, request: Request) -> Response:
        """Server-Sent Events for one page."""
        if self._simulator.watch.is_full or self._simulator.watch.closed:
            raise HTTPException(503, "Too many open phone pages.")
        stream = self._changes(self._view(request))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def act(self, request: Request) -> Response:
        """A form of the page: JSON for its script, a redirect where scripts are off."""
        body = await read_body(request, LARGEST_ORDER)
        msisdn = act(self._simulator, request.path_params["action"], body or b"")
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"ok": True, "msisdn": msisdn})
        root = _root(request)
        return RedirectResponse(f"{root}/?phone={msisdn}" if msisdn else f"{root}/", 303)

    async def control(self, request: Request) -> Response:
        order = _json(await read_body(request, LARGEST_ORDER))
        apply_control(self._simulator, order)
        return await self.read_control(request)

    async def read_control(self, request: Request) -> Response:
        return JSONResponse(state_of(self._simulator))

    async def ledger(self, request: Request) -> Response:
        return JSONResponse(self._simulator.ledger.as_json())

    async def statement(self, request: Request) -> Response:
        """What the M-Pesa portal would export for `?shortcode=`, the sandbox's own unless told."""
        shortcode = request.query_params.get("shortcode", SANDBOX_SHORTCODE)
        text = statement_csv(self._simulator.ledger, shortcode)
        return Response(text, media_type="text/csv", headers=_AS_FILE)

    def _view(self, request: Request) -> View:
        chosen = request.query_params.get("phone", "")
        return View(self._simulator, _root(request), chosen if is_msisdn(chosen) else None)

    async def _changes(self, view: View) -> AsyncIterator[str]:
        """What changed since the last event, or a heartbeat."""
        known: dict[str, str] = {}
        with self._simulator.watch.watching() as changed:
            while not self._simulator.watch.closed:
                parts = view.fragments()
                news = {name: part for name, part in parts.items() if known.get(name) != part[0]}
                known = {name: key for name, (key, _) in parts.items()}
                yield f"data: {json.dumps(news)}\n\n" if news else ": still here\n\n"
                await _next_change(changed)


class _Assets(StaticFiles):
    """Safe to keep for long: the page asks for each version under its own address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "public, max-age=86400"
        return answer


class _AtMount:
    """The place where the app is mounted answers with and without a slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == scope.get("root_path", "").rstrip("/"):
            scope = {**scope, "path": f"{scope['path']}/"}
        await self._app(scope, receive, send)


class _Headers:
    """What every answer says to browsers, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class _OwnSite:
    """Turns away what a browser sends on behalf of another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        posted = scope["type"] == "http" and scope["method"] == "POST"
        if posted and not is_own_site(Request(scope)):
            answer = _error("This can only be done from the phone page itself.", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_own_site(request: Request) -> bool:
    """False when a browser says that another site (or another port) made it send this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def _next_change(changed: asyncio.Event) -> None:
    """Waits for a change and a moment for more to gather, at most until the next heartbeat."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await changed.wait()
    except TimeoutError:
        return
    await asyncio.sleep(GATHER_SECONDS)
    changed.clear()


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root.rstrip("/")


def _json(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError) as error:
        raise SimulatorError("The body must be a JSON object of at most 64 KiB.") from error


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler's own exception
    return _error(_REFUSALS.get(error.status_code, error.detail), error.status_code)


async def _wrong(request: Request, error: Exception) -> Response:
    return _error(str(error), 400)


def _error(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status)
