"""The days that a booking's own words name: for a calendar, when nothing else tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_MONTHS = (
    ("jan",), ("feb",), ("mar", "mac"), ("apr",), ("may", "mei"), ("jun",),
    ("jul",), ("aug", "ago"), ("sep",), ("oct", "okt"), ("nov",), ("dec", "des"),
)  # fmt: skip
"""How a month's name begins, in English and Kiswahili."""
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_WORDS = re.compile(r"\b(?:(\d{1,2})\s*[-–]\s*)?(\d{1,2})\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})\b")
_LONGEST = 500


def first_and_last_day(texts: Iterable[str]) -> tuple[date, date] | None:
    """The first and the last day named in `texts`; `None` where none is named.

    Reads `2026-12-01`, `1 December 2026`, `1–31 Dec 2026`; what is no date is no date.
    """
    days = [day for text in texts for day in _days(text[:_LONGEST])]
    return (min(days), max(days)) if days else None


def _days(text: str) -> Iterable[date]:
    for year, month, day in _ISO.findall(text):
        yield from _day(int(year), int(month), int(day))
    for first, last, name, year in _WORDS.findall(text):
        month = _month(name)
        for day in filter(None, (first, last)):
            yield from _day(int(year), month, int(day))


def _month(name: str) -> int:
    start = name.lower()[:3]
    return next((n for n, names in enumerate(_MONTHS, 1) if start in names), 0)


def _day(year: int, month: int, day: int) -> Iterable[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
