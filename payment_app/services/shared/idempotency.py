"""`Idempotency-Key`: the first answer again for the same key and body, for 72 hours."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from payment_app.domain.errors import BadInput, Conflict
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.tokens import hash_token
from payment_app.storage.database import Database
from payment_app.storage.tables import IdempotencyKey

KEPT = timedelta(hours=72)
ABANDONED = timedelta(minutes=2)
"""A call that has not ended by then has lost its process; the key may be used again."""


class Idempotency:
    """Runs work once for each key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(
        self,
        scope: str,
        key: str,
        request: str,
        work: Callable[[], Awaitable[tuple[int, dict[str, Any]]]],
    ) -> tuple[int, dict[str, Any]]:
        """(status, body) of `work`, or of its first run under this key. Failures are not kept.

        Args:
            scope: caller and route: the same key means nothing elsewhere.
            request: the body as sent; another body under the same key is refused.

        Raises:
            BadInput: `invalid_idempotency_key`.
            Conflict: `idempotency_key_reused` or `in_progress`.
        """
        if not 1 <= len(key) <= 255:
            raise BadInput("invalid_idempotency_key", "Idempotency-Key takes 1 to 255 characters.")
        key_hash = hash_token(f"{scope}|{key}")
        known = await self._claim(key_hash, hash_token(request))
        if known is not None:
            return known
        try:
            status, body = await work()
        except BaseException:
            await self._forget(key_hash)
            raise
        async with self._database.write() as session:
            row = await session.get_one(IdempotencyKey, key_hash)
            row.status_code, row.answer = status, json.dumps(body)
        return status, body

    async def forget_old(self) -> None:
        """Drop answers that are older than `KEPT`."""
        async with self._database.write() as session:
            await session.execute(
                delete(IdempotencyKey).where(col(IdempotencyKey.started_at) < self._clock() - KEPT)
            )

    async def _claim(self, key_hash: str, request_hash: str) -> tuple[int, dict[str, Any]] | None:
        now = self._clock()
        async with self._database.write() as session:
            insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
            inserted = await session.execute(
                insert(IdempotencyKey)
                .values(key_hash=key_hash, request_hash=request_hash, started_at=now)
                .on_conflict_do_nothing()
                .returning(col(IdempotencyKey.key_hash))
            )
            if inserted.first() is not None:
                return None
            row = await session.get(IdempotencyKey, key_hash, with_for_update=True)
            if row is None:  # it failed and was forgotten a moment ago
                raise Conflict("in_progress", "The first call with this key has just ended.")
            if row.request_hash != request_hash:
                raise Conflict(
                    "idempotency_key_reused",
                    "This Idempotency-Key was used with another request. Nothing was done.",
                )
            if row.answer is not None and row.status_code is not None:
                return row.status_code, json.loads(row.answer)
            if row.started_at + ABANDONED > now:
                raise Conflict("in_progress", "The first call with this key has not ended yet.")
            row.started_at = now
            return None

    async def _forget(self, key_hash: str) -> None:
        async with self._database.write() as session:
            await session.execute(
                delete(IdempotencyKey).where(col(IdempotencyKey.key_hash) == key_hash)
            )
