"""A trace of each call to Daraja, for the day on which somebody has to prove what was said.

A trace is support, not money: it is written with others a moment later, behind the payments, and
nobody waits for it. A process that is killed loses the traces of its last moment.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import DarajaCall
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.tables import DarajaCallRecord
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.calls")

PAUSE = 0.5
"""Seconds in which traces gather before they are written."""
MOST_WAITING = 2_000
"""Traces kept in memory while the database is away or busy; further ones are counted and lost."""
_BATCH = 200


class CallRecorder:
    """Writes calls down, as the rail's package has masked them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[dict[str, Any]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, call: DarajaCall) -> None:
        """Keep one call, soon; losing the trace of it must not lose or delay a payment."""
        if len(self._waiting) >= MOST_WAITING:
            log.error("call_not_recorded", error="too many wait")
            return
        self._waiting.append(_row(call))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Write what waits, now."""
        while self._waiting:
            rows, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            try:
                await self._database.transact(partial(_write, rows=rows), background=True)
            except (SQLAlchemyError, OSError) as error:
                log.error("call_not_recorded", error=type(error).__name__, calls=len(rows))

    async def close(self) -> None:
        """Write what waits and end."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.flush()

    async def _write_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(PAUSE)
            await self.flush()


def _row(call: DarajaCall) -> dict[str, Any]:
    return {
        "at": call.at,
        "operation": call.operation,
        "http_status": call.http_status,
        "error_code": (call.error_code or "")[:40] or None,
        "outcome": call.outcome[:60],
        "duration_ms": call.duration_ms,
        "request": json.dumps(call.request, ensure_ascii=False),
        "response": call.response,
    }


def _write(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    transaction.execute(insert(table_of(DarajaCallRecord)), list(rows))
