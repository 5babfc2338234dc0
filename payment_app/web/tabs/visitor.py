"""Who stands behind an event: what the socket's handshake and the page's address say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext

from payment_app.services.staff.sessions import token_of
from payment_app.web.services import services

_LINK = re.compile(r"/(?:pay|receipt)/[^/]+")


@dataclass(frozen=True)
class Visitor:
    """One socket.

    Attributes:
        socket: its name on the server, never told to anybody else.
        session: the session token in its cookie, "" for none.
    """

    socket: str
    session: str

    def takes_over_from(self, former: Visitor | None) -> bool:
        """Whether this visitor may go on with a state that another socket left behind.

        Only where neither is signed in: what staff see ends with their socket.
        """
        return former is not None and not former.session and not self.session


def visitor_of(token: str) -> Visitor | None:
    """Whoever caused the present event of a tab; `None` for work of our own."""
    try:
        context = EventContext.get()
    except LookupError:
        return None
    return _read(context.router_data) if context.token == token else None


def _read(router_data: Mapping[str, Any]) -> Visitor | None:
    socket = router_data.get(RouteVar.SESSION_ID)
    if not socket:
        return None
    cookies = router_data.get(RouteVar.HEADERS, {}).get("cookie", "")
    return Visitor(socket, token_of(cookies, services().settings))


def link_of(router_data: Mapping[str, Any]) -> str:
    """The pay or receipt link that the open page's address is, "" for another page."""
    path = urlsplit(str(router_data.get(RouteVar.ORIGIN, ""))).path.rstrip("/")
    return path if _LINK.fullmatch(path) else ""
