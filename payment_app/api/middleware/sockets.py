"""So many open pages for each address: a socket costs memory for as long as it lives.

Whoever is over the limit gets a plain page instead of one that would not come to life, and their
socket is refused before anything is made for it. The pages of links work without one.
"""

from __future__ import annotations

import time
from collections import Counter

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.answers import plain_page
from payment_app.api.middleware.paths import needs_socket
from payment_app.services.shared.pace.addresses import client_address, network_of

log = structlog.get_logger("payment_app.api")

RETRY_AFTER = 60
"""Seconds after which somebody who was refused may try again."""
_TRY_AGAIN_LATER = 1013
"""The close code of a websocket for it."""
_TELL_EVERY = 60.0


class Sockets:
    """Counts the open sockets of each address on this process."""

    def __init__(self, app: ASGIApp, most: int, trusted_proxies: tuple[str, ...]) -> None:
        self._app = app
        self._most = most
        self._trusted = trusted_proxies
        self._open: Counter[str] = Counter()
        self._told = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and needs_socket(scope["path"]) and self._is_full(scope):
            await _too_many()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = self._address(scope)
        if self._open[address] >= self._most:
            self._tell(address)
            await receive()  # the handshake, which ASGI wants read before it is refused
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
            return
        self._open[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            if self._open[address] <= 0:
                del self._open[address]

    def _is_full(self, scope: Scope) -> bool:
        return bool(self._open) and self._open[self._address(scope)] >= self._most

    def _address(self, scope: Scope) -> str:
        peer = (scope.get("client") or ("", 0))[0]
        forwarded = Headers(scope=scope).get("x-forwarded-for", "")
        return network_of(client_address(peer, forwarded, self._trusted))

    def _tell(self, address: str) -> None:
        """At most once a minute: a flood must not fill the log."""
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY:
            self._told = now
            # Behind a proxy that is not trusted all visitors share one address.
            log.warning("too_many_sockets", address=address, most=self._most)


def _too_many() -> ASGIApp:
    return plain_page(
        429,
        "Too many pages are open",
        "Too many pages are open from your network right now. Opening this one took no money. "
        "Close pages that you do not need, then try again in a minute.",
        retry_after=RETRY_AFTER,
    )
