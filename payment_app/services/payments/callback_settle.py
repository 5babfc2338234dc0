"""T5: what is in the inbox becomes evidence, many rows in one transaction.

Rows are read, weighed and marked done together, so that a crash after T4 leaves rows that are taken
up again. One that cannot be settled falls out alone: then each row of its group is tried by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from payment_app.daraja import MalformedCallback, StkCallback, parse_stk_callback
from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments import settlement
from payment_app.services.payments.callback_evidence import note_unreadable, weigh_callback
from payment_app.services.payments.callback_seal import is_ours
from payment_app.services.payments.callback_store import HINT
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.metrics import CALLBACK_SECONDS, CALLBACKS
from payment_app.services.shared.seals import CALLBACK, Keyring, columns, keyring_of
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, Payment
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.inbox")

PARKED_FOR = timedelta(minutes=10)
HINTS_KEPT = timedelta(days=1)
LOOK_AGAIN = timedelta(seconds=5)
MOST_TOGETHER = 25
"""Callbacks of one transaction. Larger ones cost a little less for each, and keep more from other
workers; on SQLite nobody else writes while one runs."""
MOST_HINTS = 20
_MOST_BACKOFF = timedelta(minutes=10)
"""No row is put off for longer: one that is was put off by a clock that was wrong, and is due."""


@dataclass(frozen=True)
class _Outcome:
    """What one callback did, for the metrics."""

    word: str
    received_at: datetime


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
        """Drop the rows of hints that were done a day ago, or tomorrow by a wrong clock."""
        done, now = col(CallbackInbox.processed_at), self._clock()
        long_ago = (done < now - HINTS_KEPT) | (done > now + HINTS_KEPT)
        async with self._database.write() as session:
            await session.execute(
                delete(CallbackInbox).where(col(CallbackInbox.kind) == HINT, long_ago)
            )

    async def drain(self) -> int:
        """Settle every row that is due; how many were taken up."""
        if not self._fresh and not await self._anything_due():
            return 0  # an idle tick takes no write lock
        self._fresh = False
        taken = 0
        while number := await self._settle_next():
            taken += number
        return taken

    async def _anything_due(self) -> bool:
        return await self._database.look(partial(_anything_due, now=self._clock()))

    async def _settle_next(self) -> int:
        """Settle the rows that are next; how many were taken up."""
        group = _Group(self._clock())
        try:
            outcomes = await self._database.transact(group.settle_next)
        except Exception as error:
            if not group.taken:
                raise
            await self._settle_each(group.taken, error)
        else:
            self._settled(group, outcomes)
        return len(group.taken)

    async def _settle_each(self, inbox_ids: Sequence[int], error: Exception) -> None:
        """Something in a group cannot be settled: find it, and let it wait."""
        if len(inbox_ids) == 1:
            await self._put_back(inbox_ids[0], error)
            return
        for inbox_id in inbox_ids:
            group = _Group(self._clock())
            try:
                settle = partial(group.settle_one, inbox_id=inbox_id)
                outcomes = await self._database.transact(settle)
            except Exception as found:
                await self._put_back(inbox_id, found)
            else:
                self._settled(group, outcomes)

    def _settled(self, group: _Group, outcomes: Sequence[_Outcome]) -> None:
        if group.taken:
            reached(Step.AFTER_T5)
        for outcome in outcomes:
            CALLBACKS.labels(outcome.word).inc()
            CALLBACK_SECONDS.observe(max(0.0, (group.now - outcome.received_at).total_seconds()))

    async def _put_back(self, inbox_id: int, error: Exception) -> None:
        """Try a failed row again, later and later; it is never dropped."""
        log.error("inbox_row_failed", inbox_id=inbox_id, error=type(error).__name__, exc_info=error)
        await self._database.transact(partial(_put_back, inbox_id=inbox_id, now=self._clock()))


class _Group:
    """One transaction's worth of rows. `taken` is known even when the transaction fails."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.taken: list[int] = []

    def settle_next(self, transaction: Transaction) -> list[_Outcome]:
        """The oldest rows that are due; those that another process holds are passed over.

        What came with a token goes first: strangers' bodies must not hold up results.
        """
        inbox = col(CallbackInbox.payment_id)
        for belongs, most in ((inbox.is_not(None), MOST_TOGETHER), (inbox.is_(None), MOST_HINTS)):
            rows = self._claim(transaction.session, belongs, most)
            if rows:
                return self._settle(transaction.session, rows)
        return []

    def settle_one(self, transaction: Transaction, inbox_id: int) -> list[_Outcome]:
        """One row, unless somebody else has settled it or is about to."""
        wanted = col(CallbackInbox.inbox_id) == inbox_id
        return self._settle(transaction.session, self._claim(transaction.session, wanted, 1))

    def _claim(
        self, session: Session, wanted: ColumnElement[bool], most: int
    ) -> list[CallbackInbox]:
        rows = session.execute(
            select(CallbackInbox)
            .where(wanted, *_due(self.now))
            .order_by(col(CallbackInbox.inbox_id))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        claimed = [*rows.scalars()]
        self.taken = [row.inbox_id for row in claimed if row.inbox_id is not None]
        return claimed

    def _settle(self, session: Session, rows: Sequence[CallbackInbox]) -> list[_Outcome]:
        keyring = keyring_of(session)
        read = [(row, _read(row, keyring)) for row in rows]
        owned = {row.payment_id for row in rows if row.payment_id is not None}
        if owned:
            callbacks = (callback for _, callback in read if isinstance(callback, StkCallback))
            settlement.foresee(session, owned, {c.receipt for c in callbacks if c.receipt})
        with session.no_autoflush:  # all is written at the end, in few statements
            outcomes = [self._settle_row(session, row, callback) for row, callback in read]
        session.flush()
        reached(Step.IN_T5)
        return [outcome for outcome in outcomes if outcome is not None]

    def _settle_row(
        self, session: Session, row: CallbackInbox, callback: StkCallback | MalformedCallback
    ) -> _Outcome | None:
        if isinstance(callback, MalformedCallback):
            if row.payment_id is not None:
                note_unreadable(session, row.payment_id, self.now)
            _done(row, self.now, f"not a callback: {callback}")
        elif row.payment_id is None:
            _follow_hint(session, row, callback, self.now)
        else:
            word = weigh_callback(session, row.payment_id, callback, self.now)
            _done(row, self.now, word)
            return _Outcome(word, row.received_at)
        return None


def _read(row: CallbackInbox, keyring: Keyring) -> StkCallback | MalformedCallback:
    """What a row says, if the app stored it; else it is as good as unreadable: a query decides."""
    if not is_ours(columns(CALLBACK, row), keyring):
        log.error("callback_not_ours", inbox_id=row.inbox_id, payment_id=row.payment_id)
        return MalformedCallback("it is not what the app stored")
    try:
        return parse_stk_callback(row.body)
    except MalformedCallback as error:
        return error


def _anything_due(connection: Connection, now: datetime) -> bool:
    due = select(col(CallbackInbox.inbox_id)).where(*_due(now)).limit(1)
    return connection.execute(due).first() is not None


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    not_before = col(CallbackInbox.not_before)
    return (
        col(CallbackInbox.processed_at).is_(None),
        not_before.is_(None) | (not_before <= now) | (not_before > now + _MOST_BACKOFF),
    )


def _follow_hint(
    session: Session, row: CallbackInbox, callback: StkCallback, now: datetime
) -> None:
    if callback.checkout_request_id is None:
        _drop(row, now, "dropped: no id")
        return
    payment = (
        session.execute(
            select(Payment)
            .where(col(Payment.checkout_request_id) == callback.checkout_request_id)
            .with_for_update(key_share=True)
        )
    ).scalar_one_or_none()
    if payment is not None:
        _hasten(payment, row, now)
        return
    waited = abs(now - row.received_at)  # a clock that was wrong may have put it in the future
    if waited >= PARKED_FOR:
        _drop(row, now, "dropped: no such payment")
    else:
        # Later and later, so that a thousand strangers cost little.
        row.not_before = now + max(LOOK_AGAIN, waited)


def _hasten(payment: Payment, row: CallbackInbox, now: datetime) -> None:
    if payment.status in MONEY:
        _drop(row, now, "paid already")
    else:
        payment.next_check_at = now
        _drop(row, now, "query follows")


def _put_back(transaction: Transaction, inbox_id: int, now: datetime) -> None:
    row = transaction.session.get_one(CallbackInbox, inbox_id)
    row.attempts += 1
    wait = min(timedelta(seconds=2.0 ** min(row.attempts, 12)), _MOST_BACKOFF)
    row.not_before = now + wait


def _done(row: CallbackInbox, at: datetime, outcome: str) -> None:
    row.processed_at = at
    row.outcome = outcome[:200]


def _drop(row: CallbackInbox, at: datetime, outcome: str) -> None:
    """A hint is done: anyone may send them, so their bodies must not fill the disk."""
    _done(row, at, outcome)
    row.body = b""
