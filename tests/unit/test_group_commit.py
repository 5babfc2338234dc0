"""Writing together: one commit for many, an answer only after it, and no answer taken along."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from payment_app.services.shared.pace.group_commit import GroupCommit


class Disk:
    """Commits when it is told to."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def write(self, items: Sequence[int]) -> None:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.commits.append([*items])


async def test_what_comes_while_one_commit_runs_shares_the_next() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    puts = [asyncio.create_task(group.put(0))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    puts += [asyncio.create_task(group.put(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    assert not any(put.done() for put in puts), "nobody is answered before a commit"
    disk.gate.set()
    await asyncio.gather(*puts)
    assert disk.commits == [[0], [1, 2, 3]]


async def test_a_commit_takes_no_more_than_its_most() -> None:
    disk = Disk()
    disk.gate.set()
    group = GroupCommit(disk.write, most=2)
    await asyncio.gather(*(group.put(number) for number in range(5)))
    assert [len(commit) for commit in disk.commits] == [2, 2, 1]


async def test_a_commit_that_fails_is_told_to_each_of_its_callers_and_to_no_other() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    disk.error = OSError("no room")
    disk.gate.set()
    told = await asyncio.gather(group.put(1), group.put(2), return_exceptions=True)
    assert [type(error) for error in told] == [OSError, OSError]
    disk.error = None
    await group.put(3)
    assert disk.commits == [[3]]


async def test_a_caller_that_goes_away_takes_nobody_along() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    gone, stays = asyncio.create_task(group.put(1)), asyncio.create_task(group.put(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    disk.gate.set()
    await stays
    assert disk.commits == [[1, 2]], "it was under way already"
