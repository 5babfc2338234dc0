"""One result for many callers, read again only after it has rested."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Shared(Generic[Value]):
    """A result that all callers of one process share: never read twice at the same time.

    Args:
        read: reads it afresh.
        rest: seconds for which a result is good at least.
        steady: a counter of seconds that only grows.
    """

    SHARE = 20
    """A result is good for this many times as long as it took to read: at most 5 % of the time is
    spent on reading, however much there is."""
    MOST = 300.0

    def __init__(
        self,
        read: Callable[[], Awaitable[Value]],
        rest: float,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._rest = rest
        self._steady = steady
        self._good_until = 0.0
        self._task: asyncio.Task[Value] | None = None

    async def get(self) -> Value:
        """The present result. A failed reading fails for all who wait for it, and is not kept."""
        task = self._task
        if task is None or (task.done() and self._steady() >= self._good_until):
            self._task = task = asyncio.create_task(self._fresh())
        # A page that is closed meanwhile must not take the result from the others.
        return await asyncio.shield(task)

    @property
    def good_for(self) -> float:
        """Seconds until the next `get` reads afresh."""
        return max(0.0, self._good_until - self._steady())

    async def _fresh(self) -> Value:
        self._good_until = began = self._steady()
        value = await self._read()
        ended = self._steady()
        self._good_until = ended + min(max(self._rest, (ended - began) * self.SHARE), self.MOST)
        return value
