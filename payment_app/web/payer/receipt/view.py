"""The receipt page's contents."""

from __future__ import annotations

from dataclasses import dataclass, field

from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.fact import Fact
from payment_app.web.payer.formats import ksh, nairobi_time
from payment_app.web.texts.shape import Texts


@dataclass(frozen=True)
class Receipt:
    """What the receipt prints, top to bottom; an empty `receipt_number` is still on its way.

    `notice` and `notice_reason` are said of money that came after the booking had closed.
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


def show_receipt(view: ReceiptView, words: Texts) -> Receipt:
    """The receipt in one language, times in Nairobi's."""
    ui = words["ui"]
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
