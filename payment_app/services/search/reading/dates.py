"""Days as staff mean them: Nairobi days, named presets, and ranges of dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from payment_app.domain.calendar import NAIROBI, start_of
from payment_app.domain.errors import BadInput

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = timedelta(days=1)

Span = tuple[datetime | None, datetime | None]
"""From (inclusive) and until (exclusive), UTC."""


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _first(day: date) -> date:
    return day.replace(day=1)


# Name → (first day, day after the last), given today.
_PRESETS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today + _DAY),
    "yesterday": lambda today: (today - _DAY, today),
    "7d": lambda today: (today - 6 * _DAY, today + _DAY),
    "30d": lambda today: (today - 29 * _DAY, today + _DAY),
    "this-week": lambda today: (_monday(today), _monday(today) + 7 * _DAY),
    "last-week": lambda today: (_monday(today) - 7 * _DAY, _monday(today)),
    "this-month": lambda today: (_first(today), _first(_first(today) + 31 * _DAY)),
    "last-month": lambda today: (_first(_first(today) - _DAY), _first(today)),
    "this-year": lambda today: (date(today.year, 1, 1), date(today.year + 1, 1, 1)),
}
PRESETS = tuple(_PRESETS)


def preset_span(name: str, now: datetime) -> Span:
    """The days of a preset, weeks from Monday; `name` is one of `PRESETS`."""
    first, behind = _PRESETS[name](now.astimezone(NAIROBI).date())
    return start_of(first), start_of(behind)


def moment(name: str, text: str, *, end_of_day: bool = False) -> datetime | None:
    """A time from RFC 3339, or the start (or end) of a day in Nairobi; UTC. "" = `None`.

    Args:
        name: the field, for the refusal.

    Raises:
        BadInput: `invalid_<name>`.
    """
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return start_of(date.fromisoformat(text) + (_DAY if end_of_day else timedelta(0)))
        # A "+" that was not percent-encoded arrives as a space.
        text = text.upper()  # RFC 3339 allows small letters
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if at.tzinfo is None or not text.isascii():
            raise ValueError("no offset")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"invalid_{name}",
            f"{name} takes a date such as 2026-11-23, or a time such as 2026-11-23T09:00:00+03:00.",
        ) from None


def written(at: datetime | None, *, end_of_day: bool = False) -> str:
    """What `moment` reads back as `at`: a date where it is the edge of a Nairobi day."""
    if at is None:
        return ""
    local = at.astimezone(NAIROBI)
    if local.time() != datetime.min.time():
        return local.isoformat()
    return (local.date() - (_DAY if end_of_day else timedelta(0))).isoformat()
