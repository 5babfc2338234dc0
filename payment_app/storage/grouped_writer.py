"""SQLite's one writer: units of work that wait share its next commit, payments before the rest.

A commit is one wait for the disk, however much is in it. Nobody is answered before the commit that
holds their work, so that sharing one costs no durability.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from payment_app.storage.one_hop import on_thread
from payment_app.storage.transaction import Outcome, Work, run_together

T = TypeVar("T")
_Job = tuple[Work[Any], asyncio.Future[Any]]

MOST_TOGETHER = 32
"""Units of work of one commit: the first of them waits for the last."""
BACKGROUND_TOGETHER = 8
"""The same for background work, when nothing else waits; beside payments it is one a commit."""


class GroupedWriter:
    """Runs units of work on the thread of the one writing connection.

    Args:
        turn: held while a transaction is open; sessions that write take it as well.
        committed: told what changed, after each commit and before its callers.
        info: what sessions carry, see `Transaction`.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        turn: asyncio.Lock,
        committed: Callable[[set[str]], None],
        info: Mapping[str, object],
    ) -> None:
        self._engine = engine
        self._info = info
        self._turn = turn
        self._committed = committed
        self._urgent: deque[_Job] = deque()
        self._background: deque[_Job] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def run(self, work: Work[T], *, background: bool) -> T:
        """The value of `work`, once it is on disk; raises whatever it or the commit raised."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        (self._background if background else self._urgent).append((work, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        while self._urgent or self._background:
            async with self._turn:
                jobs = self._take()
                outcomes = await self._run(jobs)
            self._committed({topic for outcome in outcomes for topic in outcome.hints})
            for (_, done), outcome in zip(jobs, outcomes, strict=True):
                outcome.tell()
                _answer(done, outcome)

    def _take(self) -> list[_Job]:
        """The next jobs, without those whose caller has gone before they began."""
        jobs = _next(self._urgent, MOST_TOGETHER)
        room = 1 if jobs else BACKGROUND_TOGETHER
        return jobs + _next(self._background, room)

    async def _run(self, jobs: Sequence[_Job]) -> list[Outcome[Any]]:
        if not jobs:
            return []
        together = partial(run_together, works=[work for work, _ in jobs], info=self._info)
        try:
            async with self._engine.connect() as connection:
                return await on_thread(connection, together)
        except asyncio.CancelledError:
            for _, done in jobs:
                done.cancel()
            raise
        except BaseException as error:
            return [Outcome(None, error) for _ in jobs]


def _next(jobs: deque[_Job], most: int) -> list[_Job]:
    taken: list[_Job] = []
    while jobs and len(taken) < most:
        job = jobs.popleft()
        if not job[1].done():
            taken.append(job)
    return taken


def _answer(done: asyncio.Future[Any], outcome: Outcome[Any]) -> None:
    if done.done():
        return  # the caller went away meanwhile
    if outcome.error is None:
        done.set_result(outcome.value)
    else:
        done.set_exception(outcome.error)
