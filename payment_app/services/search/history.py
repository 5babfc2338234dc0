"""Reading payments: one, or a page of many, newest first."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from payment_app.domain.errors import BadInput, NotFound
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.query import PaymentQuery
from payment_app.services.shared.clock import system_clock
from payment_app.storage.database import Database
from payment_app.storage.tables import Payment, PaymentEvent

MOST = 200
"""Rows of a page."""


class History:
    """The transaction history."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._search = PaymentSearch(database, system_clock)

    async def page(
        self, query: PaymentQuery, *, cursor: str = "", limit: int = 50
    ) -> tuple[list[Payment], str]:
        """One page in the query's order, and the cursor of the next ("" at the end).

        Raises:
            BadInput: `invalid_cursor`.
        """
        page = await self._search.ids(query, after=cursor, limit=limit)
        ids = [edge.payment_id for edge in page.edges]
        async with self._database.read() as session:
            rows = await session.execute(select(Payment).where(col(Payment.payment_id).in_(ids)))
            found = {payment.payment_id: payment for payment in rows.scalars()}
        return [found[payment_id] for payment_id in ids if payment_id in found], page.next

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
