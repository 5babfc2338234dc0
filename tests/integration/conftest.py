from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.conftest import FakeClock
from tests.integration.world import World, close_world, open_world


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    """The whole app on SQLite and on PostgreSQL, with the simulator as Daraja."""
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)
