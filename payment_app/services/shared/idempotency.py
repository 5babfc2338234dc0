"""`Idempotency-Key`: the first answer again for the same key and body, for 72 hours."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlmodel import col

from payment_app.domain.errors import BadInput, Conflict
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys.tokens import hash_token
from payment_app.storage.database import Database
from payment_app.storage.dialect import insert_once, table_of
from payment_app.storage.tables import IdempotencyKey
from payment_app.storage.transaction import Transaction

KEPT = timedelta(hours=72)
ABANDONED = timedelta(minutes=2)
"""A call that has not ended by then has lost its process; the key may be used again."""

_table = table_of(IdempotencyKey)


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
        answer = {"status_code": status, "answer": json.dumps(body)}
        await self._database.transact(partial(_keep, key_hash=key_hash, answer=answer))
        return status, body

    async def forget_old(self) -> None:
        """Drop answers that are older than `KEPT`."""
        async with self._database.write() as session:
            await session.execute(
                delete(IdempotencyKey).where(col(IdempotencyKey.started_at) < self._clock() - KEPT)
            )

    async def _claim(self, key_hash: str, request_hash: str) -> tuple[int, dict[str, Any]] | None:
        row = {"key_hash": key_hash, "request_hash": request_hash, "started_at": self._clock()}
        known = await self._database.transact(partial(_claim, row=row))
        return None if known is None else (known[0], json.loads(known[1]))

    async def _forget(self, key_hash: str) -> None:
        await self._database.transact(partial(_forget, key_hash=key_hash))


def _claim(transaction: Transaction, row: dict[str, Any]) -> tuple[int, str] | None:
    """The answer under this key, `None` when the caller is the one to find it."""
    if insert_once(transaction.connection, IdempotencyKey, [row], "key_hash"):
        return None
    found = _look(transaction, row["key_hash"])
    if found is None:  # it failed and was forgotten a moment ago
        raise Conflict("in_progress", "The first call with this key has just ended.")
    if found.request_hash != row["request_hash"]:
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used with another request. Nothing was done.",
        )
    if found.answer is not None and found.status_code is not None:
        return found.status_code, found.answer
    if found.started_at + ABANDONED > row["started_at"]:
        raise Conflict("in_progress", "The first call with this key has not ended yet.")
    _keep(transaction, row["key_hash"], {"started_at": row["started_at"]})
    return None


def _look(transaction: Transaction, key_hash: str) -> Row[Any] | None:
    return transaction.execute(
        select(_table).where(_table.c.key_hash == key_hash).with_for_update()
    ).first()


def _keep(transaction: Transaction, key_hash: str, answer: dict[str, Any]) -> None:
    transaction.execute(update(_table).where(_table.c.key_hash == key_hash).values(answer))


def _forget(transaction: Transaction, key_hash: str) -> None:
    transaction.execute(delete(_table).where(_table.c.key_hash == key_hash))
