"""The client and the poster against raw sockets on loopback, with small time-outs."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from daraja_kit import (
    ACCEPTED,
    TOKEN_ANSWER,
    Clock,
    Talk,
    config,
    encode,
    http,
    push,
    read_request,
    server,
)

from payment_app.daraja import (
    DarajaCall,
    DarajaClient,
    DarajaError,
    DeliveryFailed,
    HttpPoster,
    PushAccepted,
    PushNotSent,
    PushOutcome,
    PushRefused,
    PushUnknown,
    QueryNoAnswer,
    post_json,
)

OK = http(encode(ACCEPTED))


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def after_token(talk: Talk, pushes: list[bytes]) -> Talk:
    """Answer token requests; hand the connection to `talk` once a push has arrived whole."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            if not request.startswith(b"GET /oauth"):
                break
            writer.write(TOKEN_ANSWER)
        pushes.append(request)
        await talk(reader, writer)

    return serve


@asynccontextmanager
async def client_of(base_url: str, **changes: Any) -> AsyncIterator[DarajaClient]:
    settings = {"connect_timeout": 0.05, "read_timeout": 0.15, **changes}
    async with DarajaClient(config(base_url=base_url, **settings), clock=Clock()) as client:
        yield client


async def push_through(talk: Talk, **changes: Any) -> tuple[PushOutcome, int]:
    pushes: list[bytes] = []
    async with (
        server(after_token(talk, pushes)) as base_url,
        client_of(base_url, **changes) as client,
    ):
        outcome = await asyncio.wait_for(client.stk_push(push()), 3)
    return outcome, len(pushes)


def writes(*parts: bytes, pause: float = 0.0) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def resets_mid_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK[:-20])
    await writer.drain()
    await asyncio.sleep(0.02)
    reset(writer)


async def is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.5)


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for position in range(len(OK)):
        writer.write(OK[position : position + 1])
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_a_push_over_a_real_connection() -> None:
    assert await push_through(writes(OK)) == (
        PushAccepted(
            ACCEPTED["MerchantRequestID"],
            ACCEPTED["CheckoutRequestID"],
            ACCEPTED["CustomerMessage"],
        ),
        1,
    )


@pytest.mark.parametrize(
    "talk",
    [
        resets,
        resets_mid_body,
        is_silent,
        drips,
        writes(),
        writes(OK[:40]),
        writes(OK[:-5]),
        writes(b"\x16\x03\x01 this is not HTTP\r\n\r\n"),
        writes(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
        writes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        writes(http(b"", "302 Found", "Location: http://127.0.0.1:1/")),
        writes(http(b"", "302 Found", "Location: http://[::bad/\x7f")),
        writes(http(b"", "302 Found", "Set-Cookie: \xff=\xfe; expires=never")),
    ],
)
async def test_whatever_happens_after_sending_is_unknown_and_sent_once(talk: Talk) -> None:
    outcome, pushes = await push_through(talk)
    assert isinstance(outcome, PushUnknown), outcome
    assert pushes == 1


async def test_ten_megabytes_are_not_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"
    tracemalloc.start()
    try:
        outcome, pushes = await push_through(writes(head, *[b"x" * 65536] * 160))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, PushUnknown)
    assert pushes == 1
    assert peak < 5_000_000


async def test_an_endless_refusal_is_still_a_refusal() -> None:
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1048576\r\n\r\n"
    outcome, _ = await push_through(writes(head, *[b"x" * 65536] * 16))
    assert isinstance(outcome, PushRefused)


async def test_nobody_listens() -> None:
    async with server(writes()) as base_url:
        pass
    async with client_of(base_url) as client:
        assert isinstance(await client.stk_push(push()), PushNotSent)
        answer = await client.stk_query("ws_CO_1")
    assert isinstance(answer, QueryNoAnswer)
    assert answer.rail_down


