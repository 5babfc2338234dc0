"""The receipt page's contents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from payment_app.domain.day_spans import first_and_last_day
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.fact import Fact
from payment_app.web.payer.formats import ksh, nairobi_time
from payment_app.web.qr import qr_image
from payment_app.web.texts.shape import Texts

PDF, CALENDAR = "receipt.pdf", "booking.ics"
"""What stands behind a receipt's own address, as files."""


@dataclass(frozen=True)
class Receipt:
    """What the receipt prints, top to bottom; an empty `receipt_number` is still on its way.

    `notice` and `notice_reason` are said of money that came after the booking had closed.
    `check_url` and `qr` lead to the public check; empty before M-Pesa's number is there. An empty
    `calendar_href` means that the booking's words name no day.
    """

    merchant: str = ""
    title: str = ""
    amount: str = ""
    receipt_number: str = ""
    notice: str = ""
    notice_reason: str = ""
    refunded: str = ""
    payment: list[Fact] = field(default_factory=list)
    booking: list[Fact] = field(default_factory=list)
    pay_path: str = ""
    check_url: str = ""
    qr: str = ""
    pdf_href: str = ""
    calendar_href: str = ""
    share_text: str = ""
    share_url: str = ""
    whatsapp_href: str = ""
    sms_href: str = ""


def show_receipt(view: ReceiptView, words: Texts, origin: str) -> Receipt:
    """The receipt in one language, times in Nairobi's; `origin` is the app's own."""
    ui = words["ui"]
    check_url = f"{origin}/check/{view.code}" if view.code else ""
    share_url = f"{origin}{view.path}"
    text = _share_text(view, words)
    sent = quote(f"{text} {share_url}")
    return Receipt(
        merchant=view.merchant,
        title=view.title,
        amount=ksh(view.amount),
        receipt_number=view.receipt_number,
        notice=ui["after_close"] if view.after_close else "",
        notice_reason=(
            ui["after_close_reason"].format(merchant=view.merchant) if view.after_close else ""
        ),
        refunded=ksh(view.amount_refunded) if view.amount_refunded else "",
        payment=_payment(view, words),
        booking=_booking(view, words),
        pay_path=view.pay_path,
        check_url=check_url,
        qr=qr_image(check_url) if check_url else "",
        pdf_href=f"{view.path}/{PDF}?lang={words['code']}",
        calendar_href=f"{view.path}/{CALENDAR}" if days_of(view) else "",
        share_text=text,
        share_url=share_url,
        whatsapp_href=f"https://wa.me/?text={sent}",
        sms_href=f"sms:?&body={sent}",
    )


def days_of(view: ReceiptView) -> tuple[date, date] | None:
    """The first and the last day that the booking's own words name."""
    return first_and_last_day([value for _, value in view.details] + [view.title])


def _share_text(view: ReceiptView, words: Texts) -> str:
    """What goes along with the link: enough to be found by."""
    return words["ui"]["share_text"].format(
        amount=ksh(view.amount).replace("\u00a0", " "),
        merchant=view.merchant,
        reference=view.reference,
        number=view.receipt_number or words["ui"]["receipt_coming"],
    )


def _payment(view: ReceiptView, words: Texts) -> list[Fact]:
    ui = words["ui"]
    rows = [Fact(ui["paid_at"], nairobi_time(view.paid_at, words))]
    if view.phone_masked:
        rows.append(Fact(ui["received_from"], view.phone_masked))
    return rows


def _booking(view: ReceiptView, words: Texts) -> list[Fact]:
    ui = words["ui"]
    return [
        Fact(words["pay"]["reference"], view.reference),
        *(Fact(label, value) for label, value in view.details),
        Fact(ui["booking_total"], ksh(view.booking_total)),
        Fact(ui["booking_paid"], ksh(view.booking_paid)),
        Fact(ui["booking_due"], ksh(view.booking_due)),
    ]
