"""Finding bookings: newest first, by reference, phone or customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, false, or_, select
from sqlmodel import col

from payment_app.domain import bookings
from payment_app.domain.bookings import BookingStatus
from payment_app.domain.errors import BadInput
from payment_app.domain.sight import Sight
from payment_app.services.search import words
from payment_app.services.search.sql.owners import Owners
from payment_app.services.shared.clock import Clock
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, UserAccount
from payment_app.storage.types import stored_id

PAGE = 50
LONGEST_SEARCH = 80


@dataclass(frozen=True)
class BookingRow:
    """One booking as the list shows it; the phone is full, pages mask it."""

    booking_id: int
    reference: str
    title: str
    customer: str
    phone_number: str
    amount: Decimal
    amount_paid: Decimal
    status: BookingStatus
    created_at: datetime


@dataclass(frozen=True)
class BookingPage:
    """A page; `next` is the id to go on behind, 0 at the end."""

    rows: list[BookingRow]
    next: int


class BookingList:
    """The list of bookings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, sight: Sight, search: str = "", status: str = "", before: int | None = None
    ) -> BookingPage:
        """Newest first, those with an id below `before` (`None`: from the start).

        Args:
            sight: of whoever asks; nobody can search by digits that they are not shown.

        Raises:
            BadInput: `invalid_status`, `invalid_q`.
        """
        now = self._clock()
        wanted = select(Booking, UserAccount).join(
            UserAccount, col(UserAccount.user_id) == col(Booking.user_id)
        )
        wanted = wanted.where(*_status(status, now))
        if before:
            wanted = wanted.where(col(Booking.booking_id) < before)
        async with self._database.read() as session:
            if search.strip():
                wanted = wanted.where(_search(search, sight, is_sqlite=self._database.is_sqlite))
            newest = wanted.order_by(col(Booking.booking_id).desc()).limit(PAGE + 1)
            found = [(row[0], row[1]) for row in await session.execute(newest)]
        rows = [_row(booking, customer, now) for booking, customer in found[:PAGE]]
        return BookingPage(rows, rows[-1].booking_id if len(found) > PAGE else 0)


def _status(word: str, now: datetime) -> list[ColumnElement[bool]]:
    """What the status of this moment means in stored terms; "" = all."""
    if not word:
        return []
    try:
        status = BookingStatus(word)
    except ValueError:
        known = ", ".join(BookingStatus)
        raise BadInput("invalid_status", f"The status must be one of {known}.") from None
    over = col(Booking.expires_at) <= now
    unpaid = col(Booking.status).in_([BookingStatus.OPEN.value, BookingStatus.PART_PAID.value])
    if status is BookingStatus.CLOSED:
        return [or_(col(Booking.status) == status.value, unpaid & over)]
    if status is BookingStatus.PAID:
        return [col(Booking.status) == status.value]
    alive = or_(col(Booking.expires_at).is_(None), col(Booking.expires_at) > now)
    return [col(Booking.status) == status.value, alive]


def _search(text: str, sight: Sight, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Everything that the words could be: a reference or its beginning, a phone, a name."""
    typed = text.strip()
    if len(typed) > LONGEST_SEARCH or not typed.isprintable():
        raise BadInput("invalid_q", f"Please search for at most {LONGEST_SEARCH} characters.")
    masked = not sight.numbers
    owners = Owners(is_sqlite=is_sqlite)
    choices: list[ColumnElement[bool]] = []
    if start := words.code_start(typed):
        choices.append(owners.reference_starts(start, masked))
    if (phone := words.phone_meaning(typed).exact) and not masked:
        theirs = select(col(UserAccount.user_id)).where(col(UserAccount.phone_number) == phone)
        choices.append(col(Booking.user_id).in_(theirs))
    parts = tuple(filter(None, (words.name_tokens(word) for word in typed.split())))
    if parts:
        choices.append(col(Booking.user_id).in_(owners.users_named(parts, masked)))
    return or_(*choices) if choices else false()


def _row(booking: Booking, customer: UserAccount, now: datetime) -> BookingRow:
    return BookingRow(
        booking_id=stored_id(booking.booking_id),
        reference=booking.reference,
        title=booking.title,
        customer=customer.name,
        phone_number=customer.phone_number,
        amount=booking.amount,
        amount_paid=booking.amount_paid,
        status=bookings.status_now(booking.status, booking.expires_at, now),
        created_at=booking.created_at,
    )
