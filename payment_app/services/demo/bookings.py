"""Demo bookings for simulator mode: one in each state, on an empty database only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlmodel import col

from payment_app.domain import bookings
from payment_app.domain.lifecycle import Evidence, PaymentStatus, Source
from payment_app.services.bookings.bookings import NewBooking, add_booking
from payment_app.services.payments import settlement
from payment_app.services.payments.events import Happening, record
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys import seals
from payment_app.services.shared.keys.tokens import new_token
from payment_app.storage.database import Database
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of

MOST_OWN = 6
"""Bookings of the operator on the start page."""


@dataclass(frozen=True)
class DemoBooking:
    """A booking as the simulator's start page lists it.

    Attributes:
        status: the booking's status word.
        fixed: one of those that come with the simulator; the operator made the others.
    """

    title: str
    reference: str
    amount: int
    amount_paid: int
    status: str
    pay_path: str
    fixed: bool = True


@dataclass(frozen=True)
class _Demo:
    reference: str
    title: str
    amount: int
    details: tuple[tuple[str, str], ...]
    paid: int = 0
    receipt: str = ""
    instalments: bool = False
    closed: bool = False


_UNIT = "Mombasa Road, Nairobi"
_DEMOS = (
    _Demo(
        "BK7F2QX9",
        "Storage unit B12, December",
        2_500,
        (("Unit", "B12, 6 m², ground floor"), ("Where", _UNIT), ("Dates", "1–31 December 2026")),
    ),
    _Demo(
        "BK3H8WT4",
        "Storage unit D03, six months",
        18_000,
        (("Unit", "D03, 9 m²"), ("Where", _UNIT), ("Terms", "Pay in as many parts as you like")),
        paid=6_000,
        receipt="SKA4DEM0P1",
        instalments=True,
    ),
    _Demo(
        "BK9C5RN2",
        "Moving van, Saturday",
        4_200,
        (("Van", "3 t with driver"), ("When", "Saturday, 8:00 to 12:00")),
        paid=4_200,
        receipt="SKA4DEM0P2",
    ),
    _Demo(
        "BK2M6VK7",
        "Storage unit A01, November",
        2_500,
        (("Unit", "A01, 6 m²"), ("Where", _UNIT)),
        closed=True,
    ),
)


async def seed_demo(database: Database, clock: Clock) -> None:
    """Fill an empty database with demo bookings; a database with bookings is left alone."""
    async with database.write() as session:
        count = (await session.execute(select(func.count(col(Booking.booking_id))))).scalar_one()
        if count == 0:
            for demo in _DEMOS:
                await _add(session, demo, clock())


async def list_demo(database: Database, clock: Clock) -> list[DemoBooking]:
    """The bookings of the start page: those that come with it, then the operator's newest."""
    fixed = col(Booking.reference).in_([demo.reference for demo in _DEMOS])
    key = col(Booking.booking_id)
    async with database.read() as session:
        demos = await session.execute(select(Booking).where(fixed).order_by(key))
        own = await session.execute(
            select(Booking).where(~fixed).order_by(key.desc()).limit(MOST_OWN)
        )
        found = [(one, True) for one in demos.scalars()] + [(one, False) for one in own.scalars()]
    now = clock()
    return [
        DemoBooking(
            title=booking.title,
            reference=booking.reference,
            amount=int(booking.amount),
            amount_paid=int(booking.amount_paid),
            status=bookings.status_now(booking.status, booking.expires_at, now).value,
            pay_path=f"/pay/{booking.pay_token}",
            fixed=is_fixed,
        )
        for booking, is_fixed in found
    ]


async def _add(session: AsyncSession, demo: _Demo, now: datetime) -> None:
    booking = await add_booking(
        session,
        NewBooking(
            reference=demo.reference,
            title=demo.title,
            amount=Decimal(demo.amount),
            customer_name="Wanjiku Kamau",
            phone_number="0712 345 678",
            details=list(demo.details),
            allow_instalments=demo.instalments,
        ),
        now,
    )
    if demo.closed:
        booking.status = bookings.BookingStatus.CLOSED.value
        seals.renew(session, seals.BOOKING, booking)
    if demo.paid:
        await session.run_sync(_pay, booking, demo, now - timedelta(days=2))


def _pay(session: Session, booking: Booking, demo: _Demo, at: datetime) -> None:
    """Settle a past payment the way every payment settles, so that the books add up."""
    session.flush()
    rows = Rows(session.connection(), session.info)
    payment = rows.insert(
        Payment,
        booking_id=id_of(booking),
        user_id=booking.user_id,
        amount=Decimal(demo.paid),
        phone_number="254712345678",
        transaction_id=f"{booking.reference}-P1",
        receipt_token=new_token(),
        created_at=at,
    )
    record(rows, payment, Happening("created", "demo", "checkout"), at=at, from_status=None)
    evidence = Evidence(
        PaymentStatus.COMPLETED,
        Source.STATEMENT,
        at,
        amount=payment.amount,
        receipt=demo.receipt,
        result_code="0",
    )
    happening = Happening("completed", "demo", Source.STATEMENT, "Demo payment")
    rows.write()
    settlement.apply(rows, id_of(payment), evidence, happening)
    rows.write()
