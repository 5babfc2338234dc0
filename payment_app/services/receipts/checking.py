"""Whether a receipt that somebody shows is one of ours, and what became of its payment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain import bookings
from payment_app.domain.lifecycle import MONEY
from payment_app.services.receipts.code import ReceiptCodes, ReceiptFacts
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment


class Verdict(StrEnum):
    """What there is to say about a receipt."""

    GENUINE = "genuine"
    FORGED = "forged"
    """We did not sign this: another amount, another booking, or no code of ours at all."""
    NOT_IN_BOOKS = "not_in_books"
    """Signed by us, but the books hold no such payment: they are older, or somebody else's."""
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Checked:
    """The answer to a code; safe to show to anybody who holds it.

    Attributes:
        facts: what the code says; `None` for a forged one.
        due: what is left to pay for the booking, whole shillings.
        refunded: what went back of this payment, whole shillings.
        booking_id, payment_id: what it is about in the books, 0 where it is not in them.
    """

    verdict: Verdict
    facts: ReceiptFacts | None = None
    due: int = 0
    refunded: int = 0
    booking_id: int = 0
    payment_id: int = 0


class ReceiptChecks:
    """Answers codes."""

    def __init__(self, database: Database, codes: ReceiptCodes) -> None:
        self._database = database
        self._codes = codes

    async def check(self, text: str) -> Checked:
        """What a code says, held against the books; a forged one costs no read.

        Raises:
            SQLAlchemyError: the books cannot be read.
        """
        facts = self._codes.read(text)
        if facts is None:
            return Checked(Verdict.FORGED)
        async with self._database.read() as session:
            return await _in_the_books(session, facts)


async def _in_the_books(session: AsyncSession, facts: ReceiptFacts) -> Checked:
    statement = (
        select(Payment, Booking)
        .join(Booking, col(Booking.booking_id) == col(Payment.booking_id))
        .where(col(Payment.mpesa_receipt_number) == facts.receipt_number)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None or not _agrees(row[0], row[1], facts):
        return Checked(Verdict.NOT_IN_BOOKS, facts)
    payment, booking = row
    back = int(payment.amount_refunded)
    return Checked(
        Verdict.REFUNDED if back >= facts.amount else Verdict.GENUINE,
        facts,
        due=int(bookings.amount_due(booking.amount, booking.amount_paid)),
        refunded=back,
        booking_id=booking.booking_id or 0,
        payment_id=payment.payment_id or 0,
    )


def _agrees(payment: Payment, booking: Booking, facts: ReceiptFacts) -> bool:
    same = booking.reference == facts.reference and int(payment.amount) == facts.amount
    return same and payment.status in MONEY
