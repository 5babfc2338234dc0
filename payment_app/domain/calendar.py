"""Nairobi days. Times are UTC everywhere else; Nairobi is on the rail and on screen only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NAIROBI = ZoneInfo("Africa/Nairobi")
"""East Africa Time, UTC+3 all year: what Daraja's timestamps and M-Pesa's messages are in."""


def nairobi(at: datetime) -> datetime:
    """The same moment as a clock in Nairobi shows it. `at` has a zone."""
    return at.astimezone(NAIROBI)


def start_of(day: date) -> datetime:
    """The moment at which a day begins in Nairobi, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=NAIROBI).astimezone(UTC)


BELIEVED_WITHIN = timedelta(days=1)
"""How far a time that somebody else tells may lie from our own clock."""


def believed(told: datetime | None, ours: datetime) -> datetime | None:
    """A time from outside, or `None` when it is none or more than a day from our own clock.

    Source: the contract's "Times and receipts from outside". A date of 1970 or 2099 would else be
    taken for the moment at which the money moved, and open cases that are none.
    """
    return told if told is not None and abs(told - ours) <= BELIEVED_WITHIN else None
