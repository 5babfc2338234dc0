"""What stands around every request, one file a job: redirects, sockets, hashed files."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Message, Receive, Scope, Send

from payment_app.api.middleware import Edge
from payment_app.api.middleware.headers import is_hashed_file
from payment_app.api.middleware.messages import LARGEST_MESSAGE
from payment_app.api.middleware.redirects import own_address
from payment_app.services.shared.pace.addresses import network_of
from tests.security.hostile_text import LIMIT, TEXTS, seconds

OLD_HASHED_FILE = re.compile(r"/assets/.+-[\w-]{8,}\.(js|css)")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/index-a1B2c3D4.js",
        "/assets/index-a-B2c3D4.js",
        "/assets/index-_-B2c3-4.css",
        "/assets/a/index-12345678.js",
        "/assets/index-1234567.js",
        "/assets/-12345678.js",
        "/assets/index-12345678.map",
        "/assets/index-12345.78.js",
        "/assets/index-123 5678.js",
        "/assets/-.js",
        "/assets/a--12345678.js",
        "/theme-12345678.css",
        "/assets/12345678.js",
    ],
)
def test_a_hashed_file_is_what_it_was(path: str) -> None:
    assert is_hashed_file(path) == bool(OLD_HASHED_FILE.fullmatch(path))


@pytest.mark.parametrize("shape", TEXTS)
def test_a_long_address_costs_nothing(shape: str) -> None:
    """The pattern that stood here before took seconds for `/assets/---…`."""
    assert seconds(lambda: is_hashed_file(f"/assets/{TEXTS[shape]}")) < LIMIT
    assert seconds(lambda: own_address(f"http://x{TEXTS[shape]}")) < LIMIT


@pytest.mark.parametrize(
    ("location", "own"),
    [
        ("/staff/login?next=/staff", "/staff/login?next=/staff"),
        ("http://evil.example/staff/?a=b", "/staff/?a=b"),
        ("https://evil.example", "/"),
        ("//evil.example/x", "/x"),
        ("///evil.example/x", "/evil.example/x"),
        ("http://host//evil.example/x", "/evil.example/x"),
        ("http://host/\\evil.example", "/evil.example"),
        ("/\\evil.example", "/evil.example"),
        ("http://[", "/"),
        ("javascript:alert(1)", "/alert(1)"),
        ("/a%2f?x=//y", "/a%2f?x=//y"),
    ],
)
def test_a_redirect_stays_on_this_site(location: str, own: str) -> None:
    assert own_address(location) == own


async def _knows(*_: str) -> bool:
    return True


async def _page(*_: object) -> PlainTextResponse:
    return PlainTextResponse("page")


def edge(app: Any, most: int | None = None, trusted: tuple[str, ...] = ()) -> Edge:
    return Edge(
        app,
        link_page=_page,
        signed_in=_knows,
        page_policy="default-src 'self'",
        sockets_per_address=most,
        trusted_proxies=trusted,
    )


async def _hello(_: Any) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def _location(app: Any, path: str) -> str:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://pay.example") as http:
        answer = await http.get(path, headers={"Host": "evil.example"})
    assert answer.is_redirect
    return answer.headers["location"]


@pytest.mark.parametrize("path", ["/folder", "/thing/", "/thing/?a=b"])
async def test_a_slash_redirect_ignores_the_host_header(path: str) -> None:
    app = Starlette(routes=[Mount("/folder", routes=[Route("/", _hello)]), Route("/thing", _hello)])
    assert (await _location(app, path)).startswith("http://evil.example/")
    assert (await _location(edge(app), path)).startswith(("/folder/", "/thing"))


class Line:
    """One websocket of the stack: what it was sent, and when it ends."""

    def __init__(self, stack: Edge, address: str, forwarded: str = "") -> None:
        self._stack = stack
        headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        self._scope: Scope = {
            "type": "websocket",
            "path": "/_event/",
            "client": (address, 1),
            "headers": headers,
        }
        self.sent: list[Message] = []

    async def call(self) -> bool:
        """Connect and hang up; whether it came through to the app."""

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            self.sent.append(message)

        await self._stack(self._scope, receive, send)
        return self.sent[0]["type"] == "websocket.accept"


def holding(stack_size: int, trusted: tuple[str, ...] = ()) -> Edge:
    """A stack whose sockets open the next one while they are open, as deep as asked."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        if "app_hook" in scope:
            await scope["app_hook"]()

    return edge(app, stack_size, trusted)


async def open_nested(stack: Edge, lines: list[Line]) -> list[bool]:
    """Each line opens while those before it are open; which of them came through."""
    through: list[bool] = []

    async def step(left: list[Line]) -> None:
        if not left:
            return
        line = left[0]
        line._scope["app_hook"] = lambda: step(left[1:])
        came = await line.call()
        through.append(came)
        if not came:
            await step(left[1:])

    await step(lines)
    return through


