"""Connections to the rail: kept, given up in time, never believed when nobody asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from payment_app.daraja.wire import transport as _wire
from payment_app.daraja.wire.http import HttpPoster
from payment_app.daraja.wire.transport import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Counts the connections that it was given."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.asked = asyncio.Semaphore(0)

    async def has_been_asked(self, times: int) -> None:
        for _ in range(times):
            await self.asked.acquire()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
                self.requests.append(head + await reader.readexactly(int(length or b"0")))
                self.asked.release()
                writer.write(self.answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def serving(answer: bytes = OK) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        async with httpx.AsyncClient(
            transport=Wire(), base_url=f"http://127.0.0.1:{port}"
        ) as client:
            yield server, client
        for writer in server.writers:
            writer.close()


async def test_one_connection_serves_one_call_after_another() -> None:
    async with serving() as (server, client):
        for number in range(3):
            answer = await client.post("/a", content=b"x" * number)
            assert (answer.status_code, answer.content) == (200, b"ok")
        assert server.connections == 1
        assert server.requests[2].endswith(b"\r\n\r\nxx")


async def test_calls_at_the_same_time_have_a_connection_each() -> None:
    async with serving() as (server, client):
        answers = await asyncio.gather(*(client.get("/") for _ in range(5)))
        assert [answer.content for answer in answers] == [b"ok"] * 5
        assert server.connections == 5
        await asyncio.gather(*(client.get("/") for _ in range(5)))
        assert server.connections == 5


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_with_something_left_on_it_is_not_used_again(answer: bytes) -> None:
    async with serving(answer) as (server, client):
        for _ in range(2):
            assert (await client.get("/")).content == b"ok"
        assert server.connections == 2


async def test_an_answer_that_nobody_asked_for_answers_nothing() -> None:
    async with serving() as (server, client):
        await client.get("/")
        server.writers[0].write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        await server.writers[0].drain()
        assert (await client.get("/")).content == b"ok"
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_is_noticed_at_once() -> None:
    async with serving() as (server, client):
        await client.get("/")
        # Behind the loop's back, so that it has not told the client yet.
        server.writers[0].get_extra_info("socket").shutdown(socket.SHUT_WR)
        assert (await client.get("/")).content == b"ok"
        assert server.connections == 2


async def test_an_old_connection_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(_wire.time, "monotonic", lambda: now)
    async with serving() as (server, client):
        await client.get("/")
        now += _wire.KEPT_FOR
        await client.get("/")
        assert server.connections == 1
        now += _wire.KEPT_FOR + 0.1
        await client.get("/")
        assert server.connections == 2


async def test_more_calls_than_connections_wait_and_then_say_that_nothing_left() -> None:
    async with serving(b"") as (server, client):
        waiting = [asyncio.create_task(client.get("/")) for _ in range(_wire.MOST_CONNECTIONS)]
        await server.has_been_asked(_wire.MOST_CONNECTIONS)
        with pytest.raises(httpx.PoolTimeout):
            await client.get("/", timeout=httpx.Timeout(5, pool=0.001))
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        server.answer = OK
        assert (await client.get("/")).content == b"ok", "each gave its place back"


async def test_informational_answers_are_passed_over() -> None:
    async with serving(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK) as (_, client):
        assert (await client.get("/")).content == b"ok"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "RemoteProtocol"),
        (b"nonsense\r\n\r\n", "RemoteProtocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "RemoteProtocol"),
        (b"", "ReadTimeout"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "ReadTimeout"),
    ],
)
async def test_what_is_no_whole_answer(answer: bytes, error: str) -> None:
    async with serving(answer) as (_, client):
        with pytest.raises(httpx.TransportError) as raised:
            await client.get("/", timeout=httpx.Timeout(5, read=0.05))
        assert type(raised.value).__name__.startswith(error)


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "a..example"])
async def test_a_name_that_no_resolver_takes_sends_nothing(host: str) -> None:
    async with httpx.AsyncClient(transport=Wire()) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://{host}/")


async def test_a_header_that_would_be_two_is_not_sent() -> None:
    async with serving() as (server, client):
        with pytest.raises(httpx.LocalProtocolError):
            await client.get("/", headers={"X": "a\r\nB: c"})
        assert server.requests == []


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    async with HttpPoster() as poster:
        wire = poster._client._transport_for_url(httpx.URL("http://api.example/"))
        proxied = poster._client._transport_for_url(httpx.URL("https://api.example/"))
        at_home = poster._client._transport_for_url(httpx.URL("https://127.0.0.1/"))
    assert isinstance(wire, Wire)
    assert isinstance(at_home, Wire)
    assert not isinstance(proxied, Wire)


async def test_other_loops_are_asked_for_nothing_that_they_do_not_know() -> None:
    """uvloop's `create_connection` would raise for every call, as if the network were down."""
    assert _wire._two_families(asyncio.get_running_loop()) == {"happy_eyeballs_delay": 0.25}
    assert _wire._two_families(asyncio.AbstractEventLoop()) == {}
