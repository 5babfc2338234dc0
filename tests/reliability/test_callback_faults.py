"""Callbacks as a hostile or broken sender would send them, through the whole app."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from payment_app.api.middleware import bodies
from payment_app.storage.tables import CallbackInbox
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, count
from tests.integration.world import World, close_world, open_world, success

HOUR = 3_600


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


async def settled(world: World, payment: Any) -> list[str]:
    """Each change into money in the payment's history."""
    await world.runtime.inbox.drain()
    events = await world.events(payment)
    return [e.kind for e in events if e.to_status == "completed" != e.from_status]


async def test_a_thousand_equal_ones_at_once_have_one_effect(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    async with anonymous(world) as daraja:
        path = f"/hooks/stk/{world.token()}"
        answers = await asyncio.gather(*(daraja.post(path, json=body) for _ in range(1_000)))
    assert {answer.status_code for answer in answers} == {200}
    assert await settled(world, payment) == ["callback_result"]
    (row,) = await world.inbox()
    assert row.copies == 1_000


async def test_a_hundred_variants_at_once_have_one_effect(world: World) -> None:
    """The same result, each time spelt differently, so that no body equals another."""
    payment = await world.pushed(await world.booking())
    bodies = []
    for number in range(100):
        body = success(payment)
        body["Body"]["stkCallback"]["Note"] = number
        items = body["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
        items.insert(number % 5, items.pop())
        items[0]["Spare"] = None
        bodies.append(json.dumps(body, indent=number % 4 or None).encode())
    answers = await asyncio.gather(*(world.callback(body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert await settled(world, payment) == ["callback_result"]
    assert await count(world, CallbackInbox) == 100
    assert await world.cases() == []


@pytest.mark.parametrize("late", [HOUR, 30 * 24 * HOUR])
async def test_a_late_one_still_counts(world: World, late: int) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.fault("stk_query", "does_not_exist", count=None)
    for _ in range(min(late, 25 * HOUR) // 600):
        world.clock.advance(600)
        await world.runtime.reconciler.tick()
    world.clock.advance(max(0, late - 25 * HOUR))
    assert (await world.callback(success(payment))).status_code == 200
    assert await settled(world, payment) == ["callback_result"]
    assert (await world.payment(payment.payment_id)).status == "completed"


@pytest.mark.parametrize("phone", ["2547***678", "0722***", None, 254712345678, ""])
async def test_the_payers_number_masked_or_missing_does_not_matter(
    world: World, phone: object
) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    items = body["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
    next(item for item in items if item["Name"] == "PhoneNumber")["Value"] = phone
    await world.callback(body)
    assert await settled(world, payment) == ["callback_result"]
    assert await world.cases() == []


async def test_many_large_bodies_are_turned_away_without_being_kept(world: World) -> None:
    await world.pushed(await world.booking())
    large = b"x" * (bodies.LARGEST_BODY + 1)
    tracemalloc.start()
    try:
        for _ in range(200):
            assert (await world.callback(large)).status_code == 413
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024, "200 bodies of 64 KiB would be 13 MiB"
    assert await count(world, CallbackInbox) == 0


async def test_a_slow_sender_is_ended_and_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await world.pushed(await world.booking())
    monkeypatch.setattr(bodies, "SLOWEST_BODY", 0.3)

    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    async with anonymous(world) as daraja:
        path = f"/hooks/stk/{world.token()}"
        slow = asyncio.create_task(daraja.post(path, content=dripping()))
        await asyncio.sleep(0)
        assert (await world.callback(success(payment))).status_code == 200
        assert not slow.done()
        assert (await slow).status_code == 408
    assert await settled(world, payment) == ["callback_result"]
