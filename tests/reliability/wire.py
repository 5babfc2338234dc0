"""Open pages without browsers: raw clients that speak Reflex's protocol, hundreds in one process.

Socket.IO 5 over Engine.IO 4 over one websocket. As the built front end does, the CONNECT packet
carries the page's first event. The protocol is spoken with the standard library, so that a
message's time of arrival is not some client library's.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from payment_app.web.payer.pay.state import PayState
from payment_app.web.payer.receipt.state import ReceiptState

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_NAMESPACE = "/_event"
BOOT = "reflex___state____state.hydrate_and_load"
PAY_STATE = "pay_state"
RECEIPT_STATE = "receipt_state"


@dataclass
class Page:
    """One open page: its socket, what the server last told it, and when.

    Attributes:
        url: the page's whole address.
        token: the tab's name, as the browser keeps it in its session storage.
        state: every variable by its short name; later messages overwrite earlier ones.
        heard: how many messages with variables have come.
        heard_at: `time.monotonic()` of the newest of them.
        opened: how often the page has connected.
        cookie: the Cookie header of its handshake.
    """

    url: str
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: dict[str, Any] = field(default_factory=dict)
    heard: int = 0
    heard_at: float = 0.0
    opened: int = 0
    cookie: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _lines: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _reading: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """The socket is open."""
        return self._reading is not None and not self._reading.done()

    @property
    def port(self) -> int:
        """The client's own end of the socket."""
        assert self._lines is not None
        return int(self._lines[1].get_extra_info("sockname")[1])

    async def open(self, *, boot: bool = True) -> None:
        """Connect and send the first event; a page that is open is opened anew.

        Without `boot` it connects and says nothing, which no page does.

        Raises:
            OSError: the server refused or went away.
        """
        await self.close()
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        self._lines = (reader, writer)
        try:
            await _shake_hands(reader, writer, parts.netloc, self.token, self.cookie)
            await _text(reader, writer)  # Engine.IO's "open"
            hello = json.dumps({"event": self._event(BOOT, {})} if boot else {})
            await self._send(f"40{_NAMESPACE},{hello}")
        except BaseException:
            await self.close()
            raise
        self.opened += 1
        self._reading = asyncio.create_task(self._read(reader, writer))

    async def stay_open(self) -> None:
        """Connect again whenever the line is lost, as the browser does; ends by cancellation."""
        while True:
            if not self.connected:
                with suppress(OSError, EOFError, TimeoutError):
                    async with asyncio.timeout(20):
                        await self.open()
            if self._reading is not None and not self._reading.done():
                await asyncio.wait([self._reading])
            else:
                await asyncio.sleep(0.5)

    async def close(self) -> None:
        """Hang up."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
            self._reading = None
        if self._lines is not None:
            self._lines[1].close()
            with suppress(OSError):
                await self._lines[1].wait_closed()
            self._lines[1].transport.abort()  # where the server hung up first
            await asyncio.sleep(0)
            self._lines = None

    async def fire(self, handler: str, payload: Mapping[str, Any]) -> None:
        """Send an event of the page's own state, such as `pay`."""
        state = RECEIPT_STATE if "/receipt/" in self.url else PAY_STATE
        await self.call(f"{_FULL[state]}.{handler}", payload)

    async def call(self, name: str, payload: Mapping[str, Any]) -> None:
        """Send an event by the full name of its handler, whichever state it belongs to."""
        await self._send(f'42{_NAMESPACE},["event",{json.dumps(self._event(name, payload))}]')

    async def until(self, true: Callable[[dict[str, Any]], object], seconds: float = 30) -> float:
        """Wait until the page's variables satisfy `true`; the moment of the newest message."""
        try:
            async with asyncio.timeout(seconds):
                while not true(self.state):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"the page shows {self.status!r} after {seconds} s") from None
        return self.heard_at

    @property
    def status(self) -> str:
        """`data-payment-status`, as the page shows it."""
        return str(self.state.get("payment_status", "nothing"))

    @property
    def amount(self) -> str:
        """What the bill asks for, in plain digits."""
        return str(self.state.get("bill", {}).get("amount_plain", ""))

    def _event(self, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        parts = urlsplit(self.url)
        token = parts.path.rpartition("/")[2]
        route = {"pathname": parts.path, "asPath": parts.path, "query": {"token": token}}
        return {"name": name, "payload": dict(payload), "router_data": route}

    async def _send(self, packet: str) -> None:
        if self._lines is None:
            raise ConnectionError("the page is closed")
        self._lines[1].write(_frame(_TEXT, packet.encode()))
        await self._lines[1].drain()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            while True:
                packet = await _text(reader, writer)
                if packet == "2":
                    writer.write(_frame(_TEXT, b"3"))
                elif packet.startswith(f"42{_NAMESPACE},"):
                    self._take(json.loads(packet.partition(",")[2]))

    def _take(self, message: list[Any]) -> None:
        if message[0] == "new_token":
            self.token = message[1]
        delta = message[1].get("delta") if message[0] == "event" else None
        if not delta:
            return
        for variables in delta.values():
            self.state |= {name.removesuffix(_MARK): value for name, value in variables.items()}
        self.heard += 1
        self.heard_at = time.monotonic()
        self._news.set()


_MARK = "_rx_state_"
"""Reflex marks the variables of a state with this suffix."""
_FULL = {
    PAY_STATE: PayState.get_full_name(),
    RECEIPT_STATE: ReceiptState.get_full_name(),
}


async def _shake_hands(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    token: str,
    cookie: str,
) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    address = f"/_event/?EIO=4&transport=websocket&token={quote(token)}"
    writer.write(
        f"GET {address} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nAccept-Language: en\r\n"
        f"{f'Cookie: {cookie}' if cookie else 'X-No-Cookie: 1'}\r\n\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(answer.split(b"\r\n", 1)[0].decode())


async def _text(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """The next text message; websocket pings are answered on the way."""
    parts = b""
    while True:
        first, length = await reader.readexactly(2)
        if length & 0x7F == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        elif length & 0x7F == 127:
            length = int.from_bytes(await reader.readexactly(8), "big")
        body = await reader.readexactly(length)
        kind = first & 0x0F
        if kind == _CLOSE:
            raise ConnectionError("the server hung up")
        if kind == _PING:
            writer.write(_frame(_PONG, body))
        elif kind != _PONG:
            parts += body
            if first & 0x80:
                return parts.decode()


def _frame(kind: int, body: bytes) -> bytes:
    """A client's frame: masked, as the standard wants it."""
    head = bytes([0x80 | kind])
    if len(body) < 126:
        head += bytes([0x80 | len(body)])
    elif len(body) < 65_536:
        head += bytes([0x80 | 126]) + len(body).to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + len(body).to_bytes(8, "big")
    mask = os.urandom(4)
    repeated = (mask * (len(body) // 4 + 1))[: len(body)]
    masked = int.from_bytes(body, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + masked.to_bytes(len(body), "big")
