"""Bookings in words, for the list and for the page of one. Pure."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import segno

from payment_app.domain import bookings
from payment_app.domain.calendar import NAIROBI
from payment_app.domain.errors import BadInput
from payment_app.domain.lifecycle import LIVE
from payment_app.domain.money import shillings
from payment_app.domain.phone import mask_phone
from payment_app.domain.sight import EVERYTHING, Sight
from payment_app.services.bookings.import_csv import ImportRow, Preview
from payment_app.services.bookings.management import BookingFile, BookingForm
from payment_app.services.console.booking_list import BookingPage, BookingRow
from payment_app.web.staff.bookings.texts import BOOKING, BOOKINGS, STATUSES
from payment_app.web.staff.formats import moment, money, short_moment, status_words

HERE = "/staff/bookings"
MOST_SHOWN = 100
_WRITTEN = ("title", "customer_name", "email", "details")
"""Fields in which something may be masked."""


@dataclass(frozen=True)
class BookingLine:
    """One row of the list."""

    key: str = ""
    href: str = ""
    reference: str = ""
    title: str = ""
    customer: str = ""
    phone: str = ""
    amount: str = ""
    due: str = ""
    word: str = ""
    tone: str = "plain"
    made: str = ""


@dataclass(frozen=True)
class Listing:
    """The list."""

    lines: list[BookingLine] = field(default_factory=list)
    q: str = ""
    status: str = ""
    next_href: str = ""
    first_href: str = ""
    empty: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ImportLine:
    """One line of a file that was read."""

    line: str = ""
    reference: str = ""
    title: str = ""
    amount: str = ""
    customer: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ImportView:
    """What a file would do."""

    lines: list[ImportLine] = field(default_factory=list)
    summary: str = ""
    more: str = ""
    commit: str = ""


@dataclass(frozen=True)
class Fact:
    """A label with its value."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True)
class PaymentLine:
    """One payment of the booking."""

    href: str = ""
    amount: str = ""
    word: str = ""
    tone: str = "plain"
    receipt: str = ""
    at: str = ""


@dataclass(frozen=True)
class FormFields:
    """What the form starts with. Its phone field stays empty: that keeps the number.

    `key` changes with the rest, so that a browser fills the form anew only then.
    """

    key: str = ""
    title: str = ""
    amount: str = ""
    customer_name: str = ""
    phone_masked: str = ""
    email: str = ""
    details: str = ""
    expires_on: str = ""
    allow_instalments: bool = False


@dataclass(frozen=True)
class BookingDetail:
    """The page of one booking."""

    heading: str = ""
    title: str = ""
    missing: bool = False
    what: str = ""
    word: str = ""
    tone: str = "plain"
    closed: bool = False
    live: bool = False
    paid: str = ""
    has_money: bool = False
    although: str = ""
    pay_url: str = ""
    whatsapp: str = ""
    sms: str = ""
    qr: str = ""
    money: list[Fact] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    payments: list[PaymentLine] = field(default_factory=list)
    form: FormFields = FormFields()


def show_listing(
    page: BookingPage, params: Mapping[str, str], now: datetime, sight: Sight
) -> Listing:
    """A page of bookings, as far as `sight` reaches."""
    kept = {key: params[key] for key in ("q", "status") if params.get(key)}
    more = {**kept, "before": str(page.next)}
    return Listing(
        lines=[_line(row, now, sight) for row in page.rows],
        q=params.get("q", ""),
        status=params.get("status", ""),
        next_href=f"{HERE}?{urlencode(more)}" if page.next else "",
        first_href=(f"{HERE}?{urlencode(kept)}" if kept else HERE) if params.get("before") else "",
        empty="" if page.rows else BOOKINGS["none_found" if kept else "none"],
    )


def show_problem(sentence: str, params: Mapping[str, str]) -> Listing:
    """An address that cannot be read."""
    return Listing(q=params.get("q", ""), problem=sentence)


def show_import(preview: Preview) -> ImportView:
    """A file that was read: its first lines, and every line with an error."""
    number = len(preview.rows)
    shown = [row for at, row in enumerate(preview.rows) if at < MOST_SHOWN or row.problem]
    shown = shown[: MOST_SHOWN * 2]
    problems = preview.problems
    words = BOOKINGS["import_problems" if problems else "import_fine"]
    return ImportView(
        lines=[_import_line(row) for row in shown],
        summary=words.format(number=problems or number),
        more=BOOKINGS["import_more"].format(number=MOST_SHOWN) if len(shown) < number else "",
        commit="" if problems else BOOKINGS["import_commit"].format(number=number),
    )


