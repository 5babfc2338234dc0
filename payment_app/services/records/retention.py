"""What is kept for how long: raw callback bodies 90 days, traces of Daraja calls 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlmodel import col

from payment_app.services.shared.checkpoint import read_mark, set_mark
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, DarajaCallRecord
from payment_app.storage.types import stored_id

BODIES_KEPT = timedelta(days=90)
CALLS_KEPT = timedelta(days=30)
_BATCH = 500
_MARK = "bodies_forgotten"


async def forget_calls(database: Database, now: datetime) -> None:
    """Drop the traces of calls to Daraja that nobody will ask about any more."""
    async with database.write() as session:
        await session.execute(
            delete(DarajaCallRecord).where(col(DarajaCallRecord.at) < now - CALLS_KEPT)
        )


async def forget_bodies(database: Database, now: datetime) -> int:
    """Empty the raw bodies of settled callbacks after 90 days; how many rows were passed.

    The row and the hash of its body stay, so that a copy is still known as one. A mark remembers
    how far this came: old rows are not read again every hour.
    """
    passed = 0
    while True:
        batch = await _forget_batch(database, now - BODIES_KEPT, now)
        passed += batch
        if batch < _BATCH:
            return passed


async def _forget_batch(database: Database, until: datetime, now: datetime) -> int:
    mark = await read_mark(database, _MARK)
    after = int(mark.detail) if mark else 0
    async with database.write() as session:
        rows = await session.execute(
            select(col(CallbackInbox.inbox_id), col(CallbackInbox.received_at))
            .where(col(CallbackInbox.inbox_id) > after)
            .order_by(col(CallbackInbox.inbox_id))
            .limit(_BATCH)
        )
        old = [stored_id(inbox_id) for inbox_id, at in rows if at < until]
        if not old:
            return 0
        await session.execute(
            update(CallbackInbox)
            .where(
                col(CallbackInbox.inbox_id) > after,
                col(CallbackInbox.inbox_id) <= old[-1],
                col(CallbackInbox.received_at) < until,
                col(CallbackInbox.processed_at).is_not(None),
            )
            .values(body=b"")
            .execution_options(synchronize_session=False)
        )
    await set_mark(database, _MARK, now, str(old[-1]))
    return len(old)
