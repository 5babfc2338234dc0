"""What must always be true of the records, checked daily and by `python -m payment_app check`.

Read in batches, each from one snapshot, so that the app goes on working beside it and memory stays
small. A broken rule opens a case: the records are never mended by a program that found them wrong.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, case, func, select, true
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import MONEY, Source
from payment_app.services.operations.book_rules import (
    Beside,
    Fault,
    InboxRules,
    Row,
    booking_faults,
    payment_faults,
    sealed_faults,
)
from payment_app.services.payments import cases, locks
from payment_app.services.records.checkpoints import Checkpoints, Note
from payment_app.services.shared.checkpoint import take_turn
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.metrics import BROKEN_INVARIANTS
from payment_app.services.shared.seals import BOOKING, CALLBACK, CASE, EVENT, PAYMENT, Keyring
from payment_app.storage.database import Database
from payment_app.storage.tables import (
    Booking,
    CallbackInbox,
    CaseNote,
    Payment,
    PaymentCase,
    PaymentEvent,
)
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.invariants")

CHECK_EVERY = timedelta(hours=23)
MOST_NAMED = 100
"""Findings of one rule that are named and become cases; further ones are only counted."""


@dataclass(frozen=True)
class Pace:
    """How greedily to read.

    Attributes:
        rows: payments (or others) at a time.
        pause: seconds between batches.
    """

    rows: int
    pause: float


BESIDE_THE_APP = Pace(100, 0.02)
"""The check may take its time, pages and callbacks may not."""
ALONE = Pace(2_000, 0.0)


@dataclass(frozen=True)
class Broken:
    """One rule that does not hold.

    Attributes:
        rule: slug of the rule.
        booking_id, payment_id: where; no payment for a rule about a whole booking, and neither for
            one about the books as a whole.
        words: what is wrong, for staff.
    """

    rule: str
    booking_id: int | None
    payment_id: int | None
    words: str


@dataclass
class Findings:
    """What a check saw.

    Attributes:
        broken: the first findings of each rule; `counts` has them all, by rule.
        checkpoints: how many notes the history was held to.
    """

    payments: int = 0
    bookings: int = 0
    events: int = 0
    checkpoints: int = 0
    broken: list[Broken] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, found: Iterable[Broken]) -> None:
        """Count findings, and name the first of each rule."""
        for one in found:
            self.counts[one.rule] += 1
            if self.counts[one.rule] <= MOST_NAMED:
                self.broken.append(one)


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


_PAYMENT, _EVENT, _BOOKING = _table(Payment), _table(PaymentEvent), _table(Booking)
_CASE, _INBOX = _table(PaymentCase), _table(CallbackInbox)
_BOOKING_BY_ID = select(_BOOKING).where(_BOOKING.c.booking_id == bindparam("id"))
_REFERRING = (_EVENT, _PAYMENT, _BOOKING, _CASE, _INBOX, _table(CaseNote))
_PAYMENT_COLUMNS = (*PAYMENT.sealed, *PAYMENT.checked)
_EVENT_COLUMNS = (*EVENT.sealed, *EVENT.checked)


_WRONG_TYPES = (ValueError, TypeError, ArithmeticError, DataError)
"""What a value makes of its column's type that no Python value can hold: SQLite takes anything into
any column, PostgreSQL has times before the year 1 and after 9999."""


class Invariants:
    """Checks every rule over all books."""

    def __init__(
        self, database: Database, clock: Clock, keyring: Keyring, checkpoints: Checkpoints
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._checkpoints = checkpoints

    async def check_daily(self) -> None:
        """Check, unless any process of this database did so within the day."""
        if await take_turn(self._database, "invariants", CHECK_EVERY, self._clock()):
            await self.check()

    async def check(
        self, pace: Pace = BESIDE_THE_APP, *, since: Sequence[Note] | None = None
    ) -> Findings:
        """Look at everything, open a case for each broken rule, and say what was seen.

        Args:
            since: the checkpoints to hold the history to; `None` for all in the folder.
        """
        found = await self.look(pace, since=since)
        for one in found.broken:
            await self._open_case(one)
        BROKEN_INVARIANTS.set(found.counts.total())
        log.info("invariants_checked", payments=found.payments, broken=found.counts.total())
        return found

    async def look(
        self, pace: Pace = BESIDE_THE_APP, *, since: Sequence[Note] | None = None
    ) -> Findings:
        """The same without a trace: nothing is written."""
        found = Findings()
        for part in (self._payments, self._bookings, self._cases, self._inbox, self._strays):
            async for broken in part(found, pace):
                found.add(broken)
        notes = self._checkpoints.notes() if since is None else since
        found.add(await self._against(notes, found, pace))
        return found

    # Each of these yields what one batch has broken. A row that cannot be read is a finding too.

    async def _payments(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        wanted = _columns(_PAYMENT, _PAYMENT_COLUMNS)
        async for session, rows in self._batches(_PAYMENT, wanted, pace, found):
            payments = [dict(zip(_PAYMENT_COLUMNS, row, strict=True)) for row in rows]
            first, last = payments[0]["payment_id"], payments[-1]["payment_id"]
            events = await _events(session, first, last, found)
            open_cases = await _count(session, _CASE, first, last)
            callbacks = await _count(session, _INBOX, first, last)
            found.payments += len(payments)
            found.events += sum(map(len, events.values()))
            yield [*self._of_payments(payments, events, open_cases, callbacks)]

    def _of_payments(
        self,
        payments: Sequence[Row],
        events: Mapping[int, Sequence[Row]],
        cases_of: Mapping[int, int],
        callbacks: Mapping[int, int],
    ) -> Iterator[Broken]:
        now = self._clock()
        for payment in payments:
            number = payment["payment_id"]
            history = events.get(number, [])
            beside = Beside(cases_of.get(number, 0), callbacks.get(number, 0))
            faults = payment_faults(payment, history, beside, now, self._keyring)
            for rule, words in _typed(faults):
                yield Broken(rule, payment["booking_id"], number, words)

    async def _bookings(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        names = (*BOOKING.sealed, *BOOKING.checked)
        async for session, rows in self._batches(_BOOKING, _columns(_BOOKING, names), pace, found):
            bookings = [dict(zip(names, row, strict=True)) for row in rows]
            found.bookings += len(bookings)
            received = await _received(
                session, bookings[0]["booking_id"], bookings[-1]["booking_id"]
            )
            yield [
                Broken(rule, row["booking_id"], None, words)
                for row in bookings
                for rule, words in _typed(
                    booking_faults(row, received.get(row["booking_id"], Decimal(0)), self._keyring)
                )
            ]

    async def _cases(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        names = (*CASE.sealed, *CASE.checked)
        wanted = _columns(_CASE, ("case_id", *names))
        async for _, rows in self._batches(_CASE, wanted, pace, found):
            yield [
                Broken(rule, row["booking_id"], row["payment_id"], words)
                for row in (dict(zip(names, row[1:], strict=True)) for row in rows)
                for rule, words in _typed(sealed_faults(row, "case", self._keyring, CASE))
            ]

    async def _inbox(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        names = ("inbox_id", "received_at", *CALLBACK.sealed, *CALLBACK.checked)
        rules = InboxRules(self._keyring, self._clock())
        async for session, rows in self._batches(_INBOX, _columns(_INBOX, names), pace, found):
            broken = [
                (row["payment_id"], rule, words)
                for row in (dict(zip(names, row, strict=True)) for row in rows)
                for rule, words in _typed(rules.faults(row))
            ]
            owners = await _bookings_of(session, {one[0] for one in broken})
            yield [Broken(rule, owners.get(of), of, words) for of, rule, words in broken]

    async def _strays(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        """Rows that refer to nothing: the database refuses them while its rules are on."""
        for reference in (key for table in _REFERRING for key in table.foreign_keys):
            child, parent = reference.parent, reference.column
            found_there = select(parent).where(parent == child).exists()
            lost = select(child).where(child.is_not(None), ~found_there).limit(MOST_NAMED)
            async with self._database.read() as session:
                rows = (await session.execute(lost)).scalars()
            words = f"A {child.table.name} belongs to {parent.table.name} %s, which is not there."
            yield [Broken(f"{parent.table.name}_missing", None, None, words % row) for row in rows]

    async def _against(self, notes: Sequence[Note], found: Findings, pace: Pace) -> list[Broken]:
        """What the signed checkpoints say."""
        found.checkpoints = len(notes)
        compared = await self._checkpoints.compare(notes, pause=pace.pause, rows=pace.rows * 5)
        return [Broken(one.rule, None, None, f"{one.path}: {one.words}") for one in compared.moved]

    async def _batches(
        self, table: Table, wanted: Select[Any], pace: Pace, found: Findings
    ) -> AsyncIterator[tuple[AsyncSession, Sequence[Any]]]:
        """All rows by primary key; the session sees the moment in which the batch was read."""
        (key,) = table.primary_key.columns
        behind: ColumnElement[bool] = (
            true()
        )  # ids below 1 as well: the app draws none, somebody else might
        while True:
            batch = select(key).where(behind).order_by(key).limit(pace.rows)
            async with self._database.snapshot() as session:
                ids = (await session.execute(batch)).scalars().all()
                if not ids:
                    return
                rows = await _readable(session, wanted, key, ids, found)
                if rows:
                    yield session, rows
            behind = key > ids[-1]
            await asyncio.sleep(pace.pause)

    async def _open_case(self, broken: Broken) -> None:
        log.error("invariant_broken", rule=broken.rule, payment_id=broken.payment_id)
        if broken.booking_id is None:
            return  # a case belongs to a booking: the log, the metric and the command say it
        await self._database.transact(partial(_open_case, broken=broken, at=self._clock()))


def _open_case(transaction: Transaction, broken: Broken, at: datetime) -> None:
    rows, kind = transaction.rows, CaseKind.INVARIANT_BROKEN
    facts = {"rule": broken.rule, "found": broken.words, "source": Source.RECONCILER.value}
    for booking in rows.read(Booking, _BOOKING_BY_ID, {"id": broken.booking_id}):
        if broken.payment_id is None:
            cases.open_booking_case(rows, booking, kind, facts, at=at)
        else:
            _, payment = locks.lock_payment(rows, broken.payment_id)
            cases.open_case(rows, payment, kind, facts, at=at)


def _typed(faults: Iterator[Fault]) -> Iterator[Fault]:
    """The faults of a row, also when a value of a wrong type ends their search."""
    try:
        yield from faults
    except (*_WRONG_TYPES, AttributeError):
        yield "unreadable", "It holds what its columns cannot hold."


def _columns(table: Table, names: Iterable[str]) -> Select[Any]:
    """The key comes first in each list of names: batches go on behind it."""
    return select(*(table.c[name] for name in names))


async def _readable(
    session: AsyncSession,
    wanted: Select[Any],
    key: Column[Any],
    ids: Sequence[int],
    found: Findings,
) -> Sequence[Any]:
    """The rows of a run of ids; one that holds no values of its columns' types is a finding."""
    run = wanted.where(key.between(ids[0], ids[-1])).order_by(key)
    try:
        rows: Sequence[Any] = (await session.execute(run)).all()
        return rows
    except _WRONG_TYPES:
        return await _one_by_one(session, wanted, key, ids, found)


