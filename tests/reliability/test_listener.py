"""The LISTEN connection of a worker: made again after every kind of loss, and its pages woken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest

from payment_app.live import postgres
from payment_app.live.hub import Hub
from payment_app.live.postgres import CHANNEL, listen
from tests.reliability.services import OwnPostgresql, own_postgresql

TOPIC = "booking:7"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgresql]:
    with own_postgresql() as running:
        yield running


async def test_a_hint_of_another_process_wakes_the_pages_of_its_topic_only(
    server: OwnPostgresql,
) -> None:
    hub = Hub()
    async with _listening(server.url, hub) as hint:
        with hub.subscribe("booking:8") as other:
            await _notify(server, TOPIC)
            await _woken(hint)
            assert not other.is_set()


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_after_a_restart_every_page_is_woken_and_hints_come_again(
    server: OwnPostgresql, how: str
) -> None:
    async with _listening(server.url, Hub()) as hint:
        await asyncio.to_thread(getattr(server, how))
        assert not hint.is_set()
        await asyncio.to_thread(server.start)
        await _woken(hint)
        await _notify(server, TOPIC)
        await _woken(hint)


async def test_a_connection_that_died_without_a_word_is_found(
    server: OwnPostgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_ANSWER_WITHIN", 0.2)
    async with _Hole(server.port) as hole, _listening(hole.url, Hub(), check_every=0.2) as hint:
        await _notify(server, TOPIC)
        await _woken(hint)
        hole.swallow_what_is_open()
        await _woken(hint)
        assert hole.connections == 2
        await _notify(server, TOPIC)
        await _woken(hint)


async def test_no_hint_is_lost_while_the_connection_is_checked(server: OwnPostgresql) -> None:
    hub = _NotingHub()
    topics = {f"booking:{number}" for number in range(100, 400)}
    async with _listening(server.url, hub, check_every=0.001):
        for topic in sorted(topics):
            await _notify(server, topic)
        async with asyncio.timeout(10):
            while not hub.noted >= topics:
                hub.news.clear()
                await hub.news.wait()


class _NotingHub(Hub):
    """Remembers every hint."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[str] = set()
        self.news = asyncio.Event()

    def notify(self, topic: str) -> int:
        """Wake everyone who watches `topic`."""
        self.noted.add(topic)
        self.news.set()
        return super().notify(topic)


@asynccontextmanager
async def _listening(
    url: str, hub: Hub, check_every: float = postgres.CHECK_EVERY
) -> AsyncIterator[asyncio.Event]:
    """A listener that is connected, and what one page waits for."""
    with hub.subscribe(TOPIC) as hint:
        task = asyncio.create_task(listen(url, hub, check_every=check_every))
        try:
            await _woken(hint)
            yield hint
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _woken(hint: asyncio.Event) -> None:
    await asyncio.wait_for(hint.wait(), 10)
    hint.clear()


async def _notify(server: OwnPostgresql, topic: str) -> None:
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, topic))


class _Hole:
    """A way to PostgreSQL that can swallow everything and yet stay open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many have come this way."""
        return len(self._open)

    @property
    def url(self) -> str:
        """The database behind it."""
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def swallow_what_is_open(self) -> None:
        """From now on the open connections carry nothing; new ones work."""
        for swallowing in self._open:
            swallowing.set()

    async def __aenter__(self) -> _Hole:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        swallowing = asyncio.Event()
        self._open.append(swallowing)
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        for source, sink in ((reader, back), (there, writer)):
            self._tasks.add(asyncio.create_task(_carry(source, sink, swallowing)))


async def _carry(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, swallowing: asyncio.Event
) -> None:
    try:
        with suppress(OSError):
            while data := await source.read(65_536):
                if not swallowing.is_set():
                    sink.write(data)
                    await sink.drain()
    finally:
        sink.close()
