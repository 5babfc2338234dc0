"""What the tests of the rail share: values, a scripted Daraja, and raw servers on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from payment_app.daraja import DarajaCall, DarajaClient, DarajaConfig, StkPush

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PHONE = "254712345678"
HTML_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
CALLBACK_TOKEN = "cbTok3nQ7xZ0aB9dE1fG"
CHECKOUT = "ws_CO_01032026123000123712345678"
ACCEPTED = {
    "MerchantRequestID": "2654-4b64-97ff-b827b542881d3130",
    "CheckoutRequestID": CHECKOUT,
    "ResponseCode": "0",
    "ResponseDescription": "Success. Request accepted for processing",
    "CustomerMessage": "Success. Please check your phone",
}
INVALID_TOKEN = {"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}


def config(**changes: Any) -> DarajaConfig:
    values: dict[str, Any] = {
        "base_url": "https://daraja.test",
        "consumer_key": "consumer-key-1",
        "consumer_secret": "consumer-secret-1",
        "shortcode": "174379",
        "passkey": "passkey-1",
        "calls_per_second": 1000.0,
    }
    return DarajaConfig(**{**values, **changes})


def push(**changes: Any) -> StkPush:
    values: dict[str, Any] = {
        "phone_number": PHONE,
        "amount": Decimal(5000),
        "account_reference": "BK7F2QX9",
        "description": "Storage",
        "callback_url": f"https://pay.example.co.ke/hooks/stk/{CALLBACK_TOKEN}",
    }
    return StkPush(**{**values, **changes})


def error(code: object, message: object = "") -> dict[str, object]:
    return {"requestId": "1c5b-4ba8-815c-ac45c57a3db0", "errorCode": code, "errorMessage": message}


def fault(code: str, text: str) -> dict[str, object]:
    return {"fault": {"faultstring": text, "detail": {"errorcode": code}}}


def encode(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


Answer = tuple[int, object] | Exception
Step = Answer | Callable[[httpx.Request], Awaitable[Answer]]


@dataclass
class FakeDaraja:
    """Answers each path from a script; the last step of a script repeats.

    Tokens are handed out as token-1, token-2, … unless `tokens` is scripted.
    """

    answers: list[Step] = field(default_factory=list)
    tokens: list[Step] = field(default_factory=list)
    seen: list[httpx.Request] = field(default_factory=list)
    token_calls: int = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        if request.url.path.endswith("/oauth/v1/generate"):
            self.token_calls += 1
            granted = {"access_token": f"token-{self.token_calls}", "expires_in": "3599"}
            return await self._play(self.tokens, request, (200, granted), self.token_calls)
        self.seen.append(request)
        return await self._play(self.answers, request, (200, ACCEPTED), len(self.seen))

    async def _play(
        self, script: list[Step], request: httpx.Request, default: Answer, number: int
    ) -> httpx.Response:
        step: Step = script[min(number, len(script)) - 1] if script else default
        answer = await step(request) if callable(step) else step
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return httpx.Response(status, content=encode(body))

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.seen]

    @property
    def used_tokens(self) -> list[str]:
        return [request.headers["Authorization"].removeprefix("Bearer ") for request in self.seen]


@dataclass
class Rig:
    """A client in front of a fake Daraja, with everything it recorded."""

    daraja: FakeDaraja
    client: DarajaClient
    clock: Clock
    calls: list[DarajaCall]


@asynccontextmanager
async def rig(
    *answers: Step, tokens: list[Step] | None = None, **changes: Any
) -> AsyncIterator[Rig]:
    daraja, clock, calls = FakeDaraja(list(answers), tokens or []), Clock(), []

    async def record(call: DarajaCall) -> None:
        calls.append(call)

    transport = httpx.MockTransport(daraja)
    client = DarajaClient(config(**changes), clock=clock, transport=transport, record=record)
    async with client:
        yield Rig(daraja, client, clock, calls)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    """A raw TCP server on loopback; yields its base URL and ends its talks on leaving."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            running.discard(task)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await listener.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One whole HTTP request: head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    return head + await reader.readexactly(length)


def http(body: bytes, status: str = "200 OK", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


TOKEN_ANSWER = http(b'{"access_token":"loopback-token","expires_in":3599}')
