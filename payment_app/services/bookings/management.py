"""What staff do with one booking. Its rules protect the money that has come, or is on its way."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain import bookings
from payment_app.domain.bookings import BookingStatus
from payment_app.domain.errors import BadInput, Conflict, NotFound
from payment_app.domain.lifecycle import LIVE
from payment_app.domain.money import shillings
from payment_app.domain.phone import mask_phone, normalise_phone
from payment_app.domain.staff import Permission
from payment_app.live.hub import booking_topic
from payment_app.services.bookings.bookings import (
    NewBooking,
    add_booking,
    checked_expiry,
    payments_of,
)
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys import seals
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment, UserAccount
from payment_app.storage.transaction import hint_after_commit
from payment_app.storage.types import stored_id

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_REASON = 400
MOST_DETAILS = 20


@dataclass(frozen=True)
class BookingFile:
    """A booking with its customer and its payments, oldest first."""

    booking: Booking
    customer: UserAccount
    payments: list[Payment]
    read_at: datetime

    @property
    def details(self) -> list[tuple[str, str]]:
        """(label, value) pairs shown to the payer."""
        return [(label, value) for label, value in json.loads(self.booking.details)]


@dataclass(frozen=True)
class BookingForm:
    """What staff may change about a booking; everything is replaced.

    Attributes:
        amount: whole shillings.
        phone_number: as typed.
        details: (label, value) pairs.
        expires_at: `None` = never.
    """

    title: str
    amount: Decimal
    customer_name: str
    phone_number: str
    email: str | None = None
    details: Sequence[tuple[str, str]] = field(default_factory=tuple)
    expires_at: datetime | None = None
    allow_instalments: bool = False


class BookingManagement:
    """Bookings in the hands of staff."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, booking_id: int) -> BookingFile:
        """A booking with all that belongs to it.

        Raises:
            NotFound: `booking_not_found`.
        """
        async with self._database.snapshot() as session:
            booking = await _booking(session, booking_id)
            return BookingFile(
                booking,
                await session.get_one(UserAccount, booking.user_id),
                await payments_of(session, booking_id),
                self._clock(),
            )

    async def create(self, who: Member, form: BookingForm, reference: str = "") -> int:
        """Make a booking; without a reference it gets one. Its id.

        Raises:
            Forbidden, BadInput: a field outside its rules.
            Conflict: `duplicate_reference`.
        """
        who.require(Permission.BOOK)
        new = new_booking(form, reference.strip().upper() or new_reference())
        now = self._clock()
        try:
            async with self._database.write() as session:
                booking = await add_booking(session, new, now)
                subject, after = f"booking:{booking.booking_id}", _facts(booking)
                note_action(session, who, "booking_created", subject, at=now, after=after)
        except IntegrityError:
            raise _taken(new.reference) from None
        return stored_id(booking.booking_id)

    async def edit(self, who: Member, booking_id: int, form: BookingForm) -> None:
        """Replace what may be changed; open pay pages follow.

        Raises:
            Forbidden, NotFound: `booking_not_found`.
            BadInput: a field outside its rules, or an amount below what was paid.
            Conflict: `booking_closed`; `payment_in_progress`, for another amount.
        """
        who.require(Permission.BOOK)
        new = new_booking(form, "X")
        now = self._clock()
        async with self._database.write() as session:
            booking = await _booking(session, booking_id, lock=True)
            customer = await session.get_one(UserAccount, booking.user_id, with_for_update=True)
            before = _facts(booking) | _person(customer)
            if booking.status == BookingStatus.CLOSED:
                raise Conflict("booking_closed", "A cancelled booking is reopened before a change.")
            await _change_amount(session, booking, shillings(new.amount))
            booking.title, booking.expires_at = new.title, new.expires_at
            booking.details = json.dumps(new.details, ensure_ascii=False)
            booking.allow_instalments = new.allow_instalments
            booking.updated_at = now
            seals.renew(session, seals.BOOKING, booking)
            customer.name, customer.email = new.customer_name, new.email
            customer.phone_number = normalise_phone(new.phone_number)
            after = _facts(booking) | _person(customer)
            changed = {key for key in after if after[key] != before[key]}
            note_action(
                session,
                who,
                "booking_changed",
                f"booking:{booking_id}",
                at=now,
                before={key: before[key] for key in sorted(changed)},
                after={key: after[key] for key in sorted(changed)},
            )
            hint_after_commit(session, booking_topic(booking_id))

    async def cancel(
        self, who: Member, booking_id: int, reason: str, *, although_paid: bool = False
    ) -> None:
        """Close a booking: nobody can pay it any more.

        Args:
            although_paid: money that came is known, and somebody will refund it.

        Raises:
            Forbidden, NotFound: `booking_not_found`.
            BadInput: `reason_needed`.
            Conflict: `booking_closed`, `payment_in_progress`, `money_received`.
        """
        who.require(Permission.BOOK)
        why = _reason(reason)
        now = self._clock()
        async with self._database.write() as session:
            booking = await _booking(session, booking_id, lock=True)
            if booking.status == BookingStatus.CLOSED:
                raise Conflict("booking_closed", "This booking is cancelled already.")
            await _no_live_payment(session, booking_id)
            if booking.amount_paid > 0 and not although_paid:
                raise Conflict(
                    "money_received",
                    f"KSh {booking.amount_paid:,} has been paid for this booking, and cancelling "
                    "does not send it back. Tick that you know, and refund it afterwards.",
                )
            before, booking.status = booking.status, BookingStatus.CLOSED.value
            booking.updated_at = now
            seals.renew(session, seals.BOOKING, booking)
            note_action(
                session,
                who,
                "booking_cancelled",
                f"booking:{booking_id}",
                at=now,
                before={"status": before},
                after={"status": booking.status, "reason": why},
            )
            hint_after_commit(session, booking_topic(booking_id))

    async def reopen(self, who: Member, booking_id: int, reason: str) -> None:
        """Let a cancelled booking be paid again.

        Raises:
            Forbidden, NotFound: `booking_not_found`.
            BadInput: `reason_needed`.
            Conflict: `booking_open`.
        """
        who.require(Permission.BOOK)
        why = _reason(reason)
        now = self._clock()
        async with self._database.write() as session:
            booking = await _booking(session, booking_id, lock=True)
            if booking.status != BookingStatus.CLOSED:
                raise Conflict("booking_open", "This booking is not cancelled.")
            status = bookings.status_for(booking.amount, booking.amount_paid, closed=False)
            booking.status, booking.updated_at = status.value, now
            seals.renew(session, seals.BOOKING, booking)
            note_action(
                session,
                who,
                "booking_reopened",
                f"booking:{booking_id}",
                at=now,
                before={"status": BookingStatus.CLOSED.value},
                after={"status": booking.status, "reason": why},
            )
            hint_after_commit(session, booking_topic(booking_id))