async def test_one_address_has_so_many_sockets_and_others_have_theirs() -> None:
    stack = holding(3)
    lines = [Line(stack, "10.0.0.1") for _ in range(5)] + [Line(stack, "10.0.0.2")]
    through = await open_nested(stack, lines)
    assert sum(through) == 4
    assert lines[3].sent == [{"type": "websocket.close", "code": 1013}]
    assert lines[5].sent[0]["type"] == "websocket.accept"
    again = await open_nested(stack, [Line(stack, "10.0.0.1") for _ in range(3)])
    assert again == [True] * 3, "what was closed counts no more"


async def test_behind_a_trusted_proxy_visitors_are_told_apart_and_a_stranger_may_not_say() -> None:
    stack = holding(2, trusted=("10.0.0.0/8",))
    behind = [Line(stack, "10.0.0.1", f"196.0.0.{n}") for n in range(4)]
    assert await open_nested(stack, behind) == [True] * 4
    stranger = [Line(stack, "41.0.0.1", f"196.0.0.{n}") for n in range(4)]
    assert sum(await open_nested(stack, stranger)) == 2


async def received(stack: Edge, *sent: str | bytes) -> tuple[list[object], list[Message]]:
    """What the app receives of these messages, and what its sender is told."""
    left = iter(
        {"type": "websocket.receive", "text" if isinstance(one, str) else "bytes": one}
        for one in sent
    )
    told: list[Message] = []

    async def receive() -> Message:
        return next(left, {"type": "websocket.disconnect", "code": 1000})

    async def send(message: Message) -> None:
        told.append(message)

    scope: Scope = {"type": "websocket", "path": "/_event/", "client": ("a", 1), "headers": []}
    await stack({**scope, "taken": (taken := list[object]())}, receive, send)
    return taken, told


async def _takes_all(scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        scope["taken"].append(message["text"])
    scope["taken"].append(message["code"])


def hearing(most: int | None = None) -> Edge:
    return Edge(
        _takes_all,
        link_page=_page,
        signed_in=_knows,
        page_policy="default-src 'self'",
        sockets_per_address=most,
        is_from_page=lambda text: text.startswith("page"),
    )


@pytest.mark.parametrize("most", [None, 5], ids=["uncounted", "counted"])
async def test_what_no_page_sends_is_dropped_and_the_line_goes_on(most: int | None) -> None:
    """Socket.IO keeps binary messages in memory until the last one, which never comes."""
    sent = ("page 1", b"x" * 30_000, b"page", "459999999-", "page 2", b"")
    assert await received(hearing(most), *sent) == (["page 1", "page 2", 1000], [])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ((b"x",) * 61, 1008),
        (("nothing",) * 61, 1008),
        (("page" + "x" * LARGEST_MESSAGE,), 1009),
        ((b"x" * (LARGEST_MESSAGE + 1),), 1009),
    ],
    ids=["binary flood", "flood", "huge", "huge binary"],
)
async def test_what_is_dropped_counts_all_the_same(sent: tuple[str | bytes], code: int) -> None:
    taken, told = await received(hearing(), *sent)
    assert taken == [code]
    assert told == [{"type": "websocket.close", "code": code}]


async def test_an_address_that_is_full_gets_a_plain_page_where_a_socket_is_needed() -> None:
    statuses: list[int] = []
    stack = edge(None, 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            transport = httpx.ASGITransport(stack, client=("10.0.0.1", 2))
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
                for path in ("/pay/x", "/staff/payments", "/api/health"):
                    answer = await http.get(path)
                    statuses.append(answer.status_code)
            return
        await PlainTextResponse("page")(scope, receive, send)

    stack = edge(app, 1)
    await Line(stack, "10.0.0.1").call()
    assert statuses == [200, 429, 200]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("196.201.214.200", "196.201.214.200"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:196.201.214.200", "196.201.214.200"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_visitor(address: str, network: str) -> None:
    assert network_of(address) == network


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def _nothing(_: Any) -> HTMLResponse:
    return HTMLResponse("<div id=root></div>", 404)


async def _no_answer(_: Any) -> JSONResponse:
    return JSONResponse({"code": "not_found"}, 404)


@pytest.mark.parametrize(
    ("path", "accept", "ours"),
    [
        ("/nothing", BROWSER, True),
        ("/nothing", {"Accept": "*/*"}, False),
        ("/data", BROWSER, False),
        ("/api/nothing", BROWSER, False),
        ("/hello", BROWSER, False),
    ],
)
async def test_a_browser_at_an_address_with_nothing_behind_it_gets_our_page(
    path: str, accept: dict[str, str], ours: bool
) -> None:
    routes = [Route("/nothing", _nothing), Route("/api/nothing", _nothing)]
    app = Starlette(routes=[*routes, Route("/data", _no_answer), Route("/hello", _hello)])
    whole = Edge(
        app,
        link_page=_page,
        no_page=lambda request: HTMLResponse(f"our page for {request.url.path}", 404),
        signed_in=_knows,
        page_policy="default-src 'self'",
    )
    transport = httpx.ASGITransport(whole)
    async with httpx.AsyncClient(transport=transport, base_url="http://pay.example") as http:
        answer = await http.get(path, headers=accept)
    assert (answer.text == f"our page for {path}") == ours
    assert answer.status_code == (200 if path == "/hello" else 404)