async def test_nobody_listens_any_more_when_the_token_is_held() -> None:
    async def one_token(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(http(TOKEN_ANSWER.partition(b"\r\n\r\n")[2], "200 OK", "Connection: close"))

    calls: list[DarajaCall] = []

    async def record(call: DarajaCall) -> None:
        calls.append(call)

    async with AsyncExitStack() as stack:
        async with server(one_token) as base_url:
            client = DarajaClient(config(base_url=base_url), clock=Clock(), record=record)
            await stack.enter_async_context(client)
            await client.check_token()
        assert isinstance(await client.stk_push(push()), PushNotSent)
    assert [(call.operation, call.outcome) for call in calls] == [
        ("token", "granted"),
        ("stk_push", "not_sent"),
    ]


async def test_a_tls_handshake_with_something_else_is_not_sent() -> None:
    async with (
        server(writes(b"220 mail ready\r\n")) as base_url,
        client_of(base_url.replace("http://", "https://")) as client,
    ):
        assert isinstance(await client.stk_push(push()), PushNotSent)


async def test_connections_are_reused_and_a_closed_one_is_noticed() -> None:
    connections = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            request = await read_request(reader)
            writer.write(TOKEN_ANSWER if request.startswith(b"GET") else OK)

    async with server(twice) as base_url, client_of(base_url) as client:
        assert isinstance(await client.stk_push(push()), PushAccepted)
        await asyncio.sleep(0.05)
        assert isinstance(await client.stk_push(push()), PushAccepted)
    assert connections == 2


async def test_a_proxy_of_the_environment_does_not_get_loopback_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    outcome, _ = await push_through(writes(OK))
    assert isinstance(outcome, PushAccepted)


# --- the poster -------------------------------------------------------------------------------


async def test_the_poster_posts_bytes_and_returns_the_status() -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for status in ("200 OK", "503 Service Unavailable"):
            seen.append(await read_request(reader))
            writer.write(http(b"{}", status))

    async with server(talk) as base_url, HttpPoster() as poster:
        first = await poster(f"{base_url}/hooks/x", b'{"a":1}', {"Content-Type": "text/plain"})
        second = await poster(f"{base_url}/hooks/x", b"\xff\x00", {})
    assert (first, second) == (200, 503)
    assert seen[0].startswith(b"POST /hooks/x HTTP/1.1\r\n")
    assert b"content-type: text/plain" in seen[0].lower()
    assert seen[0].endswith(b'{"a":1}')
    assert seen[1].endswith(b"\xff\x00")


async def test_a_single_post_says_that_it_is_json_and_follows_no_redirect() -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(http(b"", "302 Found", "Location: /elsewhere"))

    async with server(talk) as base_url:
        assert await post_json(base_url, json.dumps({}).encode(), {"X-A": "b"}) == 302
    assert len(seen) == 1
    assert b"content-type: application/json" in seen[0].lower()
    assert b"x-a: b" in seen[0].lower()


@pytest.mark.parametrize("talk", [resets, is_silent, drips, writes(OK[:40])])
async def test_a_post_without_a_whole_answer_fails(talk: Talk) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await talk(reader, writer)

    async with server(serve) as base_url, HttpPoster() as poster:
        with pytest.raises(DeliveryFailed) as caught:
            await poster(f"{base_url}/hooks/secret-token", b"{}", {}, timeout=0.2)
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, DarajaError)
    assert "secret-token" not in str(caught.value)
    assert str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "nonsense", "http://[bad/", "ftp://x/"])
async def test_a_post_to_nowhere_fails(url: str) -> None:
    async with HttpPoster() as poster:
        with pytest.raises(DeliveryFailed):
            await poster(url, b"{}", {}, timeout=0.5)


async def test_urls_stay_out_of_the_http_librarys_log(caplog: pytest.LogCaptureFixture) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)

    async with server(serve) as base_url, HttpPoster() as poster:
        await poster(f"{base_url}/hooks/secret-token", b"{}", {})
    assert "secret-token" not in caplog.text
