"""What must always be true of the records, checked daily and by `python -m payment_app check`.

Read in small batches, each from one snapshot, so that the app goes on working beside it. A broken
rule opens a case: the records are never mended by a program that found them wrong.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, MONEY, Source
from payment_app.services.payments import cases, settlement
from payment_app.services.payments.events import GENESIS, event_is_right, payment_is_right
from payment_app.services.shared.checkpoint import take_turn
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.metrics import BROKEN_INVARIANTS
from payment_app.services.shared.seals import EVENT, PAYMENT, Keyring, columns
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment, PaymentEvent

log = structlog.get_logger("payment_app.invariants")

Row = TypeVar("Row", Payment, PaymentEvent)

BATCH = 100
PAUSE = 0.02
"""Seconds between batches: the check may take its time, pages and callbacks may not."""
CHECK_EVERY = timedelta(hours=23)
OLDEST_LIVE = timedelta(hours=25)
"""The ladder ends a live payment after 24 hours; one more is given to the last rung."""


@dataclass(frozen=True)
class Broken:
    """One rule that does not hold.

    Attributes:
        rule: slug of the rule.
        booking_id, payment_id: where; no payment for a rule about a whole booking.
        words: what is wrong, for staff.
    """

    rule: str
    booking_id: int
    payment_id: int | None
    words: str


@dataclass(frozen=True)
class Findings:
    """What a check saw."""

    payments: int = 0
    bookings: int = 0
    events: int = 0
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True)
class _Batch:
    bookings: list[Booking]
    payments: dict[int, list[Payment]]
    events: dict[int, list[PaymentEvent]]


class Invariants:
    """Checks every rule over every booking."""

    def __init__(self, database: Database, clock: Clock, keyring: Keyring) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring

    async def check_daily(self) -> None:
        """Check, unless any process of this database did so within the day."""
        if await take_turn(self._database, "invariants", CHECK_EVERY, self._clock()):
            await self.check()

    async def check(self, *, pause: float = PAUSE) -> Findings:
        """Look at everything, open a case for each broken rule, and say what was seen."""
        found = Findings()
        async for batch in self._batches(pause):
            now = self._clock()
            broken = [
                b for booking in batch.bookings for b in _broken(booking, batch, now, self._keyring)
            ]
            for one in broken:
                await self._open_case(one, now)
            found = replace(
                found,
                payments=found.payments + sum(map(len, batch.payments.values())),
                bookings=found.bookings + len(batch.bookings),
                events=found.events + sum(map(len, batch.events.values())),
                broken=found.broken + tuple(broken),
            )
        BROKEN_INVARIANTS.set(len(found.broken))
        log.info("invariants_checked", payments=found.payments, broken=len(found.broken))
        return found

    async def _batches(self, pause: float) -> AsyncIterator[_Batch]:
        after = 0
        while True:
            batch = await self._read(after)
            if not batch.bookings:
                return
            yield batch
            after = batch.bookings[-1].booking_id or 0
            await asyncio.sleep(pause)

    async def _read(self, after: int) -> _Batch:
        """The next bookings with all that belongs to them, as of one moment."""
        async with self._database.snapshot() as session:
            found = await session.execute(
                select(Booking)
                .where(col(Booking.booking_id) > after)
                .order_by(col(Booking.booking_id))
                .limit(BATCH)
            )
            rows = [*found.scalars()]
            payments = await _payments(session, [b.booking_id or 0 for b in rows])
            events = await _events(session, [p.payment_id or 0 for p in payments])
        return _Batch(
            rows,
            _grouped((payment.booking_id, payment) for payment in payments),
            _grouped((event.payment_id, event) for event in events),
        )

    async def _open_case(self, broken: Broken, now: datetime) -> None:
        log.error("invariant_broken", rule=broken.rule, payment_id=broken.payment_id)
        facts = {"rule": broken.rule, "found": broken.words, "source": Source.RECONCILER.value}
        kind = CaseKind.INVARIANT_BROKEN
        async with self._database.write() as session:
            if broken.payment_id is None:
                booking = await session.get_one(Booking, broken.booking_id)
                await cases.open_booking_case(session, booking, kind, facts, at=now)
            else:
                _, payment = await settlement.lock_payment(session, broken.payment_id)
                await cases.open_case(session, payment, kind, facts, at=now)


async def _payments(session: AsyncSession, booking_ids: Sequence[int]) -> list[Payment]:
    rows = await session.execute(
        select(Payment)
        .where(col(Payment.booking_id).in_(booking_ids))
        .order_by(col(Payment.payment_id))
    )
    return [*rows.scalars()]


async def _events(session: AsyncSession, payment_ids: Sequence[int]) -> list[PaymentEvent]:
    rows = await session.execute(
        select(PaymentEvent)
        .where(col(PaymentEvent.payment_id).in_(payment_ids))
        .order_by(col(PaymentEvent.event_id))
    )
    return [*rows.scalars()]


def _grouped(pairs: Iterable[tuple[int, Row]]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for key, row in pairs:
        groups[key].append(row)
    return groups


def _broken(booking: Booking, batch: _Batch, now: datetime, keyring: Keyring) -> Iterator[Broken]:
    payments = batch.payments.get(booking.booking_id or 0, [])
    yield from _totals(booking, payments)
    for payment in payments:
        events = batch.events.get(payment.payment_id or 0, [])
        for rule, words in (
            *_settled_once(payment, events),
            *_chain(payment, events, keyring),
            *_not_live_for_ever(payment, now),
        ):
            yield Broken(rule, payment.booking_id, payment.payment_id, words)


def _totals(booking: Booking, payments: list[Payment]) -> Iterator[Broken]:
    received = sum(
        (p.amount - p.amount_refunded for p in payments if p.status in MONEY), Decimal(0)
    )
    if received != booking.amount_paid:
        words = f"The booking says KSh {booking.amount_paid}, its payments add up to {received}."
        yield Broken("booking_total", booking.booking_id or 0, None, words)
        return
    closed = booking.status == bookings.BookingStatus.CLOSED
    status = bookings.status_for(booking.amount, booking.amount_paid, closed=closed)
    if booking.status != status:
        words = f"The booking is {booking.status}, its money says {status}."
        yield Broken("booking_status", booking.booking_id or 0, None, words)


def _settled_once(payment: Payment, events: list[PaymentEvent]) -> Iterator[tuple[str, str]]:
    """A payment of our own (a bulk load of history has no events) settled exactly once."""
    if not events and payment.last_event_hash is None:
        return
    times = sum(1 for e in events if e.to_status in MONEY and e.from_status not in MONEY)
    should = 1 if payment.status in MONEY else 0
    if times != should:
        yield "settled_once", f"The payment is {payment.status} and was settled {times} times."


def _chain(
    payment: Payment, events: list[PaymentEvent], keyring: Keyring
) -> Iterator[tuple[str, str]]:
    if not events and payment.last_event_hash is None:
        return
    if not payment_is_right(columns(PAYMENT, payment), keyring):
        yield "payment_changed", "The payment is not what its history says."
    previous = GENESIS
    for event in events:
        if event.previous_hash != previous or not event_is_right(columns(EVENT, event), keyring):
            yield "event_chain", f"The history was changed at event {event.event_id}."
            return
        previous = event.hash
    if (payment.last_event_hash or GENESIS) != previous:
        yield "event_chain", "The end of the history is missing."


def _not_live_for_ever(payment: Payment, now: datetime) -> Iterator[tuple[str, str]]:
    since = payment.submitted_at or payment.created_at
    if payment.status in LIVE and since + OLDEST_LIVE < now:
        yield "live_too_long", f"The payment is still {payment.status} after more than a day."
