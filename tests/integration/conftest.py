from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from payment_app.services.staff import passwords
from tests.conftest import FakeClock
from tests.integration.staff_world import StaffWorld
from tests.integration.world import World, close_world, open_world


@pytest.fixture(autouse=True)
def _own_checkpoints(
    _own_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Checkpoints of one test must not be held against the books of another."""
    monkeypatch.setenv("CHECKPOINT_FOLDER", str(tmp_path / "checkpoints"))


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    """The whole app on SQLite and on PostgreSQL, with the simulator as Daraja."""
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with a thousandth of the work: the tests sign in hundreds of times."""
    quick = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", PasswordHash((quick,)))
    passwords._nobodys_hash.cache_clear()


@pytest_asyncio.fixture
async def staff(
    database_url: str, clock: FakeClock, quick_hashes: None
) -> AsyncIterator[StaffWorld]:
    """Accounts and sessions, on both databases."""
    opened = StaffWorld(database_url, clock)
    yield opened
    await opened.database.close()
