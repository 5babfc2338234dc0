"""The access token of several workers, in a real Redis, and without one."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from redis import Redis
from redis.exceptions import RedisError

from payment_app.storage.shared_token import SharedToken
from tests.conftest import missing

URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
SINCE = datetime(2026, 11, 24, 9, tzinfo=UTC)
UNTIL = SINCE + timedelta(seconds=3_540)


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[tuple[SharedToken, SharedToken]]:
    """The same Daraja app in two processes; its key is of this test only."""
    try:
        with Redis.from_url(URL) as redis:
            redis.ping()
    except RedisError:
        missing("Redis at TEST_REDIS_URL or on its usual local port")
    key = uuid.uuid4().hex
    two = SharedToken(URL, key), SharedToken(URL, key)
    yield two
    for share in two:
        await share.close()
    with Redis.from_url(URL) as redis:
        redis.delete(two[0]._name)


async def test_what_one_puts_the_other_gets(pair: tuple[SharedToken, SharedToken]) -> None:
    one, two = pair
    assert await two.get() is None
    await one.put("token-a", SINCE, UNTIL)
    assert await two.get() == ("token-a", SINCE, UNTIL)


async def test_redis_forgets_it_when_it_ends(pair: tuple[SharedToken, SharedToken]) -> None:
    one, _ = pair
    await one.put("token-a", SINCE, UNTIL)
    with Redis.from_url(URL) as redis:
        assert 3_500 < int(redis.ttl(one._name)) <= 3_540  # type: ignore[arg-type]


async def test_another_app_has_another_token(pair: tuple[SharedToken, SharedToken]) -> None:
    one, _ = pair
    await one.put("token-a", SINCE, UNTIL)
    stranger = SharedToken(URL, "another key")
    assert await stranger.get() is None
    await stranger.close()


async def test_turns_do_not_overlap(pair: tuple[SharedToken, SharedToken]) -> None:
    inside = []

    async def take(share: SharedToken) -> None:
        async with share.turn():
            inside.append("in")
            await asyncio.sleep(0.05)
            inside.append("out")

    await asyncio.gather(*(take(share) for share in pair * 2))
    assert inside == ["in", "out"] * 4


async def test_nonsense_under_the_name_is_no_token(pair: tuple[SharedToken, SharedToken]) -> None:
    one, _ = pair
    with Redis.from_url(URL) as redis:
        for nonsense in ("", "{", "[]", '["a", 1]', '["a", null, 1]'):
            redis.set(one._name, nonsense)
            assert await one.get() is None


async def test_without_redis_nothing_is_shared_and_nothing_fails() -> None:
    alone = SharedToken("redis://127.0.0.1:9", "key")
    assert await alone.get() is None
    await alone.put("token-a", SINCE, UNTIL)
    async with alone.turn():
        pass
    await alone.close()
