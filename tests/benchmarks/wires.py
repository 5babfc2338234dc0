"""An HTTP client for load: what it costs must not be what is measured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Wire:
    """One kept-alive connection; one request at a time."""

    def __init__(self, host: str, port: int, headers: str) -> None:
        self._address = (host, port)
        self._headers = headers
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, parsed body); opens the connection again once if the server closed it."""
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._address[0]}\r\n{self._headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        try:
            return await self._exchange(head.encode() + data)
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            return await self._exchange(head.encode() + data)

    async def _exchange(self, request: bytes) -> tuple[int, Any]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        _, found, after = head.lower().partition(b"content-length:")
        body = await reader.readexactly(int(after.split(b"\r\n", 1)[0]) if found else 0)
        return int(head[9:12]), json.loads(body) if body else None

    async def close(self) -> None:
        """Drop the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Wires:
    """Some connections to one server."""

    def __init__(self, base: str, key: str) -> None:
        host, _, port = base.removeprefix("http://").partition(":")
        self._make = lambda: Wire(host, int(port), f"Authorization: Bearer {key}\r\n")
        self._free: list[Wire] = []

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection that nobody else uses meanwhile."""
        wire = self._free.pop() if self._free else self._make()
        answer = await wire.call(method, path, body)
        self._free.append(wire)
        return answer

    async def must(self, method: str, path: str, body: Any = None) -> Any:
        """The body of an answer below 300; waits where it is told to."""
        for _ in range(100):
            status, answer = await self.call(method, path, body)
            if status not in (429, 503):
                break
            await asyncio.sleep(0.2)
        assert status < 300, (method, path, status, answer)
        return answer

    async def close(self) -> None:
        """Drop all connections."""
        for wire in self._free:
            await wire.close()


@asynccontextmanager
async def wires(base: str, key: str) -> AsyncIterator[Wires]:
    """Connections to `base`, closed afterwards."""
    opened = Wires(base, key)
    yield opened
    await opened.close()


async def at_once(items: Sequence[T], number: int, work: Callable[[T], Awaitable[R]]) -> list[R]:
    """`work` for every item, `number` of them at a time, answers in order."""
    waiting = iter(enumerate(items))
    answers: dict[int, R] = {}

    async def worker() -> None:
        for place, item in waiting:
            answers[place] = await work(item)

    await asyncio.gather(*(worker() for _ in range(number)))
    return [answers[place] for place in range(len(items))]
