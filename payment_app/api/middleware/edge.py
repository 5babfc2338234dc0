"""The whole stack, in order."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.bodies import Bodies
from payment_app.api.middleware.front_door import FrontDoor
from payment_app.api.middleware.headers import AnswerHeaders
from payment_app.api.middleware.hosts import LocalOnly
from payment_app.api.middleware.links import LinkPage, Links
from payment_app.api.middleware.messages import IsFromPage, Messages
from payment_app.api.middleware.redirects import OwnRedirects
from payment_app.api.middleware.sockets import Sockets
from payment_app.api.middleware.staff_pages import SignedIn, StaffPages
from payment_app.api.middleware.unknown import NoPage, UnknownPages


class Edge:
    """The outermost ASGI layer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        link_page: LinkPage,
        signed_in: SignedIn,
        page_policy: str,
        no_page: NoPage | None = None,
        front_door: str | None = None,
        preloads: Mapping[str, str] | None = None,
        sockets_per_address: int | None = None,
        trusted_proxies: tuple[str, ...] = (),
        local_only: bool = False,
        is_from_page: IsFromPage = lambda _: True,
    ) -> None:
        """Args:
        link_page: answers pay and receipt links.
        signed_in: asked before a page of the console is served.
        page_policy: Content-Security-Policy of the pages.
        no_page: answers a browser at an address with nothing behind it; `None` leaves that alone.
        front_door: where `/` leads to; `None` when it is a page of its own.
        preloads: `Link` header of the pages of each kind of link.
        sockets_per_address: how many open pages one address may have, `None` for any number.
        trusted_proxies: networks whose X-Forwarded-For is believed.
        local_only: whether requests for another host than this machine are refused.
        is_from_page: whether a page sends such a text over its socket.
        """
        if no_page:
            app = UnknownPages(app, no_page)
        if front_door:
            app = FrontDoor(app, front_door)
        app = StaffPages(app, signed_in)
        app = Links(app, link_page)
        app = Bodies(app)
        app = Messages(app, is_from_page)
        if sockets_per_address is not None:
            app = Sockets(app, sockets_per_address, trusted_proxies)
        if local_only:
            app = LocalOnly(app)
        self._app = AnswerHeaders(OwnRedirects(app), page_policy, preloads or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
