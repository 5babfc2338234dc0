"""What was found while somebody types, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from payment_app.domain.sight import Sight
from payment_app.services.console.booking_list import BookingRow
from payment_app.services.search.query import PaymentRow
from payment_app.web.staff.formats import money, status_words
from payment_app.web.staff.quick.texts import QUICK
from payment_app.web.staff.texts import BOOKING_STATUSES


@dataclass(frozen=True)
class Find:
    """One suggestion: where it leads, what it is, and quieter what kind of thing that is."""

    text: str = ""
    hint: str = ""
    href: str = ""


def show_finds(
    payments: Sequence[PaymentRow], bookings: Sequence[BookingRow], sight: Sight
) -> list[Find]:
    """Payments first: they are what most questions are about."""
    return [
        *(_payment(row, sight) for row in payments),
        *(_booking(row, sight) for row in bookings),
    ]


def _payment(row: PaymentRow, sight: Sight) -> Find:
    said = (
        sight.text(row.customer_name),
        money(row.amount),
        row.receipt or sight.text(row.reference),
    )
    return Find(
        text=" · ".join(said),
        hint=QUICK["payment"].format(number=row.payment_id, status=status_words(row.status)[0]),
        href=f"/staff/payments/{row.payment_id}",
    )


def _booking(row: BookingRow, sight: Sight) -> Find:
    said = (sight.text(row.reference), sight.text(row.title), sight.text(row.customer))
    word, _ = BOOKING_STATUSES[row.status.value]
    return Find(
        text=" · ".join(said),
        hint=QUICK["booking"].format(status=word),
        href=f"/staff/bookings/{row.booking_id}",
    )
