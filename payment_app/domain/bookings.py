"""What a booking owes: pure rules over its amounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from payment_app.domain.money import MAX_PER_TRANSACTION


class BookingStatus(StrEnum):
    """The booking's words in the public contract."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    CLOSED = "closed"


def status_for(amount: Decimal, amount_paid: Decimal, *, closed: bool) -> BookingStatus:
    """The status that follows from the money; a booking that was closed stays closed."""
    if closed:
        return BookingStatus.CLOSED
    if amount_paid >= amount:
        return BookingStatus.PAID
    return BookingStatus.PART_PAID if amount_paid > 0 else BookingStatus.OPEN


def status_now(stored: str, expires_at: datetime | None, now: datetime) -> BookingStatus:
    """The stored status, or closed once an unpaid booking's time is over."""
    status = BookingStatus(stored)
    unpaid = status in (BookingStatus.OPEN, BookingStatus.PART_PAID)
    return BookingStatus.CLOSED if unpaid and expires_at and expires_at <= now else status


def amount_due(amount: Decimal, amount_paid: Decimal) -> Decimal:
    """Shillings still owed, never negative."""
    return max(Decimal(0), amount - amount_paid)


def takes_instalments(amount: Decimal, allowed: bool) -> bool:
    """Above M-Pesa's limit for one transaction, parts are the only way to pay."""
    return allowed or amount > MAX_PER_TRANSACTION
