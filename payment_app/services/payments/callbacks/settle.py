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
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, Select, bindparam, delete, select
from sqlmodel import col

from payment_app.daraja import MalformedCallback, StkCallback, parse_stk_callback
from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments import locks
from payment_app.services.payments.callbacks.evidence import note_unreadable, weigh_callback
from payment_app.services.payments.callbacks.seal import is_ours
from payment_app.services.payments.callbacks.store import HINT, KIND
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.keys.seals import CALLBACK, columns, keyring_of
from payment_app.services.shared.metrics import CALLBACK_SECONDS, CALLBACKS
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import CallbackInbox, Payment
from payment_app.storage.transaction import Transaction, after_commit

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

_inbox = table_of(CallbackInbox).c
_DUE = (
    _inbox.processed_at.is_(None),
    _inbox.not_before.is_(None)
    | (_inbox.not_before <= bindparam("now"))
    | (_inbox.not_before > bindparam("far")),
)
_ANY_DUE = select(_inbox.inbox_id).where(*_DUE).limit(1)
_CLAIM = (
    select(table_of(CallbackInbox))
    .where(*_DUE)
    .order_by(_inbox.inbox_id)
    .with_for_update(skip_locked=True)
)
_NEXT = _CLAIM.where(_inbox.payment_id.is_not(None)).limit(MOST_TOGETHER)
_NEXT_HINTS = _CLAIM.where(_inbox.payment_id.is_(None)).limit(MOST_HINTS)
_ONE = _CLAIM.where(_inbox.inbox_id == bindparam("id"))
_BY_ID = select(table_of(CallbackInbox)).where(_inbox.inbox_id == bindparam("id"))
_payment = table_of(Payment).c
_LOCK_ASKED = (
    select(table_of(Payment))
    .where(_payment.checkout_request_id == bindparam("asked"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True)
class _Outcome:
    """What one callback did, for the metrics."""

    word: str
    received_at: datetime


class Answers(Protocol):
    """Weighs an answer to an operator's order; one word on what it did."""

    def __call__(self, rows: Rows, row: CallbackInbox, now: datetime) -> str: ...


class Inbox:
    """Turns stored callbacks into evidence. One per process; rows are shared."""

    def __init__(self, database: Database, clock: Clock, answers: Answers | None = None) -> None:
        """Args: answers: weighs what is no callback of a prompt: answers to operators' orders."""
        self._database = database
        self._clock = clock
        self._answers = answers
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
        group = _Group(self._clock(), self._answers)
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
            group = _Group(self._clock(), self._answers)
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

    def __init__(self, now: datetime, answers: Answers | None) -> None:
        self.now = now
        self._answers = answers
        self.taken: list[int] = []

    def settle_next(self, transaction: Transaction) -> list[_Outcome]:
        """The oldest rows that are due; those that another process holds are passed over.

        What came with a token goes first: strangers' bodies must not hold up results.
        """
        for statement in (_NEXT, _NEXT_HINTS):
            if claimed := self._claim(transaction.rows, statement):
                return self._settle(transaction.rows, claimed)
        return []

    def settle_one(self, transaction: Transaction, inbox_id: int) -> list[_Outcome]:
        """One row, unless somebody else has settled it or is about to."""
        claimed = self._claim(transaction.rows, _ONE, inbox_id)
        return self._settle(transaction.rows, claimed)

    def _claim(
        self, rows: Rows, statement: Select[Any], inbox_id: int | None = None
    ) -> list[CallbackInbox]:
        claimed = rows.read(CallbackInbox, statement, {**_times(self.now), "id": inbox_id})
        self.taken = [row.inbox_id for row in claimed if row.inbox_id is not None]
        return claimed

    def _settle(self, rows: Rows, claimed: Sequence[CallbackInbox]) -> list[_Outcome]:
        read = [(row, _read(rows, row)) for row in claimed]
        owned = {row.payment_id for row in claimed if row.payment_id is not None}
        if owned:
            callbacks = (callback for _, callback in read if isinstance(callback, StkCallback))
            locks.foresee(rows, owned, {c.receipt for c in callbacks if c.receipt})
        outcomes = [self._settle_row(rows, row, callback) for row, callback in read]
        rows.write()
        reached(Step.IN_T5)
        return [outcome for outcome in outcomes if outcome is not None]

    def _settle_row(
        self, rows: Rows, row: CallbackInbox, callback: StkCallback | MalformedCallback
    ) -> _Outcome | None:
        if row.kind not in (KIND, HINT):
            return self._settle_answer(rows, row)
        if isinstance(callback, MalformedCallback):
            if row.payment_id is not None:
                note_unreadable(rows, row.payment_id, self.now)
            _done(row, self.now, f"not a callback: {callback}")
        elif row.payment_id is None:
            _follow_hint(rows, row, callback, self.now)
        else:
            word = weigh_callback(rows, row.payment_id, callback, self.now)
            _done(row, self.now, word)
            return _Outcome(word, row.received_at)
        return None

    def _settle_answer(self, rows: Rows, row: CallbackInbox) -> _Outcome:
        """What answers an operator's order, if the app stored it: anything else says nothing."""
        ours = is_ours(columns(CALLBACK, row), keyring_of(rows))
        word = self._answers(rows, row, self.now) if ours and self._answers else "not ours"
        _done(row, self.now, word)
        return _Outcome(word, row.received_at)


def _read(rows: Rows, row: CallbackInbox) -> StkCallback | MalformedCallback:
    """What a row says, if the app stored it; else it is as good as unreadable: a query decides."""
    if not is_ours(columns(CALLBACK, row), keyring_of(rows)):
        names = {"inbox_id": row.inbox_id, "payment_id": row.payment_id}
        after_commit(rows, partial(log.error, "callback_not_ours", **names))
        return MalformedCallback("it is not what the app stored")
    try:
        return parse_stk_callback(row.body)
    except MalformedCallback as error:
        return error


def _times(now: datetime) -> dict[str, Any]:
    """What `_DUE` compares with."""
    return {"now": now, "far": now + _MOST_BACKOFF}


def _anything_due(connection: Connection, now: datetime) -> bool:
    return connection.execute(_ANY_DUE, _times(now)).first() is not None


def _follow_hint(rows: Rows, row: CallbackInbox, callback: StkCallback, now: datetime) -> None:
    if callback.checkout_request_id is None:
        _drop(row, now, "dropped: no id")
        return
    for payment in rows.read(Payment, _LOCK_ASKED, {"asked": callback.checkout_request_id}):
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
    (row,) = transaction.rows.read(CallbackInbox, _BY_ID, {"id": inbox_id})
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
