"""Rows for the tests of the staff console, put straight into a migrated database."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select

from payment_app.domain.cases import CaseKind, CaseState
from payment_app.services.bookings.bookings import NewBooking, add_booking
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import AuditLog
from payment_app.storage.tables import Booking, Payment, PaymentCase

_numbers = count(1)


async def booking_row(database: Database, at: datetime, amount: int = 2_500) -> Booking:
    """A booking with its customer."""
    new = NewBooking(
        reference=f"BK{next(_numbers):06d}",
        title="Storage unit",
        amount=Decimal(amount),
        customer_name="Wanjiku Kamau",
        phone_number="254712345678",
    )
    async with database.write() as session:
        return await add_booking(session, new, at)


async def payment_row(
    database: Database, status: str, created_at: datetime, amount: int = 2_500, **more: Any
) -> Payment:
    """A payment of a new booking, in any state."""
    booking = await booking_row(database, created_at, amount)
    payment = Payment(
        booking_id=booking.booking_id or 0,
        user_id=booking.user_id,
        amount=Decimal(amount),
        status=status,
        phone_number="254712345678",
        created_at=created_at,
        **more,
    )
    async with database.write() as session:
        session.add(payment)
        await session.flush()
    return payment


async def case_row(
    database: Database, payment: Payment, kind: CaseKind, at: datetime, **more: Any
) -> PaymentCase:
    """A case about a payment."""
    case = PaymentCase(
        kind=kind.value,
        payment_id=payment.payment_id,
        booking_id=payment.booking_id,
        evidence="{}",
        dedupe=f"{next(_numbers):064d}",
        opened_at=at,
        **({"state": CaseState.OPEN.value} | more),
    )
    async with database.write() as session:
        session.add(case)
        await session.flush()
    return case


async def audit_lines(database: Database) -> list[AuditLog]:
    """The activity log, oldest first."""
    async with database.read() as session:
        rows = await session.execute(select(AuditLog).order_by("audit_id"))
        return [*rows.scalars()]