def show_booking(found: BookingFile, *, origin: str, merchant: str, sight: Sight) -> BookingDetail:
    """The page of one booking, as far as `sight` reaches.

    Args:
        merchant: the business, as messages to the customer name it.
    """
    booking, now = found.booking, found.read_at
    status = bookings.status_now(booking.status, booking.expires_at, now)
    word, tone = STATUSES[status.value]
    due = bookings.amount_due(booking.amount, booking.amount_paid)
    url = sight.link(f"{origin}/pay/{booking.pay_token}")
    message = BOOKING["message"].format(
        merchant=merchant, due=money(due), title=booking.title, url=url
    )
    reference = sight.text(booking.reference)
    return BookingDetail(
        heading=reference,
        title=BOOKING["page_title"].format(reference=reference),
        what=sight.text(booking.title),
        word=word,
        tone=tone,
        closed=booking.status == bookings.BookingStatus.CLOSED,
        live=any(payment.status in LIVE for payment in found.payments),
        paid=money(booking.amount_paid),
        has_money=booking.amount_paid > 0,
        although=BOOKING["although_paid"].format(paid=money(booking.amount_paid)),
        pay_url=url,
        whatsapp=url and f"https://wa.me/?text={quote(message)}",
        sms=url and f"sms:?&body={quote(message)}",
        qr=url and qr_image(url),
        money=[
            Fact(BOOKING["price"], money(booking.amount)),
            Fact(BOOKING["paid"], money(booking.amount_paid)),
            Fact(BOOKING["due"], money(due)),
        ],
        facts=_facts(found, sight),
        payments=_payments(found),
        form=_fields(found, sight),
    )


def show_missing() -> BookingDetail:
    """There is no such booking."""
    words = BOOKING["missing_title"]
    return BookingDetail(heading=words, title=words, missing=True)


def read_change(form: Mapping[str, Any], found: BookingFile, sight: Sight) -> BookingForm:
    """A change that somebody filled in: what they left as it was shown to them stays.

    Raises:
        BadInput: `invalid_amount`, `invalid_expires_at`.
    """
    shown, whole = _fields(found, sight), _fields(found, EVERYTHING)
    kept = {
        name: getattr(whole, name)
        for name in _WRITTEN
        if _as_typed(form.get(name)) == _as_typed(getattr(shown, name))
    }
    return read_form({**form, **kept}, found.customer.phone_number)


def _as_typed(text: object) -> str:
    """Browsers send lines ended by CR and LF."""
    return str(text).replace("\r\n", "\n").strip()


def read_form(form: Mapping[str, Any], phone: str = "") -> BookingForm:
    """What somebody filled in.

    Args:
        phone: stands in for a phone field that was left empty.

    Raises:
        BadInput: `invalid_amount`, `invalid_expires_at`.
    """
    text = {key: value for key, value in form.items() if isinstance(value, str)}
    return BookingForm(
        title=text.get("title", ""),
        amount=shillings(text.get("amount", "")),
        customer_name=text.get("customer_name", ""),
        phone_number=text.get("phone_number", "").strip() or phone,
        email=text.get("email", ""),
        details=_pairs(text.get("details", "")),
        expires_at=_end_of_day(text.get("expires_on", "")),
        allow_instalments=form.get("allow_instalments") in (True, "on", "true"),
    )


def qr_image(url: str) -> str:
    """A data URI of the address as a QR code."""
    buffer = io.BytesIO()
    segno.make(url, error="m").save(
        buffer, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _line(row: BookingRow, now: datetime, sight: Sight) -> BookingLine:
    word, tone = STATUSES[row.status.value]
    return BookingLine(
        key=str(row.booking_id),
        href=f"{HERE}/{row.booking_id}",
        reference=sight.text(row.reference),
        title=sight.text(row.title),
        customer=sight.text(row.customer),
        phone=mask_phone(row.phone_number),
        amount=money(row.amount),
        due=money(bookings.amount_due(row.amount, row.amount_paid)),
        word=word,
        tone=tone,
        made=short_moment(row.created_at, now),
    )


def _import_line(row: ImportRow) -> ImportLine:
    return ImportLine(
        str(row.line), row.reference, row.title, row.amount, row.customer_name, row.problem
    )


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


def _fields(found: BookingFile, sight: Sight) -> FormFields:
    booking, customer = found.booking, found.customer
    last_day = booking.expires_at and booking.expires_at.astimezone(NAIROBI) - timedelta(seconds=1)
    fields = FormFields(
        title=sight.text(booking.title),
        amount=f"{booking.amount:f}",
        customer_name=sight.text(customer.name),
        phone_masked=mask_phone(customer.phone_number),
        email=sight.email(customer.email or ""),
        details=sight.text(_lines(found.details)),
        expires_on=f"{last_day:%Y-%m-%d}" if last_day else "",
        allow_instalments=booking.allow_instalments,
    )
    return replace(fields, key=str(zlib.crc32(repr(fields).encode())))


def _lines(details: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{label}: {value}" if label else value for label, value in details)


def _pairs(text: str) -> Sequence[tuple[str, str]]:
    pairs = []
    for line in text.splitlines():
        label, colon, value = line.strip().partition(":")
        if colon:
            pairs.append((label.strip(), value.strip()))
        elif label:
            pairs.append(("", label))
    return pairs


def _end_of_day(text: str) -> datetime | None:
    """The end of that day in Nairobi."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise BadInput("invalid_expires_at", "The last day must be a date.") from None
    return datetime(day.year, day.month, day.day, tzinfo=NAIROBI)
