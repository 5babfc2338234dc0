"""What a booking owes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.bookings import (
    BookingStatus,
    amount_due,
    status_for,
    status_now,
    takes_instalments,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
amounts = st.integers(1, 99_999_999).map(Decimal)
paid_amounts = st.integers(0, 199_999_999).map(Decimal)


def test_the_status_words_are_the_contracts() -> None:
    assert [status.value for status in BookingStatus] == ["open", "part_paid", "paid", "closed"]


@given(amounts, paid_amounts)
def test_the_status_follows_from_the_money(amount: Decimal, paid: Decimal) -> None:
    expected = "paid" if paid >= amount else "part_paid" if paid else "open"
    assert status_for(amount, paid, closed=False) == expected


@given(amounts, paid_amounts)
def test_a_closed_booking_stays_closed_whatever_is_paid(amount: Decimal, paid: Decimal) -> None:
    assert status_for(amount, paid, closed=True) == "closed"


@given(amounts, paid_amounts)
def test_what_is_due_is_never_negative_and_ends_with_the_last_shilling(
    amount: Decimal, paid: Decimal
) -> None:
    due = amount_due(amount, paid)
    assert due >= 0
    assert due + min(paid, amount) == amount
    assert (due == 0) == (status_for(amount, paid, closed=False) == "paid")


@pytest.mark.parametrize("stored", ["open", "part_paid"])
def test_an_unpaid_booking_closes_at_its_time(stored: str) -> None:
    assert status_now(stored, None, NOW) == stored
    assert status_now(stored, NOW + timedelta(seconds=1), NOW) == stored
    assert status_now(stored, NOW, NOW) == "closed"
    assert status_now(stored, NOW - timedelta(days=1), NOW) == "closed"


def test_a_paid_booking_does_not_close_by_time() -> None:
    assert status_now("paid", NOW - timedelta(days=1), NOW) == "paid"
    assert status_now("closed", NOW + timedelta(days=1), NOW) == "closed"


def test_an_expiry_in_another_zone_is_the_same_moment() -> None:
    nairobi = datetime.fromisoformat("2026-11-23T12:00:00+03:00")
    assert status_now("open", nairobi, NOW) == "closed"
    assert status_now("open", nairobi, NOW - timedelta(seconds=1)) == "open"


def test_above_the_limit_of_one_transaction_parts_are_the_only_way() -> None:
    assert takes_instalments(Decimal(250_001), allowed=False)
    assert not takes_instalments(Decimal(250_000), allowed=False)
    assert takes_instalments(Decimal(1), allowed=True)
