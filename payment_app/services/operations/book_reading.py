"""What the check reads, a run of ids at a time; a row that cannot be read is a finding too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Select, Table, case, func, select
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.lifecycle import MONEY, PaymentStatus
from payment_app.domain.refunds import RETURNED
from payment_app.services.operations.book_rules import BY_STAFF, Returned, Row
from payment_app.services.operations.findings import Broken, Findings
from payment_app.services.shared.keys.seals import EVENT, PAYMENT
from payment_app.storage.refund_tables import OperatorOrder, Refund
from payment_app.storage.staff_tables import AuditLog
from payment_app.storage.tables import (
    Booking,
    CallbackInbox,
    CaseNote,
    Payment,
    PaymentCase,
    PaymentEvent,
)


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


PAYMENTS, EVENTS, BOOKINGS = _table(Payment), _table(PaymentEvent), _table(Booking)
CASES, INBOX = _table(PaymentCase), _table(CallbackInbox)
AUDIT = _table(AuditLog)
REFUNDS = _table(Refund)
REFERRING = (
    EVENTS,
    PAYMENTS,
    BOOKINGS,
    CASES,
    INBOX,
    _table(CaseNote),
    REFUNDS,
    _table(OperatorOrder),
)
PAYMENT_COLUMNS = (*PAYMENT.sealed, *PAYMENT.checked)
EVENT_COLUMNS = (*EVENT.sealed, *EVENT.checked)


WRONG_TYPES = (ValueError, TypeError, ArithmeticError, DataError)
"""What a value makes of its column's type that no Python value can hold: SQLite takes anything into
any column, PostgreSQL has times before the year 1 and after 9999."""


def columns_of(table: Table, names: Iterable[str]) -> Select[Any]:
    """The key comes first in each list of names: batches go on behind it."""
    return select(*(table.c[name] for name in names))


async def readable(
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
    except WRONG_TYPES:
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
        except WRONG_TYPES:
            words = f"{key.table} {number} holds what its columns cannot hold."
            found.add([Broken("unreadable", None, None, words)])
    return rows


async def events_of(
    session: AsyncSession, first: int, last: int, found: Findings
) -> dict[int, list[Row]]:
    """The histories of a range of payments, oldest event first."""
    of, number = EVENTS.c.payment_id, EVENTS.c.event_id
    wanted = columns_of(EVENTS, EVENT_COLUMNS)
    histories: dict[int, list[Row]] = defaultdict(list)
    try:
        run = wanted.where(of.between(first, last)).order_by(of, number)
        rows: Sequence[Any] = (await session.execute(run)).all()
    except WRONG_TYPES:
        ids = select(number).where(of.between(first, last)).order_by(of, number)
        numbers = (await session.execute(ids)).scalars().all()
        rows = await _one_by_one(session, wanted, number, numbers, found)
    for row in rows:
        histories[row[0]].append(dict(zip(EVENT_COLUMNS, row, strict=True)))
    return histories


async def cases_of(session: AsyncSession, first: int, last: int) -> dict[int, int]:
    of = CASES.c.payment_id
    rows = await session.execute(
        select(of, func.count()).where(of.between(first, last)).group_by(of)
    )
    return {row[0]: row[1] for row in rows}


async def callbacks_of(session: AsyncSession, first: int, last: int) -> dict[int, tuple[int, int]]:
    """Of a range of payments: how many callbacks each has, and how many say that they moved it."""
    of, outcome = INBOX.c.payment_id, INBOX.c.outcome
    moved = func.sum(case((outcome.in_([status.value for status in PaymentStatus]), 1), else_=0))
    rows = await session.execute(
        select(of, func.count(), moved).where(of.between(first, last)).group_by(of)
    )
    return {row[0]: (row[1], int(row[2])) for row in rows}


async def actions_on(session: AsyncSession, booking_ids: Iterable[int]) -> dict[str, list[Row]]:
    """What staff did to bookings that their seals cover, oldest first, by subject."""
    did: dict[str, list[Row]] = defaultdict(list)
    rows = await session.execute(
        select(AUDIT.c.subject, AUDIT.c.action, AUDIT.c.after)
        .where(
            AUDIT.c.subject.in_([f"booking:{number}" for number in booking_ids]),
            AUDIT.c.action.in_(BY_STAFF),
        )
        .order_by(AUDIT.c.audit_id)
    )
    for row in rows.mappings():
        did[row["subject"]].append(dict(row))
    return did


async def received_for(session: AsyncSession, first: int, last: int) -> dict[int, Decimal]:
    """What the payments of a range of bookings add up to, less refunds."""
    of = PAYMENTS.c.booking_id
    # Not in WHERE: a planner that walks the index of statuses reads every payment for each batch.
    paid = PAYMENTS.c.status.in_([status.value for status in MONEY])
    total = func.sum(case((paid, PAYMENTS.c.amount - PAYMENTS.c.amount_refunded), else_=0))
    rows = await session.execute(select(of, total).where(of.between(first, last)).group_by(of))
    return {row[0]: Decimal(str(row[1])) for row in rows}


async def returned_of(session: AsyncSession, payment_ids: Iterable[int]) -> dict[int, Returned]:
    """What the refunds of these payments say went back, and what the payments say."""
    of = REFUNDS.c.payment_id
    back = REFUNDS.c.status.in_([status.value for status in RETURNED])
    rows = await session.execute(
        select(
            of,
            func.min(REFUNDS.c.returned_before),
            func.sum(case((back, REFUNDS.c.amount), else_=0)),
            func.max(PAYMENTS.c.amount_refunded),
        )
        .join(PAYMENTS, PAYMENTS.c.payment_id == of)
        .where(of.in_(sorted(payment_ids)))
        .group_by(of)
    )
    return {row[0]: Returned(*(Decimal(str(one)) for one in row[1:])) for row in rows}


async def bookings_of(session: AsyncSession, payment_ids: Iterable[Any]) -> dict[Any, int]:
    ids = [number for number in payment_ids if number is not None]
    rows = await session.execute(
        select(PAYMENTS.c.payment_id, PAYMENTS.c.booking_id).where(PAYMENTS.c.payment_id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}
