"""The clock at fault: jumps of an hour and back, Nairobi's midnight, the leap day.

A jump alone settles nothing that Daraja can be asked about, and money that arrives afterwards
still counts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from payment_app.storage.tables import Payment
from tests.conftest import FakeClock
from tests.integration.kit import count
from tests.integration.world import World, close_world, open_world, success

HOUR = 3_600


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


async def work(world: World) -> None:
    """What the loops do in a second or two."""
    for _ in range(3):
        await world.runtime.reconciler.tick()
        await world.runtime.inbox.drain()


@pytest.mark.parametrize("jumps", [(HOUR,), (-HOUR,), (HOUR, -HOUR), (-HOUR, HOUR)])
async def test_after_a_jump_the_prompt_is_still_live_and_its_callback_settles_it(
    world: World, jumps: tuple[int, ...]
) -> None:
    booking = await world.booking()
    payment = await world.pushed(booking)
    for jump in jumps:
        world.clock.advance(jump)
        await work(world)
        assert (await world.payment(payment.payment_id)).status == "pending"
    assert (await world.callback(success(payment))).status_code == 200
    await work(world)
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert (await world.fresh(booking)).amount_paid == payment.amount
    assert (await count(world, Payment), len(world.pushes), await world.cases()) == (1, 1, [])


@pytest.mark.parametrize("hours", [3, 12, 20])
async def test_a_look_that_a_wrong_clock_put_off_is_made_up_for(world: World, hours: int) -> None:
    """The callback is lost: within five minutes of the right time M-Pesa is asked all the same."""
    booking = await world.booking()
    payment = await world.pushed(booking)
    world.clock.advance(hours * HOUR)
    await work(world)
    world.clock.advance(-hours * HOUR)
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(payment.phone_number, "1234")
    for _ in range(10):
        world.clock.advance(30)
        await work(world)
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert (await world.fresh(booking)).amount_paid == payment.amount


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 24, 20, 59, 55, tzinfo=UTC),  # Nairobi's midnight
        datetime(2028, 2, 28, 20, 59, 55, tzinfo=UTC),  # the leap day begins
        datetime(2028, 2, 29, 20, 59, 55, tzinfo=UTC),  # and ends
    ],
)
async def test_a_payment_across_a_change_of_date(world: World, moment: datetime) -> None:
    world.clock.now = moment
    booking = await world.booking()
    payment = await world.pushed(booking)
    world.clock.advance(10)
    world.simulator.enter_pin(payment.phone_number, "1234")
    await world.settle()
    after = await world.payment(payment.payment_id)
    assert after.status == "completed"
    assert after.payment_date is not None
    assert 0 <= (after.payment_date - moment).total_seconds() <= 11
    assert (await world.fresh(booking)).status == "paid"