async def _one_by_one(
    session: AsyncSession,
    wanted: Select[Any],
    key: Column[Any],
    ids: Sequence[int],
    found: Findings,
) -> list[Any]:
    rows: list[Any] = []
    for number in ids:
        try:
            rows += (await session.execute(wanted.where(key == number))).all()
        except _WRONG_TYPES:
            words = f"{key.table} {number} holds what its columns cannot hold."
            found.add([Broken("unreadable", None, None, words)])
    return rows


async def _events(
    session: AsyncSession, first: int, last: int, found: Findings
) -> dict[int, list[Row]]:
    """The histories of a range of payments, oldest event first."""
    of, number = _EVENT.c.payment_id, _EVENT.c.event_id
    wanted = _columns(_EVENT, _EVENT_COLUMNS)
    histories: dict[int, list[Row]] = defaultdict(list)
    try:
        run = wanted.where(of.between(first, last)).order_by(of, number)
        rows: Sequence[Any] = (await session.execute(run)).all()
    except _WRONG_TYPES:
        ids = select(number).where(of.between(first, last)).order_by(of, number)
        numbers = (await session.execute(ids)).scalars().all()
        rows = await _one_by_one(session, wanted, number, numbers, found)
    for row in rows:
        histories[row[0]].append(dict(zip(_EVENT_COLUMNS, row, strict=True)))
    return histories