def new_reference() -> str:
    """A reference that nobody mistypes: 28 bits behind `BK`, without letters that look alike."""
    return "BK" + "".join(secrets.choice(_ALPHABET) for _ in range(6))


def new_booking(form: BookingForm, reference: str) -> NewBooking:
    """The form, within the rules of a booking.

    Raises:
        BadInput: a field outside its rules.
    """
    return NewBooking(
        reference=reference,
        title=_text("title", form.title, 120),
        amount=form.amount,
        customer_name=_text("name", form.customer_name, 120),
        phone_number=normalise_phone(form.phone_number),
        email=_email(form.email),
        details=_details(form.details),
        expires_at=checked_expiry(form.expires_at),
        allow_instalments=form.allow_instalments,
    )


def _text(name: str, text: str, longest: int) -> str:
    words = " ".join(text.split())
    if not 1 <= len(words) <= longest or not words.isprintable():
        raise BadInput(f"invalid_{name}", f"The {name} must have 1 to {longest} characters.")
    return words


def _email(text: str | None) -> str | None:
    email = (text or "").strip()
    if not email:
        return None
    at_sign = email.count("@") == 1 and not email.startswith("@") and not email.endswith("@")
    if not at_sign or len(email) > 254 or not email.isprintable() or " " in email:
        raise BadInput("invalid_email", "That is no email address; it may also be left empty.")
    return email


def _details(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    if len(pairs) > MOST_DETAILS:
        raise BadInput("invalid_details", f"There may be at most {MOST_DETAILS} details.")
    return [(label[:80], value[:400]) for label, value in pairs]


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not 1 <= len(words) <= LONGEST_REASON:
        raise BadInput(
            "reason_needed", f"Say why, in 1 to {LONGEST_REASON} characters. Nothing was changed."
        )
    return words


def _taken(reference: str) -> Conflict:
    sentence = f"There is already a booking with the reference {reference}. Nothing was made."
    return Conflict("duplicate_reference", sentence)


def _facts(booking: Booking) -> dict[str, object]:
    return {
        "reference": booking.reference,
        "title": booking.title,
        "amount": str(booking.amount),
        "details": booking.details,
        "expires_at": str(booking.expires_at or ""),
        "allow_instalments": booking.allow_instalments,
    }


def _person(customer: UserAccount) -> dict[str, object]:
    return {"customer": customer.name, "phone": mask_phone(customer.phone_number)}


async def _booking(session: AsyncSession, booking_id: int, *, lock: bool = False) -> Booking:
    booking = None
    if 0 < booking_id < 2**31:
        booking = await session.get(Booking, booking_id, with_for_update=lock or None)
    if booking is None:
        raise NotFound("booking_not_found", "There is no such booking.")
    if lock:
        seals.examine_row(session, seals.BOOKING, booking)
    return booking


async def _change_amount(session: AsyncSession, booking: Booking, amount: Decimal) -> None:
    if amount == booking.amount:
        return
    if amount < booking.amount_paid:
        raise BadInput(
            "amount_below_paid",
            f"KSh {booking.amount_paid:,} has been paid already: the amount cannot be less.",
        )
    await _no_live_payment(session, stored_id(booking.booking_id))
    booking.amount = amount
    booking.status = bookings.status_for(amount, booking.amount_paid, closed=False).value


async def _no_live_payment(session: AsyncSession, booking_id: int) -> None:
    live = await session.execute(
        select(col(Payment.payment_id)).where(
            col(Payment.booking_id) == booking_id,
            col(Payment.status).in_([status.value for status in LIVE]),
        )
    )
    if live.first() is not None:
        raise Conflict(
            "payment_in_progress",
            "A payment of this booking is on its way. Wait until it has ended. "
            "Nothing was changed.",
        )
