"""GET /api/payments, one and many."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

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
from payment_app.domain.sight import EVERYTHING
from payment_app.services.search.history import MOST, parse_statuses
from payment_app.services.search.query import PaymentQuery, Sort, narrowed
from payment_app.services.search.reading.dates import moment
from payment_app.services.search.reading.parse import parse
from payment_app.services.shared.policy import API_KEY, declares

router = APIRouter(prefix="/api/payments", tags=["payments"], responses={422: {"model": ErrorOut}})


@router.get("")
@declares(API_KEY)
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
    query = narrowed(
        _box(q, services.clock()),
        parse_statuses(status),
        moment("from", since),
        moment("to", until, end_of_day=True),
    )
    if query is None:
        return PaymentsOut(items=[], next_cursor=None)
    page, following = await services.history.page(query, cursor=_cursor(cursor), limit=limit)
    return PaymentsOut(
        items=[PaymentOut.of(payment) for payment in page], next_cursor=following or None
    )


@router.get("/{payment_id}", responses={404: {"model": ErrorOut}})
@declares(API_KEY)
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


def _box(q: str, now: datetime) -> PaymentQuery:
    """The search box of the staff console; what it cannot read is one fault here: of `q`."""
    try:
        return replace(parse({"q": _plain(q)}, now, EVERYTHING), sort=Sort.BY_ID)
    except BadInput as refusal:
        raise BadInput("invalid_q", refusal.sentence) from None


def _cursor(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_ID):
        raise BadInput("invalid_cursor", "cursor takes the next_cursor of an earlier answer.")
    return text
