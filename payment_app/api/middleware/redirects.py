"""A redirect stays on this site.

Starlette builds the address of a redirect to or from a trailing slash out of the `Host` header,
which the sender chooses: behind a cache, one visitor would send the next ones to a foreign site.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OwnRedirects:
    """Makes each `Location` an address of this site, without scheme and host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def at_home(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                headers = MutableHeaders(scope=message)
                if "location" in headers:
                    headers["location"] = own_address(headers["location"])
            await send(message)

        await self._app(scope, receive, at_home if scope["type"] == "http" else send)


def own_address(location: str) -> str:
    """Path and query of an address; `/` where they would lead elsewhere.

    `//evil.example` is a host to a browser, and so is `/\\evil.example`.
    """
    try:
        parts = urlsplit(location)
    except ValueError:
        return "/"
    path = "/" + parts.path.lstrip("/\\")
    return f"{path}?{parts.query}" if parts.query else path
