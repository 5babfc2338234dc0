"""What a pay page may say about parts, from the rows of a booking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from payment_app.services.pay_pages.screen import FRESH, pay_view
from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.storage.tables import Booking, Payment

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def view(*attempts: Payment, paid: int = 0, now: datetime = NOW) -> PayView:
    booking = Booking(
        booking_id=7,
        user_id=3,
        reference="BK7F2QX9",
        title="Storage unit B12",
        amount=Decimal(6_000),
        amount_paid=Decimal(paid),
        status="part_paid" if paid else "open",
        allow_instalments=True,
        details="[]",
        pay_token="t" * 43,
        created_at=NOW,
        updated_at=NOW,
    )
    return pay_view("Smart Storage", booking, list(attempts), now, wait=0)


def attempt(amount: int, status: str, **more: Any) -> Payment:
    facts: dict[str, Any] = {"payment_id": 12, "booking_id": 7, "user_id": 3}
    facts |= {"phone_number": "254712345678", "created_at": NOW, "submitted_at": NOW}
    return Payment(**facts | {"amount": Decimal(amount), "status": status} | more)


def test_before_the_first_attempt_nothing_is_asked_for_or_received() -> None:
    assert (view().attempt_amount, view().received) == (0, 0)


@pytest.mark.parametrize("status", ["submitting", "pending", "unknown", "cancelled"])
def test_an_attempt_says_what_its_prompt_is_for(status: str) -> None:
    found = view(attempt(1_000, status))
    assert (found.attempt_amount, found.received, found.amount_due) == (1_000, 0, 6_000)


def test_the_newest_part_is_the_news_for_a_while() -> None:
    parts = [attempt(500, "completed"), attempt(1_000, "completed", settled_at=NOW)]
    found = view(*parts, paid=1_500)
    assert (found.screen, found.received, found.amount_paid) == (Screen.PART_PAID, 1_000, 1_500)
    later = view(*parts, paid=1_500, now=NOW + FRESH + timedelta(seconds=1))
    assert (later.screen, later.received, later.amount_paid) == (Screen.PART_PAID, 0, 1_500)


def test_what_went_back_was_not_received() -> None:
    part = attempt(1_000, "completed", settled_at=NOW, amount_refunded=Decimal(400))
    assert view(part, paid=600).received == 600


def test_a_failed_part_after_a_paid_one_received_nothing() -> None:
    found = view(attempt(500, "completed"), attempt(1_000, "cancelled"), paid=500)
    assert (found.screen, found.received, found.attempt_amount) == (Screen.FAILED, 0, 1_000)
