"""What must always be true of the records, checked daily and by `python -m payment_app check`.

Read in batches, each from one snapshot, so that the app goes on working beside it and memory stays
small. A broken rule opens a case: the records are never mended by a program that found them wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, Table, bindparam, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import Source
from payment_app.services.operations.book_reading import (
    BOOKINGS,
    CASES,
    INBOX,
    PAYMENT_COLUMNS,
    PAYMENTS,
    REFERRING,
    REFUNDS,
    WRONG_TYPES,
    actions_on,
    bookings_of,
    callbacks_of,
    cases_of,
    columns_of,
    events_of,
    readable,
    received_for,
    returned_of,
)
from payment_app.services.operations.book_rules import (
    Beside,
    Fault,
    InboxRules,
    Row,
    booking_faults,
    payment_faults,
    refund_faults,
    sealed_faults,
)
from payment_app.services.operations.findings import MOST_NAMED, Broken, Findings
from payment_app.services.payments import cases, locks
from payment_app.services.records.checkpoints import Checkpoints, Note
from payment_app.services.shared.checkpoint import take_turn
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys.seals import BOOKING, CALLBACK, CASE, REFUND, Keyring
from payment_app.services.shared.metrics import BROKEN_INVARIANTS
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.invariants")

CHECK_EVERY = timedelta(hours=23)


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


_BOOKING_BY_ID = select(BOOKINGS).where(BOOKINGS.c.booking_id == bindparam("id"))


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
        for part in (
            self._payments,
            self._bookings,
            self._cases,
            self._refunds,
            self._inbox,
            self._strays,
        ):
            async for broken in part(found, pace):
                found.add(broken)
        notes = self._checkpoints.notes() if since is None else since
        found.add(await self._against(notes, found, pace))
        return found

    # Each of these yields what one batch has broken. A row that cannot be read is a finding too.

    async def _payments(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        wanted = columns_of(PAYMENTS, PAYMENT_COLUMNS)
        async for session, rows in self._batches(PAYMENTS, wanted, pace, found):
            payments = [dict(zip(PAYMENT_COLUMNS, row, strict=True)) for row in rows]
            first, last = payments[0]["payment_id"], payments[-1]["payment_id"]
            events = await events_of(session, first, last, found)
            opened = await cases_of(session, first, last)
            callbacks = await callbacks_of(session, first, last)
            found.payments += len(payments)
            found.events += sum(map(len, events.values()))
            yield [*self._of_payments(payments, events, opened, callbacks)]

    def _of_payments(
        self,
        payments: Sequence[Row],
        events: Mapping[int, Sequence[Row]],
        opened: Mapping[int, int],
        callbacks: Mapping[int, tuple[int, int]],
    ) -> Iterator[Broken]:
        now = self._clock()
        for payment in payments:
            number = payment["payment_id"]
            history = events.get(number, [])
            beside = Beside(opened.get(number, 0), *callbacks.get(number, (0, 0)))
            faults = payment_faults(payment, history, beside, now, self._keyring)
            for rule, words in _typed(faults):
                yield Broken(rule, payment["booking_id"], number, words)

    async def _bookings(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        names = (*BOOKING.sealed, *BOOKING.checked)
        async for session, rows in self._batches(
            BOOKINGS, columns_of(BOOKINGS, names), pace, found
        ):
            bookings = [dict(zip(names, row, strict=True)) for row in rows]
            found.bookings += len(bookings)
            received = await received_for(
                session, bookings[0]["booking_id"], bookings[-1]["booking_id"]
            )
            actions = await actions_on(session, [row["booking_id"] for row in bookings])
            yield [*self._of_bookings(bookings, received, actions)]

    def _of_bookings(
        self,
        rows: Sequence[Row],
        received: Mapping[int, Decimal],
        actions: Mapping[str, Sequence[Row]],
    ) -> Iterator[Broken]:
        for row in rows:
            number = row["booking_id"]
            did = actions.get(f"booking:{number}", ())
            faults = booking_faults(row, received.get(number, Decimal(0)), did, self._keyring)
            for rule, words in _typed(faults):
                yield Broken(rule, number, None, words)

    async def _cases(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        names = (*CASE.sealed, *CASE.checked)
        wanted = columns_of(CASES, ("case_id", *names))
        async for _, rows in self._batches(CASES, wanted, pace, found):
            yield [
                Broken(rule, row["booking_id"], row["payment_id"], words)
                for row in (dict(zip(names, row[1:], strict=True)) for row in rows)
                for rule, words in _typed(sealed_faults(row, "case", self._keyring, CASE))
            ]

    async def _refunds(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        """Each refund is what the app wrote, and each payment less by just what went back."""
        names = (*REFUND.sealed, *REFUND.checked)
        wanted = columns_of(REFUNDS, names)
        async for session, rows in self._batches(REFUNDS, wanted, pace, found):
            refunds = [dict(zip(names, row, strict=True)) for row in rows]
            returned = await returned_of(session, {row["payment_id"] for row in refunds})
            yield [
                Broken(rule, row["booking_id"], row["payment_id"], words)
                for row in refunds
                for rule, words in _typed(
                    refund_faults(row, returned.get(row["payment_id"]), self._keyring)
                )
            ]

    async def _inbox(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        names = ("inbox_id", "received_at", *CALLBACK.sealed, *CALLBACK.checked)
        rules = InboxRules(self._keyring, self._clock())
        async for session, rows in self._batches(INBOX, columns_of(INBOX, names), pace, found):
            broken = [
                (row["payment_id"], rule, words)
                for row in (dict(zip(names, row, strict=True)) for row in rows)
                for rule, words in _typed(rules.faults(row))
            ]
            owners = await bookings_of(session, {one[0] for one in broken})
            yield [Broken(rule, owners.get(of), of, words) for of, rule, words in broken]

    async def _strays(self, found: Findings, pace: Pace) -> AsyncIterator[list[Broken]]:
        """Rows that refer to nothing: the database refuses them while its rules are on."""
        for reference in (key for table in REFERRING for key in table.foreign_keys):
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
                rows = await readable(session, wanted, key, ids, found)
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
    except (*WRONG_TYPES, AttributeError):
        yield "unreadable", "It holds what its columns cannot hold."
