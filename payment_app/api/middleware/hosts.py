"""Simulator mode answers under this machine's names only.

Its keys are known and its payments pretended. The page of another site whose name was made to lead
here (DNS rebinding) is this site to the browser: it could read everything, and pay.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.api.middleware.answers import plain_page, problem
from payment_app.api.middleware.paths import GUARDED
from payment_app.settings.addresses import is_loopback

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")
_SENTENCE = (
    "This is a demo whose payments are pretended. It answers at localhost and 127.0.0.1 only, and "
    "you asked for another host. Nothing was done: open it at one of these."
)
_AGAINST_THE_RULES = 1008
"""The close code of a websocket; before it is accepted its sender sees a 403."""


class LocalOnly:
    """Refuses whatever names another host than this machine, sockets included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _is_local(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the handshake, which ASGI wants read before it is refused
            await send({"type": "websocket.close", "code": _AGAINST_THE_RULES})
        else:
            await _refusal(scope["path"])(scope, receive, send)


def _is_local(scope: Scope) -> bool:
    """Exactly one `Host`, and it is this machine: browsers let no name server decide these names.

    The port is anybody's: a forwarded one is another.
    """
    named = Headers(scope=scope).getlist("host")
    found = _HOST.fullmatch(named[0]) if len(named) == 1 else None
    if found is None:
        return False
    host = found.group(1).strip("[]").lower().removesuffix(".")
    return is_loopback(host) or host.endswith(".localhost")


def _refusal(path: str) -> ASGIApp:
    if path.startswith(GUARDED):
        return problem(421, "foreign_host", _SENTENCE)
    return plain_page(421, "Not under this name", _SENTENCE)
