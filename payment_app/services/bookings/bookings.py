"""Creating and reading bookings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import BadInput, Conflict, NotFound
from payment_app.domain.money import shillings
from payment_app.domain.phone import normalise_phone
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys import seals
from payment_app.services.shared.keys.tokens import new_token
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment, UserAccount
from payment_app.storage.types import stored_id

_REFERENCE = re.compile(r"[A-Za-z0-9]{1,12}")


@dataclass(frozen=True)
class NewBooking:
    """A booking to be made.

    Attributes:
        reference: at most 12 letters and digits, unique; the account number on M-Pesa.
        amount: whole shillings.
        details: (label, value) pairs shown to the payer.
    """

    reference: str
    title: str
    amount: Decimal
    customer_name: str
    phone_number: str
    email: str | None = None
    details: list[tuple[str, str]] = field(default_factory=list)
    expires_at: datetime | None = None
    allow_instalments: bool = False


class BookingService:
    """Bookings by id and by pay link."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, new: NewBooking) -> Booking:
        """Make a booking with its own pay link.

        Raises:
            BadInput: reference, amount or phone outside their rules.
            Conflict: `duplicate_reference`.
        """
        try:
            async with self._database.write() as session:
                return await add_booking(session, new, self._clock())
        except IntegrityError:
            raise Conflict(
                "duplicate_reference",
                f"There is already a booking with the reference {new.reference}.",
            ) from None

    async def get(self, booking_id: int) -> tuple[Booking, list[Payment]]:
        """A booking and its payments, oldest first.

        Raises:
            NotFound: `booking_not_found`.
        """
        async with self._database.read() as session:
            booking = await session.get(Booking, booking_id)
            if booking is None:
                raise NotFound("booking_not_found", "There is no such booking.")
            return booking, await payments_of(session, booking_id)


async def add_booking(session: AsyncSession, new: NewBooking, now: datetime) -> Booking:
    """Insert a booking and its customer in the caller's transaction."""
    checked_reference(new.reference)
    customer = UserAccount(
        name=new.customer_name,
        phone_number=normalise_phone(new.phone_number),
        email=new.email,
        created_at=now,
    )
    session.add(customer)
    await session.flush()
    booking = Booking(
        user_id=stored_id(customer.user_id),
        reference=new.reference,
        title=new.title,
        details=json.dumps(new.details, ensure_ascii=False),
        amount=shillings(new.amount),
        allow_instalments=new.allow_instalments,
        expires_at=checked_expiry(new.expires_at),
        pay_token=new_token(),
        created_at=now,
        updated_at=now,
    )
    session.add(booking)
    await session.flush()
    seals.seal_new(session, seals.BOOKING, booking)
    return booking


def is_reference(text: str) -> bool:
    """Whether a booking may have that reference."""
    return _REFERENCE.fullmatch(text) is not None


def checked_reference(reference: str) -> str:
    """The reference again.

    Raises:
        BadInput: `invalid_reference`.
    """
    if not is_reference(reference):
        raise BadInput("invalid_reference", "The reference must be 1 to 12 letters and digits.")
    return reference


def checked_expiry(at: datetime | None) -> datetime | None:
    """The same moment in UTC. Every zone must have a day for it: pages show it in Nairobi's.

    Raises:
        BadInput: `invalid_expires_at`.
    """
    if at is not None and at.tzinfo is None:
        raise BadInput("invalid_expires_at", "expires_at needs a time zone offset.")
    # The first and last days of the calendar have no neighbours in another zone.
    if at is not None and not MINYEAR < at.year < MAXYEAR:
        raise BadInput("invalid_expires_at", "expires_at lies outside the calendar.")
    return at and at.astimezone(UTC)


async def payments_of(session: AsyncSession, booking_id: int) -> list[Payment]:
    """A booking's payments, oldest first."""
    rows = await session.execute(
        select(Payment)
        .where(col(Payment.booking_id) == booking_id)
        .order_by(col(Payment.payment_id))
    )
    return list(rows.scalars())
