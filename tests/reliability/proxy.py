"""A bad network between a browser and the app: a TCP proxy whose lines can be cut or go silent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Forwards a port of its own to `target`; the methods may be called from any thread."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._lines: set[asyncio.StreamWriter] = set()
        self._sockets: set[asyncio.StreamWriter] = set()
        self._silent: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Take connections."""
        self._thread.start()
        self._do(self._listen())

    def stop(self) -> None:
        """End for good."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Break every line, and take no new one until `mend`."""
        self._do(self._cut())

    def mend(self) -> None:
        """Take connections again."""
        self._do(self._listen())

    def go_silent(self) -> None:
        """Open websockets stay open and carry nothing any more; new lines are well.

        Idle lines of plain HTTP are closed, as a browser does itself when its network changes.
        """
        self._do(self._go_silent())

    def _do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.transport.abort()

    async def _go_silent(self) -> None:
        self._silent |= self._sockets
        for line in self._lines - self._sockets:
            line.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, there}
        self._lines |= ends
        try:
            first = await reader.read(65_536)
            if b"upgrade: websocket" in first.lower():
                self._sockets |= ends
            there.write(first)
            await asyncio.gather(self._carry(reader, there), self._carry(there_reader, writer))
        finally:
            self._lines -= ends
            self._sockets -= ends
            self._silent -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if sink not in self._silent:
                    sink.write(data)
                    await sink.drain()
        if sink not in self._silent:
            sink.transport.abort()


@contextmanager
def proxy(port: int, target: int) -> Iterator[Proxy]:
    """A running proxy."""
    running = Proxy(port, target)
    running.start()
    try:
        yield running
    finally:
        running.stop()
