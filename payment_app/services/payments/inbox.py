"""Callbacks: on disk first, understood afterwards.

T4 stores the raw body; whatever arrives while one commit runs shares the next, and each sender is
answered after its own commit. T5 reads a row, weighs it as evidence and marks it done, in one
transaction, so that a crash between the two leaves a row that is taken up again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog
from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.daraja import MalformedCallback, StkCallback, parse_stk_callback
from payment_app.domain.errors import Refusal, Unavailable
from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments.callback_evidence import weigh_callback
from payment_app.services.shared.batching import Batched
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.metrics import CALLBACK_SECONDS, CALLBACKS
from payment_app.services.shared.tokens import hash_token
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, Payment

log = structlog.get_logger("payment_app.inbox")

KIND = "stk"
HINT = "stk_hint"
MOST_PARKED = 1_000
PARKED_FOR = timedelta(minutes=10)
HINTS_KEPT = timedelta(days=1)
LOOK_AGAIN = timedelta(seconds=5)
_BATCH = 200
_MOST_BACKOFF = timedelta(minutes=10)
_LOCK_SPACE = 5_820
"""First half of our advisory locks on PostgreSQL."""


@dataclass(frozen=True)
class _Arrival:
    kind: str
    payment_id: int | None
    body: bytes
    at: datetime

    @property
    def dedupe(self) -> str:
        name = f"{self.kind}|{self.payment_id}|".encode()
        return hash_token((name + self.body).hex())

    def row(self, copies: int) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "payment_id": self.payment_id,
            "dedupe": self.dedupe,
            "body": self.body,
            "received_at": self.at,
            "copies": copies,
            "attempts": 0,
        }


_Waiting: TypeAlias = tuple[_Arrival, asyncio.Future[None]]


class Inbox:
    """Stores callbacks and turns them into evidence. One per process; rows are shared."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._owners = Batched(self._read_owners)
        self._waiting: list[_Waiting] = []
        self._flushing: asyncio.Task[None] | None = None
        self.arrived = asyncio.Event()
        """Set after every commit: the drain need not wait for its tick."""
        self._fresh = False

    async def payment_of(self, token: str) -> int | None:
        """The payment whose CallBackURL ended in `token`, found by its hash.

        Raises:
            Unavailable: it could not be looked up.
        """
        with _or_unavailable():
            return await self._owners.get(hash_token(token))

    async def _read_owners(self, hashes: Sequence[str]) -> Mapping[str, int]:
        token_hash: Any = col(Payment.callback_token_hash)
        payment_id: Any = col(Payment.payment_id)
        async with self._database.read() as session:
            rows = await session.execute(
                select(token_hash, payment_id).where(token_hash.in_(hashes))
            )
            return {row[0]: row[1] for row in rows}

    async def store(self, payment_id: int, body: bytes) -> None:
        """T4: return once the body is on disk.

        Raises:
            Unavailable: it could not be stored; Daraja must not be answered 200.
        """
        await self._commit(_Arrival(KIND, payment_id, body, self._clock()))

    async def store_hint(self, body: bytes) -> None:
        """Keep a callback without a token: it proves nothing and only makes a query follow.

        Raises:
            Unavailable: too many wait already, or it could not be stored.
        """
        with _or_unavailable():
            async with self._database.read() as session:
                parked = await session.execute(
                    select(func.count()).where(
                        col(CallbackInbox.processed_at).is_(None), col(CallbackInbox.kind) == HINT
                    )
                )
        if parked.scalar_one() >= MOST_PARKED:
            raise Unavailable("inbox_full", "Too many unmatched callbacks are waiting.")
        await self._commit(_Arrival(HINT, None, body, self._clock()))

    async def _commit(self, arrival: _Arrival) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, stored))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        with _or_unavailable():
            await stored

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            reached(Step.BEFORE_T4)
            try:
                async with self._database.write() as session:
                    await _store(session, [arrival for arrival, _ in batch])
                    reached(Step.IN_T4)
            except Exception as error:
                _resolve(batch, error)
            else:
                reached(Step.AFTER_T4)
                _resolve(batch, None)
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

    # T5

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


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Whatever breaks in here: the body is not known to be on disk, so the answer is 503."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        log.error("callback_not_stored", error=type(error).__name__)
        raise Unavailable("not_stored", "The callback could not be stored.") from error


async def _store(session: AsyncSession, arrivals: Sequence[_Arrival]) -> None:
    """Insert each body once and count its further copies."""
    sqlite_here = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if sqlite_here else postgresql.insert
    if not sqlite_here:
        await _take_turns(session, {arrival.payment_id or 0 for arrival in arrivals})
    copies = Counter(arrival.dedupe for arrival in arrivals)
    for dedupe, arrival in {arrival.dedupe: arrival for arrival in arrivals}.items():
        inserted = await session.execute(
            insert(CallbackInbox)
            .values(**arrival.row(copies[dedupe]))
            .on_conflict_do_nothing(index_elements=["dedupe"])
            .returning(col(CallbackInbox.inbox_id))
        )
        if inserted.first() is None:
            await _count_copies(session, dedupe, copies[dedupe])


async def _take_turns(session: AsyncSession, payment_ids: set[int]) -> None:
    """One worker at a time for each payment: the same bodies in another order would deadlock."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(:space, id) FROM unnest(CAST(:ids AS int[])) AS id"),
        {"space": _LOCK_SPACE, "ids": sorted(payment_ids)},
    )


async def _count_copies(session: AsyncSession, dedupe: str, more: int) -> None:
    """Add to the counter of a row, unless it is being settled right now.

    Waiting for it could deadlock: its settlement may wait for the payment that we refer to.
    """
    free = (
        select(col(CallbackInbox.inbox_id))
        .where(col(CallbackInbox.dedupe) == dedupe)
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(CallbackInbox)
        .where(col(CallbackInbox.inbox_id).in_(free))
        .values(copies=col(CallbackInbox.copies) + more)
        .execution_options(synchronize_session=False)
    )


def _resolve(batch: list[_Waiting], error: Exception | None) -> None:
    for _, stored in batch:
        if stored.done():
            continue  # the sender went away
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)


def _done(row: CallbackInbox, at: datetime, outcome: str) -> None:
    row.processed_at = at
    row.outcome = outcome[:200]


def _drop(row: CallbackInbox, at: datetime, outcome: str) -> None:
    """A hint is done: anyone may send them, so their bodies must not fill the disk."""
    _done(row, at, outcome)
    row.body = b""
