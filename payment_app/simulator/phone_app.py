"""The phone page's ASGI app: page, live feed, actions, `/control` and `/ledger`.

Works wherever it is mounted: every address on the page starts with the ASGI `root_path`.
Actions are POSTs and refuse what a browser sends from another site, test tool or not.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.simulator.actions import act
from payment_app.simulator.asgi import not_http, read_body, route_path
from payment_app.simulator.control import apply_control, state_of
from payment_app.simulator.fragments import View
from payment_app.simulator.page import render_page
from payment_app.simulator.settings import SimulatorError
from payment_app.simulator.wire import is_msisdn

if TYPE_CHECKING:
    from payment_app.simulator.simulator import Simulator

LARGEST_ORDER = 64 * 1024
HEARTBEAT_SECONDS = 15.0
# Many changes within this time cost one message.
GATHER_SECONDS = 0.04

_STATIC = Path(__file__).parent / "static"
_ASSETS = {
    "phone.css": "text/css",
    "phone.js": "text/javascript",
    "phone.svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def make_phone_app(simulator: Simulator) -> ASGIApp:
    """The ASGI app over one simulator."""
    return PhoneApp(simulator)


class PhoneApp:
    """Routes by hand: few paths, and the root must answer with and without a slash."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._assets = {name: (_STATIC / name).read_bytes() for name in _ASSETS}
        self._version = hashlib.sha256(b"".join(self._assets.values())).hexdigest()[:12]
        self._routes: dict[tuple[str, str], Endpoint] = {
            ("GET", "/"): self._page,
            ("GET", "/feed"): self._feed,
            ("GET", "/control"): self._read_control,
            ("POST", "/control"): self._control,
            ("GET", "/ledger"): self._ledger,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await not_http(scope, receive, send)
            return
        request = Request(scope, receive)
        response = await self._respond(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = route_path(request.scope)
        method = request.method
        if method == "POST" and not is_own_site(request):
            return _error("This can only be done from the phone page itself.", 403)
        if path.startswith("/assets/") and method == "GET":
            return self._asset(path.removeprefix("/assets/"))
        if path.startswith("/act/") and method == "POST":
            return await self._act(request, path.removeprefix("/act/"))
        endpoint = self._routes.get((method, path))
        if endpoint is not None:
            return await endpoint(request)
        known = any(path == other for _, other in self._routes) or path.startswith("/act/")
        return _error("Method not allowed.", 405) if known else _error("Not found.", 404)

    def _view(self, request: Request) -> View:
        chosen = request.query_params.get("phone", "")
        root = request.scope.get("root_path", "").rstrip("/")
        return View(self._simulator, root, chosen if is_msisdn(chosen) else None)

    async def _page(self, request: Request) -> Response:
        return Response(render_page(self._view(request), self._version), media_type="text/html")

    def _asset(self, name: str) -> Response:
        if name not in _ASSETS:
            return _error("Not found.", 404)
        # Safe to keep for long: the page asks for each version under its own address.
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(self._assets[name], media_type=_ASSETS[name], headers=headers)

    async def _feed(self, request: Request) -> Response:
        if self._simulator.watch.is_full or self._simulator.watch.closed:
            return _error("Too many open phone pages.", 503)
        stream = self._changes(self._view(request))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _changes(self, view: View) -> AsyncIterator[str]:
        """Server-Sent Events: what changed since the last one, or a heartbeat."""
        known: dict[str, str] = {}
        with self._simulator.watch.watching() as changed:
            while not self._simulator.watch.closed:
                parts = view.fragments()
                news = {name: part for name, part in parts.items() if known.get(name) != part[0]}
                known = {name: key for name, (key, _) in parts.items()}
                yield f"data: {json.dumps(news)}\n\n" if news else ": still here\n\n"
                await _next_change(changed)

    async def _act(self, request: Request, action: str) -> Response:
        """An action of the page: JSON for its script, a redirect where scripts are off."""
        wants_json = "application/json" in request.headers.get("accept", "")
        body = await read_body(request, LARGEST_ORDER)
        try:
            msisdn = act(self._simulator, action, body or b"")
        except SimulatorError as error:
            return _error(str(error), 400)
        if wants_json:
            return JSONResponse({"ok": True, "msisdn": msisdn})
        root = request.scope.get("root_path", "").rstrip("/")
        return RedirectResponse(f"{root}/?phone={msisdn}" if msisdn else f"{root}/", 303)

    async def _control(self, request: Request) -> Response:
        body = await read_body(request, LARGEST_ORDER)
        try:
            apply_control(self._simulator, _json(body))
        except SimulatorError as error:
            return _error(str(error), 400)
        return JSONResponse(state_of(self._simulator))

    async def _read_control(self, request: Request) -> Response:
        return JSONResponse(state_of(self._simulator))

    async def _ledger(self, request: Request) -> Response:
        return JSONResponse(self._simulator.ledger.as_json())


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


def _json(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError) as error:
        raise SimulatorError("The body must be a JSON object of at most 64 KiB.") from error


def _error(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status)
