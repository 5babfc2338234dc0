"""Time that jumps instead of passing, and a database without threads: a day in a second.

The loop is asyncio's own; only its clock and its waiting differ. While something outside of it is
awaited (a socket, a thread) it waits for that in real time and its clock stands still.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest import mock

from payment_app.storage import database as database_module
from payment_app.storage import one_hop

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATIENCE = 20.0
"""Real seconds that something outside may take before it counts as hanging."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` jumps to the next timer as soon as nothing is left to do."""

    def __init__(self) -> None:
        self.now = 0.0
        self.outside = 0
        """Jobs that run in threads at the moment."""
        super().__init__(_Jumping(self))
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.now

    def clock(self) -> datetime:
        """The same as a moment, UTC: the app's clock."""
        return START + timedelta(seconds=self.now)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """As ever, counted."""
        future = super().run_in_executor(executor, func, *args)
        self.outside += 1
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, _: object) -> None:
        self.outside -= 1


LEAST = 1e-7
"""Virtual seconds that each turn of the loop takes."""


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits by moving the loop's clock, unless something real is awaited."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        # Work takes time here too, if little: a rate limiter that waits for 1e-17 s would
        # otherwise wait for ever, as no float moves by so little.
        self._loop.now += LEAST
        if timeout is not None and timeout <= 0:
            return super().select(0)
        # The first entry is the loop's own pipe.
        real = self._loop.outside > 0 or len(self.get_map()) > 1
        if real or timeout is None:
            return self._wait()
        self._loop.now += timeout
        return super().select(0)

    def _wait(self) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ready = super().select(0.5)
            if ready:
                return ready
        raise RuntimeError("nothing happens any more: the app waits for what never comes")


Latency = Callable[[], float]


def no_latency() -> float:
    """Every answer at once."""
    return 0.0


def some_latency(random: Random) -> Latency:
    """Most answers at once, some late enough for other tasks to come in between."""
    return lambda: random.choice((0.0, 0.0, 0.0, 0.001, 0.02, random.random()))


@contextmanager
def sqlite_without_threads(latency: Latency = no_latency) -> Iterator[None]:
    """SQLite statements run on the spot; what `latency` says passes before the answer is seen.

    Commits need not reach the disk: in these tests processes die, machines do not.
    """

    def connect(path: str, **options: Any) -> one_hop.OneHopConnection:
        connection = one_hop.connect(path, **options)
        connection._thread = mock.Mock()
        connection._tx = _OnTheSpot(latency)
        connection.__class__ = _Mortal
        return connection

    def prepare(connection: Any, record: Any = None) -> None:
        original(connection, record)
        connection.execute("PRAGMA synchronous=OFF").close()

    original = database_module.prepare_sqlite
    with (
        mock.patch.object(database_module, "connect", connect),
        mock.patch.object(database_module, "prepare_sqlite", prepare),
    ):
        yield


class _Mortal(one_hop.OneHopConnection):
    """A connection of a process that may be killed: the kernel closes what nobody else does."""

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _OnTheSpot:
    """In place of the queue to a connection's thread."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency

    def put_nowait(self, job: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = job
        try:
            result, error = function(), None
        except Exception as raised:
            result, error = None, raised
        if future is None:
            return
        delay = self._latency()
        if delay:
            future.get_loop().call_later(delay, _answer, future, result, error)
        else:
            _answer(future, result, error)


def _answer(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
