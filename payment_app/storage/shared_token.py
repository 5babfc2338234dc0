"""One Daraja access token for all workers, in Redis.

Redis forgets it by itself when it ends. Without Redis payments go on: each worker then fetches a
token of its own, and again when another worker's fetch has ended it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

log = structlog.get_logger("payment_app.shared_token")

_PATIENCE = 0.5
"""Seconds that Redis may take for one step: a payer waits behind it."""
_LONGEST_FETCH = 45.0
_LOST = (RedisError, OSError, TimeoutError)


class SharedToken:
    """The token of one Daraja app, kept under a name that does not tell its key."""

    def __init__(self, redis_url: str, consumer_key: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
        )
        self._name = f"payment_app:token:{sha256(consumer_key.encode()).hexdigest()[:16]}"

    async def get(self) -> tuple[str, datetime, datetime] | None:
        """(token, since, until) that a worker has put here, `None` without one or without Redis."""
        try:
            kept = await self._redis.get(self._name)
            return _read(kept) if kept else None
        except (*_LOST, ValueError, TypeError) as error:
            log.warning("shared_token_unreachable", error=type(error).__name__)
            return None

    async def put(self, token: str, since: datetime, until: datetime) -> None:
        """Keep a token until it ends."""
        kept = json.dumps([token, since.timestamp(), until.timestamp()])
        try:
            await self._redis.set(self._name, kept, ex=max(1, int((until - since).total_seconds())))
        except _LOST as error:
            log.warning("shared_token_unreachable", error=type(error).__name__)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One worker at a time; without Redis, or behind a very slow one, everybody at once."""
        lock = self._redis.lock(
            f"{self._name}:turn", timeout=_LONGEST_FETCH, blocking_timeout=_LONGEST_FETCH
        )
        held = False
        with suppress(*_LOST):
            held = await lock.acquire()
        try:
            yield
        finally:
            if held:
                with suppress(LockError, *_LOST):
                    await lock.release()

    async def close(self) -> None:
        """Give the connections back."""
        with suppress(*_LOST):
            await self._redis.aclose()


def _read(kept: bytes) -> tuple[str, datetime, datetime]:
    token, since, until = json.loads(kept)
    return str(token), datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
