"""One booking in words: a `BookingView` from its file. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from payment_app.domain import bookings
from payment_app.domain.phone import mask_phone
from payment_app.domain.sight import Sight
from payment_app.services.bookings.management import BookingFile
from payment_app.storage.tables import Booking
from payment_app.web.fact import Fact
from payment_app.web.qr import qr_image
from payment_app.web.staff.booking.texts import BOOKING
from payment_app.web.staff.booking_form.view import FormFields, form_of
from payment_app.web.staff.formats import moment, money, short_moment, status_words
from payment_app.web.staff.texts import BOOKING_STATUSES


@dataclass(frozen=True)
class PaymentLine:
    """One payment of the booking, newest first in the list, with the way to it."""

    href: str = ""
    amount: str = ""
    word: str = ""
    tone: str = "plain"
    receipt: str = ""
    at: str = ""


@dataclass(frozen=True)
class BookingView:
    """What the page of one booking says.

    Attributes:
        missing: there is no such booking; only `heading` and `title` are filled.
        what: what is paid for.
        closed: somebody closed it; `word` says so too when its last day is over.
        has_money, although: money came, and the words by which whoever cancels says that they know.
        whatsapp, sms: addresses that open a message to the customer with the pay link in it.
        qr: the pay link as the data URI of an image.
        pay_url: empty, like what is made of it, for whoever may not see the link.
    """

    heading: str = ""
    title: str = ""
    missing: bool = False
    what: str = ""
    word: str = ""
    tone: str = "plain"
    closed: bool = False
    has_money: bool = False
    although: str = ""
    pay_url: str = ""
    whatsapp: str = ""
    sms: str = ""
    qr: str = ""
    money: list[Fact] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    payments: list[PaymentLine] = field(default_factory=list)
    form: FormFields = field(default_factory=FormFields)


def show_booking(found: BookingFile, *, origin: str, merchant: str, sight: Sight) -> BookingView:
    """The page of one booking, as far as `sight` reaches.

    Args:
        merchant: the business, as messages to the customer name it.
    """
    booking = found.booking
    status = bookings.status_now(booking.status, booking.expires_at, found.read_at)
    word, tone = BOOKING_STATUSES[status.value]
    reference = sight.text(booking.reference)
    url = sight.link(f"{origin}/pay/{booking.pay_token}")
    message = quote(_message(booking, sight.text(booking.title), url, merchant))
    return BookingView(
        heading=reference,
        title=BOOKING["page_title"].format(reference=reference),
        what=sight.text(booking.title),
        word=word,
        tone=tone,
        closed=booking.status == bookings.BookingStatus.CLOSED,
        has_money=booking.amount_paid > 0,
        although=BOOKING["although_paid"].format(paid=money(booking.amount_paid)),
        pay_url=url,
        whatsapp=url and f"https://wa.me/?text={message}",
        sms=url and f"sms:?&body={message}",
        qr=url and qr_image(url),
        money=_money(booking),
        facts=_facts(found, sight),
        payments=_payments(found),
        form=form_of(found, sight),
    )


def show_missing() -> BookingView:
    """There is no such booking."""
    words = BOOKING["missing_title"]
    return BookingView(heading=words, title=words, missing=True)


def _money(booking: Booking) -> list[Fact]:
    values = {
        "price": booking.amount,
        "paid": booking.amount_paid,
        "due": bookings.amount_due(booking.amount, booking.amount_paid),
    }
    return [Fact(BOOKING[key], money(value)) for key, value in values.items()]


def _message(booking: Booking, title: str, url: str, merchant: str) -> str:
    due = bookings.amount_due(booking.amount, booking.amount_paid)
    return BOOKING["message"].format(merchant=merchant, due=money(due), title=title, url=url)


def _facts(found: BookingFile, sight: Sight) -> list[Fact]:
    booking, customer = found.booking, found.customer
    parts = bookings.takes_instalments(booking.amount, booking.allow_instalments)
    rows = {
        "customer": sight.text(customer.name),
        "phone": mask_phone(customer.phone_number),
        "email": sight.email(customer.email or ""),
        "made": moment(booking.created_at),
        "expires": moment(booking.expires_at),
        "instalments": BOOKING["yes"] if parts else BOOKING["no"],
    }
    facts = [Fact(BOOKING[key], value) for key, value in rows.items() if value]
    return facts + [Fact(sight.text(a), sight.text(b)) for a, b in found.details]


def _payments(found: BookingFile) -> list[PaymentLine]:
    lines = []
    for payment in reversed(found.payments):
        word, tone = status_words(payment.status)
        lines.append(
            PaymentLine(
                href=f"/staff/payments/{payment.payment_id}",
                amount=money(payment.amount),
                word=word,
                tone=tone,
                receipt=payment.mpesa_receipt_number or "",
                at=short_moment(payment.created_at, found.read_at),
            )
        )
    return lines
