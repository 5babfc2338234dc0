"""Reading payments: one, or a page of many, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlmodel import col

from payment_app.domain.errors import BadInput, NotFound
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.domain.phone import normalise_phone
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment, PaymentEvent, UserAccount

MOST = 200


@dataclass(frozen=True)
class PaymentQuery:
    """Which payments; all conditions hold together.

    Attributes:
        statuses: any of these; empty = all.
        search: phone in any spelling or its last digits, receipt, reference, name, amount, id.
        since, until: creation time, UTC; `until` is exclusive.
        before_id: only payments with a smaller id (the cursor).
        limit: at most `MOST` rows.
    """

    statuses: tuple[PaymentStatus, ...] = ()
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    limit: int = 50


class History:
    """The transaction history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: PaymentQuery) -> tuple[list[Payment], int | None]:
        """One page, newest first by id, and the cursor of the next (`None` at the end)."""
        statement = (
            select(Payment)
            .where(*_conditions(query))
            .order_by(col(Payment.payment_id).desc())
            .limit(query.limit + 1)
        )
        async with self._database.read() as session:
            rows = list((await session.execute(statement)).scalars())
        page = rows[: query.limit]
        return page, (page[-1].payment_id if len(rows) > query.limit else None)

    async def get(self, payment_id: int) -> tuple[Payment, list[PaymentEvent]]:
        """One payment and its history, oldest first.

        Raises:
            NotFound: `payment_not_found`.
        """
        async with self._database.read() as session:
            payment = await session.get(Payment, payment_id)
            if payment is None:
                raise NotFound("payment_not_found", "There is no such payment.")
            events = await session.execute(
                select(PaymentEvent)
                .where(col(PaymentEvent.payment_id) == payment_id)
                .order_by(col(PaymentEvent.event_id))
            )
            return payment, list(events.scalars())

    async def by_checkout_request_id(self, checkout_request_id: str) -> Payment:
        """The payment that Daraja knows under this id.

        Raises:
            NotFound: `unknown_checkout_request`.
        """
        async with self._database.read() as session:
            payment = (
                await session.execute(
                    select(Payment).where(col(Payment.checkout_request_id) == checkout_request_id)
                )
            ).scalar_one_or_none()
        if payment is None:
            raise NotFound("unknown_checkout_request", "There is no payment with this id.")
        return payment


def parse_statuses(text: str) -> tuple[PaymentStatus, ...]:
    """A comma list of status words.

    Raises:
        BadInput: `invalid_status`, naming those that exist.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return tuple(PaymentStatus(word) for word in words)
    except ValueError:
        known = ", ".join(PaymentStatus)
        raise BadInput("invalid_status", f"status takes a comma list of: {known}.") from None


def _conditions(query: PaymentQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.statuses:
        found.append(col(Payment.status).in_([status.value for status in query.statuses]))
    if query.since:
        found.append(col(Payment.created_at) >= query.since)
    if query.until:
        found.append(col(Payment.created_at) < query.until)
    if query.before_id is not None:
        found.append(col(Payment.payment_id) < query.before_id)
    if query.search.strip():
        found.append(_search(query.search.strip()[:80]))
    return found


def _search(text: str) -> ColumnElement[bool]:
    """Everything that the words could be, as one OR of indexed comparisons where possible."""
    upper = text.upper()
    choices: list[ColumnElement[bool]] = [
        col(Payment.mpesa_receipt_number) == upper,
        col(Payment.transaction_id) == upper,
        col(Payment.checkout_request_id) == text,
        col(Payment.booking_id).in_(
            select(col(Booking.booking_id)).where(func.upper(col(Booking.reference)) == upper)
        ),
    ]
    digits = re.sub(r"\D", "", text)
    if digits:
        choices += _number_choices(text, digits)
    if any(character.isalpha() for character in text):
        choices.append(_name_like(text))
    return or_(*choices) if choices else false()


def _number_choices(text: str, digits: str) -> list[ColumnElement[bool]]:
    choices: list[ColumnElement[bool]] = []
    try:
        choices.append(col(Payment.phone_number) == normalise_phone(text))
    except BadInput:
        if len(digits) >= 3 and re.fullmatch(r"[\d\s+().-]+", text):
            choices.append(col(Payment.phone_number).endswith(digits, autoescape=True))
    # Neither an id nor an amount begins with 0: those are the last digits of a phone.
    if re.fullmatch(r"[1-9][0-9]{0,8}", text.replace(",", "")):
        number = int(text.replace(",", ""))
        choices += [col(Payment.payment_id) == number, col(Payment.amount) == Decimal(number)]
    return choices


def _name_like(text: str) -> ColumnElement[bool]:
    words: list[Any] = [
        func.lower(col(UserAccount.name)).contains(word.lower(), autoescape=True)
        for word in text.split()[:5]
    ]
    return col(Payment.user_id).in_(select(col(UserAccount.user_id)).where(and_(*words)))
