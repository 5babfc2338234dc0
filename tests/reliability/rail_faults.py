"""A Daraja of faults on a real port: tokens are granted, each push gets what the test orders."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from payment_app.daraja import DarajaConfig

Fault = Callable[[asyncio.StreamWriter], Awaitable[None]]
CHECKOUT_ID = "ws_CO_24112026060000000712345678"


def accepted(code: object = "0", checkout_id: object = CHECKOUT_ID) -> dict[str, Any]:
    """Daraja's yes to a push."""
    return {
        "MerchantRequestID": "29115-34620561-1",
        "CheckoutRequestID": checkout_id,
        "ResponseCode": code,
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def answer(status: int, body: object = b"", **headers: str) -> Fault:
    """A whole HTTP answer; what is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, len(raw), **headers) + raw)
        await writer.drain()

    return talk


def shorter_than_declared(body: bytes) -> Fault:
    """The connection ends before the declared length."""

    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, len(body) + 100) + body)
        await writer.drain()

    return talk


async def reset(writer: asyncio.StreamWriter) -> None:
    """The connection is torn down without goodbye."""
    line = writer.get_extra_info("socket")
    line.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def closed(writer: asyncio.StreamWriter) -> None:
    """The connection ends before a byte of the answer."""


async def silent(writer: asyncio.StreamWriter) -> None:
    """Nothing comes."""
    await asyncio.Event().wait()


async def silent_after_the_head(writer: asyncio.StreamWriter) -> None:
    """The status comes, the body never does."""
    writer.write(_head(200, 300))
    await writer.drain()
    await asyncio.Event().wait()


async def one_byte_a_second(writer: asyncio.StreamWriter) -> None:
    """A right answer, slower than anybody waits."""
    raw = json.dumps(accepted()).encode()
    for byte in _head(200, len(raw)) + raw:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


def _head(status: int, length: int, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Some", f"Content-Length: {length}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class FaultyRail:
    """What the faulty Daraja was asked; the last of `faults` is repeated."""

    faults: list[Fault]
    port: int = 0
    pushes: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0

    def config(self) -> DarajaConfig:
        """How a client reaches it, with short time-outs."""
        return DarajaConfig(
            base_url=f"http://127.0.0.1:{self.port}",
            consumer_key="key",
            consumer_secret="secret",
            shortcode="174379",
            passkey="passkey",
            connect_timeout=0.2,
            read_timeout=0.6,
            calls_per_second=100,
        )

    @property
    def callback_token(self) -> str:
        """The token of the newest push that was seen."""
        return str(self.pushes[-1]["CallBackURL"]).rpartition("/")[2]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            await self._choose(head, body)(writer)
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            with suppress(OSError):
                await writer.wait_closed()

    def _choose(self, head: bytes, body: bytes) -> Fault:
        if b"/oauth/" in head.split(b"\r\n")[0]:
            self.tokens += 1
            return answer(200, {"access_token": f"token{self.tokens}", "expires_in": "3599"})
        self.pushes.append(json.loads(body))
        return self.faults[min(len(self.pushes), len(self.faults)) - 1]


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@asynccontextmanager
async def faulty_rail(*faults: Fault) -> AsyncIterator[FaultyRail]:
    """A running one; what still talks is cut off at the end."""
    rail = FaultyRail(list(faults))
    talks: set[asyncio.Task[None]] = set()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(rail.serve(reader, writer))
        talks.add(task)
        with suppress(asyncio.CancelledError):
            await task

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    rail.port = server.sockets[0].getsockname()[1]
    try:
        yield rail
    finally:
        server.close()
        await server.wait_closed()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
