"""More pushes at once than there is room for: refused at once, and nothing of them is left."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from payment_app.domain.errors import Unavailable
from payment_app.services.payments.checkout import _too_busy
from payment_app.services.shared.pace.backpressure import Backpressure
from payment_app.storage.tables import IdempotencyKey, Payment
from tests.integration.kit import completed, count, refused, until
from tests.integration.world import World, success


def small(most: int) -> Backpressure:
    return Backpressure(most, _too_busy)


def use(world: World, pressure: Backpressure) -> None:
    checkout = world.runtime.checkout
    checkout.pressure = checkout.sender._pressure = pressure


async def test_beyond_the_bound_a_push_is_503_with_retry_after_and_costs_nothing(
    world: World,
) -> None:
    booking = await world.booking()
    pressure = small(1)
    use(world, pressure)
    with pressure.begun():
        answer = await world.push(booking, **{"Idempotency-Key": "k"})
        refused(answer, 503, "too_busy")
        assert answer.headers["retry-after"] == "1"
    assert await count(world, Payment) == await count(world, IdempotencyKey) == 0
    assert world.pushes == []
    assert (await world.push(booking, **{"Idempotency-Key": "k"})).status_code == 200


async def test_callbacks_are_taken_whatever_is_in_hand(world: World) -> None:
    payment = await world.pushed(await world.booking())
    pressure = small(1)
    use(world, pressure)
    with pressure.begun():
        assert (await world.callback(success(payment))).status_code == 200
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_a_flood_is_served_up_to_the_bound_and_leaves_nothing_behind(world: World) -> None:
    use(world, small(5))
    bookings = [await world.booking() for _ in range(20)]
    pushes = (
        world.push(booking, phone=f"2547120000{number:02d}")
        for number, booking in enumerate(bookings)
    )
    answers = Counter(answer.status_code for answer in await asyncio.gather(*pushes))
    assert set(answers) == {200, 503}
    assert answers[200] >= 5
    assert await count(world, Payment) == len(world.pushes) == answers[200]
    await completed(world, phone="254722000000")


async def test_what_waits_for_daraja_takes_no_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, small(1))
    rail = world.runtime.checkout.sender._rail
    original, gate = rail.stk_push, asyncio.Event()

    async def slow(push: object) -> object:
        outcome = await original(push)
        await gate.wait()
        return outcome

    monkeypatch.setattr(rail, "stk_push", slow)
    booking = await world.booking()
    waiting = [asyncio.create_task(world.push(booking))]
    await until(lambda: world.pushes)
    # Its own repetition, and somebody else's: both go on while the first waits.
    waiting.append(asyncio.create_task(world.push(booking)))
    await asyncio.sleep(0.05)
    other = await world.booking()
    waiting.append(asyncio.create_task(world.push(other, phone="254722000000")))
    await asyncio.sleep(0.05)
    gate.set()
    answers = await asyncio.gather(*waiting)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(world.pushes) == 2


def test_room_comes_back_however_a_piece_of_work_ends() -> None:
    pressure = small(1)

    def fail() -> None:
        with pressure.begun():
            with pressure.elsewhere():
                pressure.check()
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fail()
    with pressure.begun(), pytest.raises(Unavailable) as told:
        pressure.check()
    assert told.value.retry_after == 1
