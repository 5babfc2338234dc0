"""The JSON API as one FastAPI app; the Reflex app is mounted below it by the wiring."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.routing import Match

from payment_app import __version__
from payment_app.api import (
    bookings,
    callbacks,
    docs,
    health,
    order_answers,
    payments,
    refunds,
    stk,
)
from payment_app.api.errors import add_handlers, error
from payment_app.api.staff import export, import_bookings, session, statement
from payment_app.services.shared.policy import ANYONE, declares

_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_MODULES = (
    bookings,
    stk,
    callbacks,
    order_answers,
    payments,
    refunds,
    session,
    export,
    import_bookings,
    statement,
    health,
    docs,
)
_ROOMS = tuple(room.router for room in _MODULES)

_fallback = APIRouter(include_in_schema=False)
ROUTERS = (*_ROOMS, _fallback)
"""Every route that this API has, the last one for what none of the others knows."""


def create_api() -> FastAPI:
    """The API without its services: the wiring sets `api.state.services` before serving."""
    api = FastAPI(
        title="Payment app",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    add_handlers(api)
    for router in ROUTERS:
        api.include_router(router)
    api.add_middleware(callbacks.StkCallbacks)
    return api


@_fallback.api_route("/api/{rest:path}", methods=_VERBS)
@_fallback.api_route("/hooks/{rest:path}", methods=_VERBS)
@declares(ANYONE)
async def _nothing_here(rest: str, request: Request) -> JSONResponse:
    """Unknown paths answer in the error shape; a known path with another verb says which."""
    allowed: set[str] = set()
    for route in (route for room in _ROOMS for route in room.routes):
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            allowed |= getattr(route, "methods", None) or set()
    if allowed:
        verbs = ", ".join(sorted(allowed))
        return error(405, "method_not_allowed", f"This address takes {verbs}.", {"Allow": verbs})
    return error(404, "not_found", "There is no such address in this API.")
