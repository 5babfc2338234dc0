"""Stops with open streams and sockets: orderly and prompt, whatever is still open.

The server's native part, embedded, aborted now and then at SIGTERM under an open stream; and the
app waited for ever for a test phone's feed. `STOPS` in the environment says how many starts and
stops the long forms make.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import httpx
import pytest

from tests.reliability.wire import Page
from tests.server import ROOT, Server, free_port, run_app, start_again

STOPS = int(os.environ.get("STOPS", "200"))
PROMPT = 6.0
"""Seconds within which a process must have ended on a busy machine."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def request(port: int, head: str, until: bytes = b"") -> Iterator[socket.socket]:
    """An open connection on which a request was sent and the answer seen as far as `until`."""
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    with line:
        line.sendall(f"{head}\r\nHost: localhost:{port}\r\n\r\n".encode())
        seen = b""
        while until not in seen:
            news = line.recv(65_536)
            assert news, f"hung up after {seen!r}"
            seen += news
        yield line


def feed(port: int) -> AbstractContextManager[socket.socket]:
    """A test phone's live stream, its first event received."""
    return request(port, "GET /simulator/feed HTTP/1.1", until=b"data:")


def leave_open(lines: ExitStack, port: int, rail: str) -> None:
    """Streams, an idle connection, a call that gets no answer."""
    fault = {"fault": {"operation": "token", "kind": "timeout", "seconds": 3_600}}
    answer = httpx.post(f"http://127.0.0.1:{port}/simulator/control", json=fault, timeout=10)
    assert answer.status_code == 200, answer.text
    for _ in range(4):
        lines.enter_context(feed(port))
    lines.enter_context(request(port, f"GET {rail}/oauth/v1/generate HTTP/1.1"))
    lines.enter_context(request(port, "GET /simulator/ledger HTTP/1.1", until=b'"total"'))
    time.sleep(0.05)  # for the silent call to have reached the rail


def half_a_request(port: int) -> AbstractContextManager[socket.socket]:
    """A connection whose request never ends."""
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    line.sendall(b"POST /simulator/control HTTP/1.1\r\nHost: localhost\r\n")
    return line


class TestTheSimulatorAlone:
    def stop_once(self, port: int, sign: signal.Signals) -> None:
        command = [sys.executable, "-m", "payment_app", "simulator", "--port", str(port)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            wait_for(port)
            with ExitStack() as lines:
                leave_open(lines, port, rail="")
                lines.enter_context(half_a_request(port))
                process.send_signal(sign)
                printed, _ = process.communicate(timeout=PROMPT)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 0, printed
        assert printed.splitlines()[2:] == []

    def test_ends_under_open_streams(self) -> None:
        for sign in SIGNALS:
            self.stop_once(free_port(), sign)

    @pytest.mark.slow
    @pytest.mark.timeout(3 * STOPS + 60)
    def test_again_and_again(self) -> None:
        port = free_port()  # the same each time: it must be free again at once
        for number in range(STOPS):
            self.stop_once(port, SIGNALS[number % 2])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_app(tmp_path_factory.mktemp("stops"), SIMULATOR_AUTO_COMPLETE_SECONDS="0") as running:
        yield running


class TestTheApp:
    async def stop_once(self, server: Server, sign: signal.Signals, *, group: bool) -> None:
        """Stop it under open pages; `group`: as Ctrl-C does, else as a supervisor does."""
        port = int(server.url.rpartition(":")[2])
        pages = [Page(server.booking()["pay_url"]) for _ in range(6)]
        await asyncio.gather(*(page.open() for page in pages))
        for page in pages:
            await page.until(lambda state: state.get("loaded_path"))
        with ExitStack() as lines:
            await asyncio.to_thread(leave_open, lines, port, "/simulator/daraja")
            (os.killpg if group else os.kill)(server.process.pid, sign)
            code = await asyncio.to_thread(server.process.wait, PROMPT)
        for page in pages:
            await page.close()
        assert code == 0
        printed = server.log.read_text().lower()
        assert "panic" not in printed
        assert "killing worker" not in printed

    async def test_ends_under_open_pages(self, server: Server) -> None:
        await self.stop_once(server, signal.SIGTERM, group=False)
        await asyncio.to_thread(start_again, server)

    @pytest.mark.slow
    @pytest.mark.timeout(10 * STOPS + 60)
    async def test_again_and_again(self, server: Server) -> None:
        for number in range(STOPS // 2):
            await self.stop_once(server, SIGNALS[number % 2], group=number % 4 > 1)
            await asyncio.to_thread(start_again, server)

    @pytest.mark.slow
    async def test_a_reader_that_reads_no_more_holds_it_up_for_half_a_minute_at_most(
        self, server: Server
    ) -> None:
        port = int(server.url.rpartition(":")[2])
        body = "POST /simulator/control HTTP/1.1\r\nContent-Length: 100"
        with request(port, body):
            await asyncio.sleep(0.2)
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(server.process.wait, 45)
            assert time.monotonic() - begin > 5  # it was held up, else this shows nothing
        await asyncio.to_thread(start_again, server)


def wait_for(port: int) -> None:
    """Until something listens there."""
    deadline = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "it does not listen"
        time.sleep(0.02)
