"""A receipt to keep: as a PDF, and the booking's days for a calendar."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import segno

from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.fact import Fact
from payment_app.web.payer.receipt.view import Receipt, days_of, show_receipt
from payment_app.web.texts.shape import Texts

if TYPE_CHECKING:
    from fpdf import FPDF

_PAGE = (148.0, 210.0)
"""A5, millimetres."""
_MARGIN = 16.0
_WIDTH = _PAGE[0] - 2 * _MARGIN
_GREY, _INK, _LINE = (90, 100, 115), (15, 23, 42), (214, 220, 228)
_SPELLED = {"•": "*", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "}
_MOST_FACTS = 12
_ICS_LINE = 70
"""Bytes at most in a line of a calendar file, with room for its fold (RFC 5545, 3.1)."""


def receipt_pdf(view: ReceiptView, words: Texts, origin: str) -> bytes:
    """The receipt as a PDF of one page, the same bytes each time."""
    from fpdf import FPDF  # costs 20 MB and 0.2 s: only whoever asks for a PDF pays that

    receipt = show_receipt(view, words, origin)
    pdf = FPDF(format=_PAGE)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_title(_latin(f"{words['ui']['receipt']} {view.receipt_number}"))
    pdf.set_creation_date(datetime.fromisoformat(view.paid_at) if view.paid_at else None)
    pdf.add_page()
    _head(pdf, receipt, words)
    _facts(pdf, [Fact(words["ui"]["receipt_number"], _number(view, words)), *receipt.payment])
    _facts(pdf, [Fact("", receipt.title), *receipt.booking])
    _foot(pdf, receipt, words)
    return bytes(pdf.output())


def _number(view: ReceiptView, words: Texts) -> str:
    return view.receipt_number or words["ui"]["receipt_coming"]


def _head(pdf: FPDF, receipt: Receipt, words: Texts) -> None:
    _line(pdf, receipt.merchant, 15, bold=True)
    _line(pdf, words["ui"]["not_tax"], 9, color=_GREY)
    pdf.ln(5)
    _line(pdf, words["ui"]["amount_paid"], 9, color=_GREY)
    _line(pdf, receipt.amount, 24, bold=True)
    if receipt.refunded:
        _line(pdf, f"{words['ui']['refunded']}: {receipt.refunded}", 11, bold=True)
    if receipt.notice:
        _line(pdf, receipt.notice, 10, bold=True)
        _line(pdf, receipt.notice_reason, 9)
    pdf.ln(2)


def _facts(pdf: FPDF, facts: list[Fact]) -> None:
    pdf.set_draw_color(*_LINE)
    pdf.line(_MARGIN, pdf.get_y(), _PAGE[0] - _MARGIN, pdf.get_y())
    pdf.ln(3)
    for fact in facts[:_MOST_FACTS]:
        if not fact.label:
            _line(pdf, fact.value, 10, bold=True)
            continue
        top = pdf.get_y()
        pdf.set_font("Helvetica", size=9)
        pdf.set_text_color(*_GREY)
        pdf.multi_cell(42, 5, _latin(fact.label)[:60], new_x="LMARGIN", new_y="NEXT")
        below = pdf.get_y()
        pdf.set_xy(_MARGIN + 44, top)
        pdf.set_text_color(*_INK)
        pdf.multi_cell(_WIDTH - 44, 5, _latin(fact.value)[:160], align="R", new_y="NEXT")
        pdf.set_xy(_MARGIN, max(below, pdf.get_y()))
    pdf.ln(2)


def _foot(pdf: FPDF, receipt: Receipt, words: Texts) -> None:
    """The code at the foot of the page: it may be cut off and kept."""
    if not receipt.check_url:
        return
    side, top = 32.0, _PAGE[1] - _MARGIN - 32.0
    _draw_code(pdf, receipt.check_url, _MARGIN, top, side)
    pdf.set_xy(_MARGIN + side + 5, top + 4)
    pdf.set_font("Helvetica", size=9)
    pdf.set_text_color(*_INK)
    pdf.multi_cell(
        _WIDTH - side - 5, 4.5, _latin(words["ui"]["check_hint"]), align="L", link=receipt.check_url
    )
    pdf.set_x(_MARGIN + side + 5)
    pdf.set_font("Courier", size=6.5)
    pdf.multi_cell(_WIDTH - side - 5, 3.5, receipt.check_url, align="L")


def _draw_code(pdf: FPDF, url: str, left: float, top: float, side: float) -> None:
    rows = [*segno.make(url, error="m").matrix]
    module = side / len(rows)
    pdf.set_fill_color(0, 0, 0)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                pdf.rect(left + x * module, top + y * module, module, module, style="F")


def _line(
    pdf: FPDF, text: str, size: int, *, bold: bool = False, color: tuple[int, int, int] = _INK
) -> None:
    pdf.set_font("Helvetica", style="B" if bold else "", size=size)
    pdf.set_text_color(*color)
    pdf.multi_cell(_WIDTH, size * 0.5, _latin(text)[:200], new_x="LMARGIN", new_y="NEXT")


def _latin(text: str) -> str:
    """What the PDF's own fonts can write: other letters become `?`."""
    spelled = "".join(_SPELLED.get(c, c) for c in text)
    composed = unicodedata.normalize("NFC", spelled)
    written = composed.encode("latin-1", "replace").decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in written)


def booking_calendar(view: ReceiptView, words: Texts, origin: str) -> bytes | None:
    """The booking's days as a calendar file (RFC 5545); `None` where its words name no day."""
    days = days_of(view)
    if days is None:
        return None
    number = _number(view, words)
    about = f"{view.merchant}, {words['pay']['reference']} {view.reference}, M-Pesa {number}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//payment_app//receipt//EN",
        "BEGIN:VEVENT",
        f"UID:{view.reference}-{days[0]:%Y%m%d}@{origin.rpartition('/')[2]}",
        f"DTSTAMP:{datetime.fromisoformat(view.paid_at).astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{days[0]:%Y%m%d}",
        f"DTEND;VALUE=DATE:{days[1] + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_ics(view.title)}",
        f"DESCRIPTION:{_ics(about)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) for line in lines).encode()


def _ics(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return "".join(c if c.isprintable() else " " for c in text)


def _folded(line: str) -> str:
    parts = [""]
    for character in line:
        if len((parts[-1] + character).encode()) > _ICS_LINE:
            parts.append("")
        parts[-1] += character
    return "\r\n ".join(parts) + "\r\n"
