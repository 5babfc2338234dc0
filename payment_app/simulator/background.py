"""Work that outlives the request which started it: bounded, and all of it ended by stop()."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

MOST_TASKS = 100_000


class Background:
    """A set of asyncio tasks. Needs a running event loop only when something is spawned."""

    def __init__(self, most: int = MOST_TASKS) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._most = most
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def open(self) -> None:
        """Takes work again after a stop()."""
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Starts `work`; None, and the work is dropped, when stopped or full."""
        if self._closed or len(self._tasks) >= self._most:
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self) -> None:
        """Waits until nothing runs any more, including what running tasks spawn meanwhile."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def cancel_all(self) -> None:
        """Asks every task to end, without waiting for it."""
        for task in self._tasks:
            task.cancel()

    async def stop(self) -> None:
        """Cancels every task, waits for its end and takes no more work."""
        self._closed = True
        tasks = set(self._tasks)
        self.cancel_all()
        await asyncio.gather(*tasks, return_exceptions=True)
