"""The list of bookings in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from payment_app.domain import bookings
from payment_app.domain.phone import mask_phone
from payment_app.domain.sight import Sight
from payment_app.services.console.booking_list import BookingPage, BookingRow
from payment_app.web.staff.bookings.texts import BOOKINGS
from payment_app.web.staff.formats import money, short_moment
from payment_app.web.staff.texts import BOOKING_STATUSES

HERE = "/staff/bookings"


@dataclass(frozen=True)
class BookingLine:
    """One row: a booking with its customer; the phone is masked."""

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
class BookingsView:
    """One page of the list, and what the address asks for.

    Attributes:
        q, status: the filter as the address has it.
        next_href, first_href: ways to older rows and back to the newest; empty for none.
        empty: why there are no rows.
        problem: why the address cannot be read; there are no rows then either.
    """

    lines: list[BookingLine] = field(default_factory=list)
    q: str = ""
    status: str = ""
    next_href: str = ""
    first_href: str = ""
    empty: str = ""
    problem: str = ""


def show_listing(
    page: BookingPage, params: Mapping[str, str], now: datetime, sight: Sight
) -> BookingsView:
    """The page that the address's `params` ask for, as far as `sight` reaches."""
    kept = {key: params[key] for key in ("q", "status") if params.get(key)}
    more = {**kept, "before": str(page.next)}
    return BookingsView(
        lines=[_line(row, now, sight) for row in page.rows],
        q=params.get("q", ""),
        status=params.get("status", ""),
        next_href=f"{HERE}?{urlencode(more)}" if page.next else "",
        first_href=(f"{HERE}?{urlencode(kept)}" if kept else HERE) if params.get("before") else "",
        empty="" if page.rows else BOOKINGS["none_found" if kept else "none"],
    )


def show_problem(sentence: str, params: Mapping[str, str]) -> BookingsView:
    """What stays of an address that cannot be read: what was typed, and what is wrong with it."""
    return BookingsView(q=params.get("q", ""), problem=sentence)


def _line(row: BookingRow, now: datetime, sight: Sight) -> BookingLine:
    word, tone = BOOKING_STATUSES[row.status.value]
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
