"""One read for many callers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from payment_app.services.shared.pace.batching import Batched


class Shelf:
    """Something to read that can be slow, or broken."""

    def __init__(self) -> None:
        self.holds: dict[int, str] = {1: "one", 2: "two", 3: "three"}
        self.reads: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False

    async def read(self, keys: Sequence[int]) -> dict[int, str]:
        self.reads.append(list(keys))
        found = {key: self.holds[key] for key in keys if key in self.holds}
        await self.open.wait()
        if self.broken:
            raise OSError("gone")
        return found


async def test_whoever_asks_together_shares_a_read() -> None:
    shelf = Shelf()
    batched = Batched(shelf.read)
    assert await asyncio.gather(*(batched.get(key) for key in (1, 2, 1, 9))) == [
        "one",
        "two",
        "one",
        None,
    ]
    assert shelf.reads == [[1, 2, 9]]


async def test_an_answer_is_never_older_than_its_question() -> None:
    shelf = Shelf()
    shelf.open.clear()
    batched = Batched(shelf.read)
    early = asyncio.create_task(batched.get(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert shelf.reads == [[1]]
    shelf.holds[1] = "changed"
    late = asyncio.create_task(batched.get(1))
    await asyncio.sleep(0)
    shelf.open.set()
    assert await early == "one"
    assert await late == "changed"


async def test_a_read_takes_so_many_keys_at_most() -> None:
    shelf = Shelf()
    batched = Batched(shelf.read, most=2)
    assert await batched.get_all([1, 2, 3, 4]) == {1: "one", 2: "two", 3: "three"}
    assert shelf.reads == [[1, 2], [3, 4]]


async def test_a_failed_read_fails_for_those_who_asked_and_for_nobody_else() -> None:
    shelf = Shelf()
    shelf.broken = True
    batched = Batched(shelf.read)
    failed = await asyncio.gather(batched.get(1), batched.get(2), return_exceptions=True)
    assert [type(one) for one in failed] == [OSError, OSError]
    with pytest.raises(OSError, match="gone"):
        await batched.get_all([1, 2])
    shelf.broken = False
    assert await batched.get(1) == "one"


async def test_one_who_leaves_takes_no_answer_from_the_others() -> None:
    shelf = Shelf()
    shelf.open.clear()
    batched = Batched(shelf.read)
    stays, leaves = (asyncio.create_task(batched.get(1)) for _ in range(2))
    many = asyncio.create_task(batched.get_all([1, 2]))
    await asyncio.sleep(0)
    leaves.cancel()
    many.cancel()
    await asyncio.sleep(0)
    shelf.open.set()
    assert await stays == "one"
    assert leaves.cancelled()
    assert many.cancelled()
