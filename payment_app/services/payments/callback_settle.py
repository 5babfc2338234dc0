"""T5: what is in the inbox becomes evidence, row by row.

A row is read, weighed and marked done in one transaction, so that a crash after T4 leaves a row
that is taken up again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.daraja import MalformedCallback, StkCallback, parse_stk_callback
from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments.callback_evidence import note_unreadable, weigh_callback
from payment_app.services.payments.callback_store import HINT
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.metrics import CALLBACK_SECONDS, CALLBACKS
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, Payment

log = structlog.get_logger("payment_app.inbox")

PARKED_FOR = timedelta(minutes=10)
HINTS_KEPT = timedelta(days=1)
LOOK_AGAIN = timedelta(seconds=5)
_MOST_BACKOFF = timedelta(minutes=10)


class Inbox:
    """Turns stored callbacks into evidence. One per process; rows are shared."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.arrived = asyncio.Event()
        """Set after every commit of callbacks: the drain need not wait for its tick."""
        self._fresh = False

    def wake(self) -> None:
        """There is something new to settle."""
        self._fresh = True
        self.arrived.set()

    async def forget_hints(self) -> None:
        """Drop the rows of hints that were done a day ago."""
        async with self._database.write() as session:
            await session.execute(
                delete(CallbackInbox).where(
                    col(CallbackInbox.kind) == HINT,
                    col(CallbackInbox.processed_at) < self._clock() - HINTS_KEPT,
                )
            )

    async def drain(self) -> int:
        """Settle every row that is due; how many were taken up."""
        if not self._fresh and not await self._anything_due():
            return 0  # an idle tick takes no write lock
        self._fresh = False
        taken = 0
        while await self._settle_next():
            taken += 1
        return taken

    async def _anything_due(self) -> bool:
        async with self._database.read() as session:
            due = select(col(CallbackInbox.inbox_id)).where(*self._due()).limit(1)
            return (await session.execute(due)).first() is not None

    def _due(self) -> tuple[ColumnElement[bool], ...]:
        not_before = col(CallbackInbox.not_before)
        return (
            col(CallbackInbox.processed_at).is_(None),
            not_before.is_(None) | (not_before <= self._clock()),
        )

    async def _settle_next(self) -> bool:
        inbox_id: int | None = None
        try:
            async with self._database.write() as session:
                row = await self._claim(session)
                if row is None:
                    return False
                inbox_id = row.inbox_id
                await self._settle(session, row)
                reached(Step.IN_T5)
            reached(Step.AFTER_T5)
        except Exception as error:
            if inbox_id is None:
                raise
            log.exception("inbox_row_failed", inbox_id=inbox_id, error=type(error).__name__)
            await self._put_back(inbox_id)
        return True

    async def _claim(self, session: AsyncSession) -> CallbackInbox | None:
        """The oldest open row, locked; rows that another process holds are passed over.

        What came with a token goes first: strangers' bodies must not hold up results.
        """
        return (
            await session.execute(
                select(CallbackInbox)
                .where(*self._due())
                .order_by(col(CallbackInbox.payment_id).is_(None), col(CallbackInbox.inbox_id))
                .limit(1)
                .with_for_update(skip_locked=True)
            )
        ).scalar_one_or_none()

    async def _settle(self, session: AsyncSession, row: CallbackInbox) -> None:
        now = self._clock()
        try:
            callback = parse_stk_callback(row.body)
        except MalformedCallback as error:
            if row.payment_id is not None:
                await note_unreadable(session, row.payment_id, now)
            _done(row, now, f"not a callback: {error}")
            return
        if row.payment_id is None:
            await self._follow_hint(session, row, callback, now)
            return
        outcome = await weigh_callback(session, row.payment_id, callback, now)
        _done(row, now, outcome)
        CALLBACKS.labels(outcome).inc()
        CALLBACK_SECONDS.observe(max(0.0, (now - row.received_at).total_seconds()))

    async def _follow_hint(
        self, session: AsyncSession, row: CallbackInbox, callback: StkCallback, now: datetime
    ) -> None:
        if callback.checkout_request_id is None:
            _drop(row, now, "dropped: no id")
            return
        payment = (
            await session.execute(
                select(Payment)
                .where(col(Payment.checkout_request_id) == callback.checkout_request_id)
                .with_for_update(key_share=True)
            )
        ).scalar_one_or_none()
        if payment is not None and payment.status in MONEY:
            _drop(row, now, "paid already")
        elif payment is not None:
            payment.next_check_at = now
            _drop(row, now, "query follows")
        elif row.received_at + PARKED_FOR <= now:
            _drop(row, now, "dropped: no such payment")
        else:
            # Later and later, so that a thousand strangers cost little.
            row.not_before = now + max(LOOK_AGAIN, now - row.received_at)

    async def _put_back(self, inbox_id: int) -> None:
        """Try a failed row again, later and later; it is never dropped."""
        async with self._database.write() as session:
            row = await session.get_one(CallbackInbox, inbox_id)
            row.attempts += 1
            wait = min(timedelta(seconds=2.0 ** min(row.attempts, 12)), _MOST_BACKOFF)
            row.not_before = self._clock() + wait


def _done(row: CallbackInbox, at: datetime, outcome: str) -> None:
    row.processed_at = at
    row.outcome = outcome[:200]


def _drop(row: CallbackInbox, at: datetime, outcome: str) -> None:
    """A hint is done: anyone may send them, so their bodies must not fill the disk."""
    _done(row, at, outcome)
    row.body = b""
