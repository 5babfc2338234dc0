"""The simulator's bookings: those that come with it stay apart from the operator's."""

from __future__ import annotations

from payment_app.services.demo.bookings import MOST_OWN, list_demo, seed_demo
from tests.integration.world import World


async def test_demo_bookings_stay_apart_from_the_operators(world: World) -> None:
    database = world.runtime.database
    await seed_demo(database, world.clock)
    fixed = await list_demo(database, world.clock)
    assert len(fixed) == 4
    assert all(one.fixed for one in fixed)
    for _ in range(MOST_OWN + 2):
        await world.booking()
    found = await list_demo(database, world.clock)
    assert found[:4] == fixed, "however many others there are"
    assert [one.reference for one in found[4:]] == world.references[: -MOST_OWN - 1 : -1]
    assert not any(one.fixed for one in found[4:])
