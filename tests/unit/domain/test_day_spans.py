from __future__ import annotations

from datetime import date

import pytest

from payment_app.domain.day_spans import first_and_last_day

DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["1–31 December 2026"], DECEMBER),
        (["1 December 2026", "31 Desemba 2026"], DECEMBER),
        (["from 2026-12-01", "to 2026-12-31"], DECEMBER),
        (["1 - 31 Dec. 2026, from 14:00"], DECEMBER),
        (["12 Agosti 2026"], (date(2026, 8, 12), date(2026, 8, 12))),
        (["31 February 2026", "99 May 2026", "3 Monday 2026", "B12, 6 m²", ""], None),
        (["2026-13-45"], None),
        ([], None),
    ],
)
def test_days_in_a_bookings_own_words(texts: list[str], days: tuple[date, date] | None) -> None:
    assert first_and_last_day(texts) == days
