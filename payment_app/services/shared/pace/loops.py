"""Work that repeats for as long as the app runs, each piece in a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog

log = structlog.get_logger("payment_app.loops")

LONGEST_PAUSE = 4.0
"""Seconds between tries of a quick loop that keeps failing, while the database is away."""


@dataclass(frozen=True)
class Loop:
    """One piece of background work.

    Attributes:
        name: what the log calls it.
        work: done again and again; what it returns is ignored.
        pace: seconds from the end of one run to the start of the next.
        wake: ends the pause early when it is set.
    """

    name: str
    work: Callable[[], Awaitable[object]]
    pace: float
    wake: asyncio.Event | None = None


async def repeat(loop: Loop) -> None:
    """Run a loop until it is cancelled; a failure makes its pause longer and is not the end."""
    wake = loop.wake or asyncio.Event()
    pause = loop.pace
    while True:
        wake.clear()
        try:
            await loop.work()
            pause = loop.pace
        except Exception as error:
            log.error("loop_failed", work=loop.name, error=repr(error))
            pause = min(pause * 2, max(loop.pace, LONGEST_PAUSE))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), pause)


class LoopRunner:
    """The loops of one process."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, loops: Iterable[Loop]) -> None:
        """Begin each of them; call inside the event loop that serves."""
        self._tasks += [asyncio.create_task(repeat(loop), name=loop.name) for loop in loops]

    @property
    def alive(self) -> bool:
        """They were started, and none of them has ended."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def stop(self) -> None:
        """End all of them where they stand."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
