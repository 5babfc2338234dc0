"""Background work: repeated, slowed down by failures, ended by nothing but a stop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from payment_app.services.shared.pace import loops
from payment_app.services.shared.pace.loops import Loop, LoopRunner


class Work:
    """Fails as often as it was told, and says when it has run so many times."""

    def __init__(self, enough: int, failures: int = 0) -> None:
        self.runs = 0
        self.enough = enough
        self.failures = failures
        self.done = asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs == self.enough:
            self.done.set()
        if self.runs <= self.failures:
            raise OSError("the database is away")


async def run(work: Work, pace: float, wake: asyncio.Event | None = None) -> LoopRunner:
    """Start it; the runner, once the work was done often enough."""
    runner = LoopRunner()
    runner.start([Loop("work", work, pace, wake)])
    await asyncio.wait_for(work.done.wait(), 5)
    return runner


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause would have been; none is waited for."""
    seen: list[float] = []

    class Impatient:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def wait_for(self, coroutine: Any, pause: float) -> None:
            coroutine.close()
            seen.append(pause)
            await asyncio.sleep(0)

    monkeypatch.setattr(loops, "asyncio", Impatient())
    return seen


async def test_work_is_repeated_until_it_is_stopped() -> None:
    work = Work(3)
    runner = await run(work, 0.001)
    assert runner.alive
    await runner.stop()
    seen = work.runs
    await asyncio.sleep(0.02)
    assert work.runs == seen
    assert not runner.alive


async def test_a_failure_is_not_the_end_and_makes_the_pause_longer(pauses: list[float]) -> None:
    runner = await run(Work(6, failures=4), 1.0)
    await runner.stop()
    assert pauses[:5] == [2.0, 4.0, 4.0, 4.0, 1.0]


async def test_a_slow_loop_does_not_hurry_because_it_fails(pauses: list[float]) -> None:
    runner = await run(Work(4, failures=9), 3_600.0)
    await runner.stop()
    assert pauses[:3] == [3_600.0] * 3


async def test_a_wake_ends_the_pause() -> None:
    wake, work = asyncio.Event(), Work(1)
    runner = await run(work, 3_600.0, wake)
    work.enough = 2
    work.done.clear()
    wake.set()
    await asyncio.wait_for(work.done.wait(), 5)
    await runner.stop()


async def test_nothing_started_is_not_alive() -> None:
    assert not LoopRunner().alive
