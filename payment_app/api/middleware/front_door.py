"""Where `/` leads to, when it is no page of its own."""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class FrontDoor:
    """Answers `/` with a redirect."""

    def __init__(self, app: ASGIApp, leads_to: str) -> None:
        self._app = app
        self._leads_to = leads_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = scope["type"] == "http" and scope["path"] == "/"
        answer: ASGIApp = RedirectResponse(self._leads_to, 303) if here else self._app
        await answer(scope, receive, send)
