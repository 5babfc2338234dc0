"""One commit for many callers: whatever is put while one commit runs shares the next.

The counterpart of `Batched`: that one reads for many, this one writes. Each caller is answered
after the commit that holds what it put, never before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class GroupCommit(Generic[Item]):
    """Writes items together. Belongs to one event loop.

    Args:
        write: writes all of them, or raises and has written none.
        most: items of one commit at most.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[None]], most: int = 200) -> None:
        self._write = write
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> None:
        """Return once `item` is written; raises whatever its commit raised."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._waiting:
            taken = self._waiting[: self._most]
            del self._waiting[: self._most]
            error: Exception | None = None
            try:
                await self._write([item for item, _ in taken])
            except Exception as raised:
                error = raised
            for _, written in taken:
                _answer(written, error)


def _answer(written: asyncio.Future[None], error: Exception | None) -> None:
    if written.done():
        return  # the caller went away
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(error)
