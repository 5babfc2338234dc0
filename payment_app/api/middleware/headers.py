"""The headers of each answer: what a page may load, what is kept, what is loaded first."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payment_app.api.middleware.paths import GUARDED, LINKS

_SHORTEST_HASH = 8


class AnswerHeaders:
    """Sets them where the answer does not bring its own."""

    def __init__(self, app: ASGIApp, page_policy: str, preloads: Mapping[str, str]) -> None:
        self._app = app
        self._page_policy = page_policy
        self._preloads = preloads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set(scope["path"], MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, with_headers)

    def _set(self, path: str, headers: MutableHeaders) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        if is_hashed_file(path):
            # A policy on a script or style does nothing but cost the payer bytes.
            headers.setdefault("Cache-Control", "public, max-age=31536000, immutable")
            return
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Content-Security-Policy", self._policy(path))
        if path.startswith((*GUARDED, "/metrics", "/readyz")):
            headers.setdefault("Cache-Control", "no-store")
        elif headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("Cache-Control", "no-cache")
            if (link := LINKS.fullmatch(path)) and (scripts := self._preloads.get(link.group(1))):
                headers.setdefault("Link", scripts)

    def _policy(self, path: str) -> str:
        if path == "/api/docs":
            return (
                "default-src 'none'; style-src 'unsafe-inline'; "
                "frame-ancestors 'none'; base-uri 'none'"
            )
        if path.startswith(GUARDED):
            return "default-src 'none'; frame-ancestors 'none'"
        return self._page_policy


def is_hashed_file(path: str) -> bool:
    """Whether the name of a script or style ends in a hash of its content: it never changes."""
    stem, _, kind = path.removeprefix("/assets/").rpartition(".")
    dash = stem.rfind("-", 1, len(stem) - _SHORTEST_HASH)
    digest = stem[dash + 1 :]
    return (
        path.startswith("/assets/")
        and kind in ("js", "css")
        and dash > 0
        and all(c.isalnum() or c in "_-" for c in digest)
    )


def page_policy(script_hashes: list[str], origins: tuple[str, ...]) -> str:
    """The pages' Content-Security-Policy.

    Args:
        script_hashes: `sha256-…` of the inline scripts in the built pages.
        origins: the app's own origins; older Safari does not count a websocket as 'self'.
    """
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in origins)
    scripts = " ".join(f"'{digest}'" for digest in script_hashes)
    return (
        f"default-src 'self'; script-src 'self' {scripts}; "
        "style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ).replace("  ", " ")
