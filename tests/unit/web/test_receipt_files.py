"""The PDF of a receipt, read back, and its calendar file."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from payment_app.web.payer.receipt.files import booking_calendar, receipt_pdf
from payment_app.web.texts import LANGUAGES, words
from tests.unit.web.test_plain_pages import HOSTILE, ORIGIN, RECEIPT

CODE = "BK7F2QX9.2500.SG722NMVXQ.202611231132.94931c0a.N4QX2ZJ7PA5TGQ6E"
SIGNED = replace(RECEIPT, path="/receipt/token", code=CODE)


def text_of(pdf: bytes) -> str:
    """What the page writes."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    drawn = b"".join(zlib.decompress(s) for s in streams if s[:1] == b"x")
    return " ".join(t.decode("latin-1") for t in re.findall(rb"\(((?:\\.|[^)\\])*)\) Tj", drawn))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pdf_says_what_the_page_says(lang: str) -> None:
    pdf = receipt_pdf(SIGNED, words(lang), ORIGIN)
    said = text_of(pdf)
    for fact in ("Smart Storage", "KSh 2,500", "SG722NMVXQ", "BK7F2QX9", "23 Nov 2026, 14:32 EAT"):
        assert fact in said, said
    assert words(lang)["ui"]["not_tax"] in said
    assert CODE in said.replace(" ", "")
    assert pdf.count(b"/Type /Page\n") == 1
    assert pdf == receipt_pdf(SIGNED, words(lang), ORIGIN), "the same bytes each time"


def test_any_words_of_a_booking_make_one_page() -> None:
    details = [(HOSTILE, HOSTILE * 5), *[("سطر", "漢字 " * 60)] * 30]
    hostile = replace(SIGNED, title=HOSTILE, merchant="🎪 " * 80, details=details)
    assert receipt_pdf(hostile, words("en"), ORIGIN).count(b"/Type /Page\n") == 1


def test_a_calendar_file_holds_no_line_of_somebody_else() -> None:
    title = "Party, 1 May 2027; \\ é\r\nEND:VEVENT\r\nBEGIN:VALARM" + "漢" * 60
    file = booking_calendar(replace(SIGNED, title=title, details=[]), words("en"), ORIGIN)
    assert file is not None
    lines = file.decode().split("\r\n")
    assert lines.count("END:VEVENT") == 1
    assert "BEGIN:VALARM" not in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "DTSTART;VALUE=DATE:20270501" in lines
