"""Nairobi days. Times are UTC everywhere else; Nairobi is on the rail and on screen only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

NAIROBI = ZoneInfo("Africa/Nairobi")
"""East Africa Time, UTC+3 all year: what Daraja's timestamps and M-Pesa's messages are in."""


def nairobi(at: datetime) -> datetime:
    """The same moment as a clock in Nairobi shows it. `at` has a zone."""
    return at.astimezone(NAIROBI)


def start_of(day: date) -> datetime:
    """The moment at which a day begins in Nairobi, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=NAIROBI).astimezone(UTC)
