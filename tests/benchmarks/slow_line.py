"""A slow line as a TCP proxy: one rate for all connections together, half a round trip each way.

The browser's own emulation delays HTTP and the handshake of a websocket, but none of its frames: it
would flatter a page that lives by its socket. Not pretended: TLS, slow start, loss.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_CHUNK = 2_920
"""Bytes; two segments of TCP."""


@dataclass
class _Way:
    """One direction: when its next byte may leave."""

    bytes_a_second: float
    delay: float
    free_at: float = 0.0
    carried: int = 0

    def arrival(self, size: int, now: float) -> float:
        """When `size` bytes that want to leave now have arrived."""
        self.carried += size
        self.free_at = max(self.free_at, now) + size / self.bytes_a_second
        return self.free_at + self.delay


class SlowLine:
    """Listens on `port` of its own and forwards to `target`, slowly."""

    def __init__(self, target: int, *, kbits: float, round_trip: float) -> None:
        """Args:
        target: a port of this machine.
        kbits: each way, a second.
        round_trip: seconds.
        """
        self._target = target
        self._round_trip = round_trip
        self._up = _Way(kbits * 125, round_trip / 2)
        self._down = _Way(kbits * 125, round_trip / 2)
        self.port = 0

    @property
    def carried(self) -> int:
        """Bytes that came down."""
        return self._down.carried

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Until `over`."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.sleep(self._round_trip)  # the handshake of TCP
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(
                self._carry(reader, there_writer, self._up),
                self._carry(there_reader, writer, self._down),
            )
        writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: _Way
    ) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(_deliver(under_way, writer))
        while data := await reader.read(_CHUNK):
            at = way.arrival(len(data), loop.time())
            under_way.put_nowait((at, data))
            # The next read waits its turn, so that connections share the line fairly.
            await asyncio.sleep(max(0.0, at - way.delay - loop.time()))
        under_way.put_nowait((0.0, b""))
        await delivery


async def _deliver(
    under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        at, data = await under_way.get()
        if not data:
            with suppress(OSError):
                writer.write_eof()
            return
        await asyncio.sleep(max(0.0, at - loop.time()))
        writer.write(data)


@contextmanager
def slow_line(target: int, *, kbits: float, round_trip: float) -> Iterator[SlowLine]:
    """A line that runs on a thread of its own until the block ends."""
    line = SlowLine(target, kbits=kbits, round_trip=round_trip)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(line.serve(ready, over),))
    thread.start()
    assert ready.wait(10)
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
