"""Simulator mode against a foreign name that leads to this machine (DNS rebinding)."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from payment_app.api.middleware import Edge
from payment_app.api.middleware.hosts import LocalOnly

OWN = (
    "localhost",
    "localhost:3000",
    "LOCALHOST:8080",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:3000",
    "127.9.9.9:1",
    "[::1]:3000",
    "[::ffff:127.0.0.1]",
    "shop.localhost:3000",
)
FOREIGN = (
    "",
    "evil.example",
    "evil.example:3000",
    "localhost.evil.example",
    "127.0.0.1.evil.example:3000",
    "evil-localhost",
    "evillocalhost",
    "localhost:3000@evil.example",
    "evil.example/localhost",
    "evil.example#.localhost",
    "localhost, evil.example",
    "localhost evil.example",
    "localhost:",
    "localhost:x",
    "localhost:3000:3000",
    "0.0.0.0:3000",
    "192.168.1.7:3000",
    "[::]",
    "[fe80::1]:3000",
    "[::1",
    "::1",
    "x" * 4_000 + ".localhost",
    "\x00localhost",
    "l\xf6calhost",
)
PLACES = ("/", "/staff", "/pay/x", "/simulator", "/simulator/daraja/oauth", "/theme.css", "/readyz")


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await PlainTextResponse("served")(scope, receive, send)


async def status(app: LocalOnly | Edge, path: str, *hosts: str) -> int:
    """How a request with these `Host` headers, byte for byte, is answered."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(b"host", host.encode("latin-1")) for host in hosts],
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("host", OWN)
async def test_names_of_this_machine_are_served(host: str) -> None:
    assert await status(LocalOnly(_app), "/", host) == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_any_other_is_refused(host: str) -> None:
    assert await status(LocalOnly(_app), "/", host) == 421


@pytest.mark.parametrize("hosts", [(), ("localhost", "evil.example"), ("localhost", "localhost")])
async def test_there_is_exactly_one(hosts: tuple[str, ...]) -> None:
    assert await status(LocalOnly(_app), "/", *hosts) == 421


@pytest.mark.parametrize("path", [*PLACES, "/api/bookings", "/hooks/stk/x"])
async def test_the_refusal_is_one_sentence_wherever_it_is_asked(path: str) -> None:
    edge = _edge(local_only=True)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(edge), base_url="http://evil.example:3000"
    ) as http:
        answer = await http.get(path)
    assert answer.status_code == 421
    assert "Nothing was done" in answer.text
    assert "evil" not in answer.text
    assert answer.headers["content-type"].startswith(
        "application/json" if path.startswith(("/api/", "/hooks/")) else "text/html"
    )


@pytest.mark.parametrize(("host", "reply"), [("localhost:3000", "accept"), ("evil.com", "close")])
async def test_a_socket_too(host: str, reply: str) -> None:
    """Its `Origin` is checked behind this; a program that rebinds names sends what it likes."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/_event/", "headers": [(b"host", host.encode())]}
    await _edge(local_only=True)(scope, receive, send)
    assert [message["type"] for message in sent] == [f"websocket.{reply}"]


async def test_a_real_installation_leaves_names_to_its_proxy() -> None:
    assert await status(_edge(local_only=False), "/readyz", "pay.example.co.ke") == 200


async def test_a_servers_own_life_goes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await LocalOnly(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def _edge(*, local_only: bool) -> Edge:
    async def nobody(*_: object) -> bool:
        return False

    async def page(*_: object) -> PlainTextResponse:
        return PlainTextResponse("page")

    return Edge(
        _app, link_page=page, signed_in=nobody, page_policy="default-src 'self'",
        local_only=local_only,
    )  # fmt: skip