async def _count(session: AsyncSession, table: Table, first: int, last: int) -> dict[int, int]:
    """How many rows of a table belong to each of a range of payments."""
    of = table.c.payment_id
    rows = await session.execute(
        select(of, func.count()).where(of.between(first, last)).group_by(of)
    )
    return {row[0]: row[1] for row in rows}


async def _received(session: AsyncSession, first: int, last: int) -> dict[int, Decimal]:
    """What the payments of a range of bookings add up to, less refunds."""
    of = _PAYMENT.c.booking_id
    # Not in WHERE: a planner that walks the index of statuses reads every payment for each batch.
    paid = _PAYMENT.c.status.in_([status.value for status in MONEY])
    total = func.sum(case((paid, _PAYMENT.c.amount - _PAYMENT.c.amount_refunded), else_=0))
    rows = await session.execute(select(of, total).where(of.between(first, last)).group_by(of))
    return {row[0]: Decimal(str(row[1])) for row in rows}


async def _bookings_of(session: AsyncSession, payment_ids: Iterable[Any]) -> dict[Any, int]:
    ids = [number for number in payment_ids if number is not None]
    rows = await session.execute(
        select(_PAYMENT.c.payment_id, _PAYMENT.c.booking_id).where(_PAYMENT.c.payment_id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}
