"""Who is calling: API keys, the session cookie of staff, and the caller's network address.

Dependencies are `async` although they await nothing: FastAPI runs others in a thread each. They
depend on no other: each costs a call as much as parsing its body, so the hot routes call
`app_of` and `address_of` themselves.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from payment_app.bootstrap import App
from payment_app.domain.errors import Forbidden, SignInNeeded
from payment_app.services.shared.pace.addresses import client_address
from payment_app.services.staff.member import Member


def app_of(request: Request) -> App:
    """The services of this process."""
    found: App = request.app.state.services
    return found


async def services_of(request: Request) -> App:
    """The same for routes that declare what they need."""
    return app_of(request)


Services = Annotated[App, Depends(services_of)]


def _bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def matches_any(given: str, keys: Iterable[str]) -> bool:
    """Constant-time comparison with every key, so that timing tells nothing."""
    matches = [hmac.compare_digest(given.encode(), key.encode()) for key in keys]
    return bool(given) and any(matches)


def _unauthorized() -> HTTPException:
    return HTTPException(
        401,
        "Send your API key as “Authorization: Bearer <key>”.",
        {"WWW-Authenticate": "Bearer"},
    )


async def require_key(request: Request) -> str:
    """The caller's API key, or 401."""
    given = _bearer(request)
    if not matches_any(given, app_of(request).settings.api_key_values):
        raise _unauthorized()
    return given


async def may_read_metrics(request: Request) -> None:
    """Open in simulator mode; elsewhere an API key or METRICS_TOKEN is needed."""
    settings = app_of(request).settings
    token = settings.metrics_token.get_secret_value()
    allowed = (*settings.api_key_values, *((token,) if token else ()))
    if not settings.simulated and not matches_any(_bearer(request), allowed):
        raise _unauthorized()


ApiKey = Annotated[str, Depends(require_key)]


def address_of(request: Request) -> str:
    """The address that this request comes from."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    return client_address(peer, forwarded, app_of(request).settings.trusted_proxies)


async def caller(request: Request) -> str:
    """The same for routes that declare what they need."""
    return address_of(request)


Caller = Annotated[str, Depends(caller)]


def own_origin(request: Request, services: App) -> None:
    """Refuse what the page of another site sends or links to; programs send neither header.

    Raises:
        Forbidden: `foreign_origin`.
    """
    foreign = set(request.headers.getlist("origin")) - {*services.settings.allowed_origins}
    if foreign or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Forbidden("foreign_origin", "This address serves the staff pages of this site only.")


async def signed_in(request: Request, services: Services) -> Member:
    """The member of staff whose session cookie came along, or 401."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    cookies = request.headers.get("cookie", "")
    member = await services.visitors.member(cookies, peer, forwarded)
    if member is None:
        raise SignInNeeded("sign_in_needed", "Your session is over. Sign in again.")
    return member


Signed = Annotated[Member, Depends(signed_in)]
