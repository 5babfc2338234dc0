"""The fields of a booking: what they start with, and what somebody filled in. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from payment_app.domain.calendar import NAIROBI
from payment_app.domain.errors import BadInput
from payment_app.domain.money import shillings
from payment_app.domain.phone import mask_phone
from payment_app.domain.sight import EVERYTHING, Sight
from payment_app.services.bookings.management import BookingFile, BookingForm

_WRITTEN = ("title", "customer_name", "email", "details")
"""Fields in which something may be masked."""


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


def form_of(found: BookingFile, sight: Sight) -> FormFields:
    """The fields of a booking as it is now, as far as `sight` reaches."""
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


def read_change(form: Mapping[str, Any], found: BookingFile, sight: Sight) -> BookingForm:
    """A change that somebody filled in: what they left as it was shown to them stays.

    Raises:
        BadInput: `invalid_amount`, `invalid_expires_at`.
    """
    seen, whole = form_of(found, sight), form_of(found, EVERYTHING)
    kept = {
        name: getattr(whole, name)
        for name in _WRITTEN
        if _as_typed(form.get(name)) == _as_typed(getattr(seen, name))
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


def _lines(details: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{label}: {value}" if label else value for label, value in details)


def _pairs(text: str) -> Sequence[tuple[str, str]]:
    """Details, one a line, as `Label: value`; a line without a colon has no label."""
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
