"""GET /api/payments, one and many."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from payment_app.api.access import ApiKey, Services
from payment_app.api.bookings import MAX_ID
from payment_app.api.schemas import (
    ErrorOut,
    EventOut,
    PaymentDetailOut,
    PaymentOut,
    PaymentsOut,
    plain_text,
)
from payment_app.domain.errors import BadInput, NotFound
from payment_app.services.history import MOST, PaymentQuery, parse_statuses

NAIROBI = ZoneInfo("Africa/Nairobi")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

router = APIRouter(prefix="/api/payments", tags=["payments"], responses={422: {"model": ErrorOut}})


@router.get("")
async def list_payments(
    services: Services,
    _: ApiKey,
    status: Annotated[str, Query(description="comma list of status words")] = "",
    q: Annotated[str, Query(max_length=80, description="phone, receipt, reference, name, …")] = "",
    since: Annotated[str, Query(alias="from", description="RFC 3339, or a Nairobi date")] = "",
    until: Annotated[str, Query(alias="to", description="RFC 3339, or a Nairobi date")] = "",
    cursor: Annotated[str, Query(description="next_cursor of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> PaymentsOut:
    """Payments, newest first."""
    query = PaymentQuery(
        statuses=parse_statuses(status),
        search=_plain(q),
        since=_moment("from", since),
        until=_moment("to", until, end_of_day=True),
        before_id=_cursor(cursor),
        limit=limit,
    )
    page, next_id = await services.history.page(query)
    return PaymentsOut(
        items=[PaymentOut.of(payment) for payment in page],
        next_cursor=None if next_id is None else str(next_id),
    )


@router.get("/{payment_id}", responses={404: {"model": ErrorOut}})
async def get_payment(payment_id: int, services: Services, _: ApiKey) -> PaymentDetailOut:
    """One payment with its history, oldest first."""
    if not 1 <= payment_id <= MAX_ID:
        raise NotFound("payment_not_found", "There is no such payment.")
    payment, events = await services.history.get(payment_id)
    return PaymentDetailOut(
        **PaymentOut.of(payment).model_dump(), events=[EventOut.of(event) for event in events]
    )


def _plain(text: str) -> str:
    try:
        return plain_text(text)
    except ValueError as error:
        raise BadInput("invalid_q", f"q {error}.") from None


def _moment(name: str, text: str, *, end_of_day: bool = False) -> datetime | None:
    """A time from RFC 3339, or the start (or end) of a day in Nairobi; UTC."""
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text) + timedelta(days=1 if end_of_day else 0)
            return datetime(day.year, day.month, day.day, tzinfo=NAIROBI).astimezone(UTC)
        # A "+" that was not percent-encoded arrives as a space.
        text = text.upper()  # RFC 3339 allows small letters
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"invalid_{name}", f"{name} takes a time such as 2026-11-23T09:00:00+03:00, or a date."
        ) from None


def _cursor(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= MAX_ID and len(text) <= 10):
        raise BadInput("invalid_cursor", "cursor takes the next_cursor of an earlier answer.")
    return int(text)
