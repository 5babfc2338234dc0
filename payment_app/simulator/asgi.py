"""The little that both apps need of ASGI: their own part of the path, bounded bodies, lifespan."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send


def route_path(scope: Scope) -> str:
    """The path below the place where the app is mounted; `/` when that place itself is asked."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    below = path == root or path.startswith(f"{root}/")
    return (path[len(root) :] if below else path) or "/"


async def read_body(request: Request, most: int) -> bytes | None:
    """The request's body; None when it is longer than `most` bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return body


async def not_http(scope: Scope, receive: Receive, send: Send) -> None:
    """Agrees to a server's lifespan and closes websockets; there is nothing else to do."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
        return
    while True:
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return
