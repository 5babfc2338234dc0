"""A Daraja that answers at once and remembers every push: under load the rail must cost nothing.

It checks nothing and never calls back by itself. A query says "still being processed" until the
tool has marked the payment as paid.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

_numbers = count(1)
_ACCEPTED = "Success. Request accepted for processing"


@dataclass
class InstantDaraja:
    """Where it listens, and the body of every push by its CheckoutRequestID."""

    url: str = ""
    pushes: dict[str, dict[str, Any]] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        """What Daraja says on `path`."""
        if path.startswith("/oauth/"):
            return {"access_token": "instant-token", "expires_in": "3599"}
        request = json.loads(body)
        if "CheckoutRequestID" in request:
            return self._queried(request["CheckoutRequestID"])
        number = next(_numbers)
        last_digits = str(request["PhoneNumber"])[-9:]
        ids = {
            "MerchantRequestID": f"29115-{number:08d}-1",
            "CheckoutRequestID": f"ws_CO_241120261200{number:09d}{last_digits}",
        }
        self.pushes[ids["CheckoutRequestID"]] = request | ids
        return ids | {
            "ResponseCode": "0",
            "ResponseDescription": _ACCEPTED,
            "CustomerMessage": _ACCEPTED,
        }

    def _queried(self, checkout_id: str) -> dict[str, Any]:
        merchant_id = self.pushes.get(checkout_id, {}).get("MerchantRequestID", "29115-0-1")
        paid = checkout_id in self.paid
        return {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successsfully",
            "MerchantRequestID": merchant_id,
            "CheckoutRequestID": checkout_id,
            "ResultCode": "0" if paid else "4999",
            "ResultDesc": "The service request is processed successfully."
            if paid
            else "The transaction is still under processing",
        }


class _Http(asyncio.Protocol):
    """As much HTTP/1.1 as a client with Content-Length bodies needs."""

    def __init__(self, daraja: InstantDaraja) -> None:
        self._daraja = daraja
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, rest = self._buffer[:end], self._buffer[end + 4 :]
            _, found, after = head.lower().partition(b"content-length:")
            length = int(after.split(b"\r\n", 1)[0]) if found else 0
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            path = head.split(b" ", 2)[1].decode()
            body = json.dumps(self._daraja.answer(path, rest[:length])).encode()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )


@asynccontextmanager
async def instant_daraja(port: int = 0) -> AsyncIterator[InstantDaraja]:
    """Serve one in this event loop."""
    daraja = InstantDaraja()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Http(daraja), "127.0.0.1", port, backlog=2_048)
    daraja.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield daraja
