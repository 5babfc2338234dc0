"""What the receipt page of a booking shows: the newest payment, and where the booking stands."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReceiptView:
    """Everything the receipt may show; safe for whoever holds the link.

    Attributes:
        merchant: business name.
        title, details: what was paid for; details are (label, value) pairs.
        reference: the booking's reference.
        amount: what this payment brought, whole shillings.
        amount_refunded: how much of it went back, whole shillings.
        receipt_number: M-Pesa's number; empty while it is still on its way.
        paid_at: UTC, RFC 3339.
        phone_masked: the phone that paid.
        after_close: the money came after the booking had ended or was cancelled.
        status: the payment's status word, `completed` or `refunded`.
        booking_total, booking_paid, booking_due: whole shillings.
        pay_path: path of the booking's pay page.
        path: of the receipt itself.
        code: what its check page is found by (see `receipts.code`); empty before M-Pesa's number.
    """

    merchant: str
    title: str
    reference: str
    amount: int
    paid_at: str
    status: str
    booking_total: int
    booking_paid: int
    booking_due: int
    pay_path: str
    details: list[tuple[str, str]] = field(default_factory=list)
    amount_refunded: int = 0
    receipt_number: str = ""
    phone_masked: str = ""
    after_close: bool = False
    path: str = ""
    code: str = ""
