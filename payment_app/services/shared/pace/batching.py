"""One read for many callers: whatever is asked while one read runs shares the next.

A burst of callbacks or fifty pages that one hint wakes ask for nearly the same rows. An answer
always comes from a read that began after it was asked for, so that nothing here can be stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Batched(Generic[Key, Value]):
    """Answers keys together. Belongs to one event loop.

    Args:
        read: gives the values of those keys that have one.
        most: keys of one read at most.
    """

    def __init__(
        self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]], most: int = 200
    ) -> None:
        self._read = read
        self._most = most
        self._asked: dict[Key, asyncio.Future[Value | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """The key's value, `None` when it has none. Raises whatever the read raised."""
        return await asyncio.shield(self._ask(key))

    async def get_all(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """The values of those keys that have one."""
        asked = {key: self._ask(key) for key in keys}
        if asked:
            # Not `gather`: it would take the answers of others along when this caller is cancelled.
            await asyncio.wait(asked.values())
        found = {key: answer.result() for key, answer in asked.items()}
        return {key: value for key, value in found.items() if value is not None}

    def _ask(self, key: Key) -> asyncio.Future[Value | None]:
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._answer())
        return answer

    async def _answer(self) -> None:
        while self._asked:
            taken = dict(list(self._asked.items())[: self._most])
            for key in taken:
                del self._asked[key]
            try:
                found = await self._read(list(taken))
            except Exception as error:
                for answer in taken.values():
                    answer.set_exception(error)
                    answer.exception()  # somebody may have stopped waiting: not "never retrieved"
            else:
                for key, answer in taken.items():
                    answer.set_result(found.get(key))
