"""A demo booking in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from payment_app.services.demo.bookings import DemoBooking
from payment_app.web.payer.formats import ksh
from payment_app.web.texts.shape import Texts

_TONES = {"paid": "good", "part_paid": "wait", "closed": "warn"}


@dataclass(frozen=True)
class DemoCard:
    """One booking in the list; `tone` chooses the pill's look."""

    title: str = ""
    reference: str = ""
    amount: str = ""
    progress: str = ""
    status: str = ""
    tone: str = "plain"
    pay_path: str = ""
    fixed: bool = True


def demo_card(booking: DemoBooking, texts: Texts) -> DemoCard:
    """What the list says about a booking."""
    home = texts["home"]
    paid, total = ksh(booking.amount_paid), ksh(booking.amount)
    return DemoCard(
        title=booking.title,
        reference=booking.reference,
        amount=total,
        progress=home["paid_of"].format(paid=paid, total=total) if booking.amount_paid else "",
        status=cast("dict[str, str]", home).get(booking.status, booking.status),
        tone=_TONES.get(booking.status, "plain"),
        pay_path=booking.pay_path,
        fixed=booking.fixed,
    )
